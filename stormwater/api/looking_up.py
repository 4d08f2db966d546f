"""Conditions on rows by what other tables say of them, in a form that keeps to the rows' own indexes."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import BooleanField, Expression, F, QuerySet


class AmongKeys(Expression):
    """Whether a key is among those that a statement finds, which is in SQL already."""

    output_field = BooleanField()

    def __init__(self, column: str, sql: str, parameters: Sequence[Any]) -> None:
        super().__init__()
        self._column: Any = F(column)
        self._sql, self._parameters = sql, parameters

    def get_source_expressions(self) -> list[Any]:
        return [self._column]

    def set_source_expressions(self, exprs: Any) -> None:
        (self._column,) = exprs

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, parameters = compiler.compile(self._column)
        return f"{column} IN ({self._sql})", (*parameters, *self._parameters)


class FoundIn(Expression):
    """Whether a key is among those that a query finds: they are looked up first, and then go by the key's index.

    `key` is what the query is asked for. Written as IN, it is a join, and the planner may think it better to read the
    whole table for it. With `is_one` the query finds one key at most, as a unique column does.

    The query does not depend on the rows, and is put into SQL once, when the condition is made.
    """

    output_field = BooleanField()

    def __init__(self, column: str, keys: QuerySet[Any, Any], *, key: str = "pk", is_one: bool = False) -> None:
        super().__init__()
        self._column: Any = F(column)
        try:
            self._sql, self._parameters = keys.order_by().values_list(key).query.sql_with_params()
            self._template = "{} = ({})" if is_one else "{} = ANY(ARRAY({}))"
        except EmptyResultSet:  # it is clear without asking that there are none
            self._sql, self._parameters, self._template = "", (), "FALSE"

    def get_source_expressions(self) -> list[Any]:
        return [self._column]

    def set_source_expressions(self, exprs: Any) -> None:
        (self._column,) = exprs

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        if not self._sql:
            return self._template, ()
        column, parameters = compiler.compile(self._column)
        return self._template.format(column, self._sql), (*parameters, *self._parameters)
