"""Conditions on rows by what other tables say of them, in a form that keeps to the rows' own indexes."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, F, Func, QuerySet


class FoundIn(Func):
    """Whether a key is among those that a query finds: they are looked up first, and then go by the key's index.

    `key` is what the query is asked for. Written as IN, it is a join, and the planner may think it better to read the
    whole table for it.
    """

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = BooleanField()

    def __init__(self, column: str, keys: QuerySet[Any, Any], *, key: str = "pk", **extra: Any) -> None:
        super().__init__(F(column), ArraySubquery(keys.order_by().values(key)), **extra)
