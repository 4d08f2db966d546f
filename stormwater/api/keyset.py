"""Orders of a list, and pages by key: the next page begins after a row, not after so many rows.

So it costs what the first one costs, and rows that come or go meanwhile shift nothing. The primary
key is always the last part of the key, and no part is ever null: where a column may be, its order
puts a value in its place that no row has.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import BooleanField, DateField, Expression, F, Field, Func, Model, QuerySet, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from stormwater.api.cursors import Cursor

# Sorts before every date of the data: none is before 1900 (`sync.typing_sql`).
NO_DATE = date.min


@dataclass(frozen=True, slots=True, eq=False)
class Ordering:
    """An order that clients may ask for by name; with a minus in front of it, the other way round."""

    name: str
    description: str
    key: Combinable | None = None  # what rows are sorted by before their primary key
    as_value: Callable[[Any], Any] = str  # a cursor's text as a value of the key
    as_text: Callable[[Any], Any] = str

    @property
    def parts(self) -> list[Any]:
        """The whole key."""
        return ([] if self.key is None else [self.key]) + [F("pk")]


BY_NUMBER = Ordering("id", "In the order in which the rows came here. Never changes, so that a walk misses nothing")


def by_date(name: str, column: str | None = None) -> Ordering:
    """By a date; rows without one come before all others. Its index: `date_key(column)` and id."""
    description = f"By {name}, rows without one as the oldest"
    return Ordering(name, description, KeyPart(column or name, NO_DATE), date.fromisoformat, date.isoformat)


class _OfColumn(Expression):
    """Something about one column, in SQL in one step: Django takes several for each expression within another."""

    def __init__(self, column: str, output_field: "Field[Any, Any]") -> None:
        super().__init__(output_field)
        self._column: Any = F(column)

    def get_source_expressions(self) -> list[Any]:
        return [self._column]

    def set_source_expressions(self, exprs: Any) -> None:
        (self._column,) = exprs


class KeyPart(_OfColumn):
    """What `date_key` and `text_key` are in SQL, for queries."""

    def __init__(self, column: str, stand_in: date | str) -> None:
        super().__init__(column, TextField() if isinstance(stand_in, str) else DateField())
        self._stand_in = stand_in

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, parameters = compiler.compile(self._column)
        return f"COALESCE({column}, %s)", (*parameters, self._stand_in)


class DateIs(_OfColumn):
    """Whether a date compares so with a day, by the expression that indexes hold; a row without a date never does."""

    def __init__(self, column: str, operator: str, day: date) -> None:
        super().__init__(column, BooleanField())
        self._operator, self._day = operator, day

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, parameters = compiler.compile(self._column)
        sql = f"(COALESCE({column}, %s) {self._operator} %s AND {column} IS NOT NULL)"
        return sql, (*parameters, NO_DATE, self._day, *parameters)


def date_key(column: str) -> Coalesce:
    """What rows are sorted by that go by a date: the expression of the order and of its index."""
    return Coalesce(F(column), Value(NO_DATE), output_field=DateField())


def by_text(name: str, column: str | None = None) -> Ordering:
    """By a text; rows without one come before all others. Its index: `text_key(column)` and id."""
    return Ordering(name, f"By {name}, rows without one first", KeyPart(column or name, ""))


def text_key(column: str) -> Coalesce:
    """What rows are sorted by that go by a text: the expression of the order and of its index."""
    return Coalesce(F(column), Value(""), output_field=TextField())


def by_integer(name: str, column: str | None = None) -> Ordering:
    """By a whole number that every row has. Its index: the column."""
    return Ordering(name, f"By {name}", F(column or name), int, int)


class _Beyond(Func):
    """Whether one key comes after another, compared as rows: in a form that one index range answers."""

    output_field = BooleanField()

    def __init__(self, *expressions: Any, operator: str) -> None:
        super().__init__(*expressions)
        self.operator = operator

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        texts, parameters = [], []
        for expression in self.source_expressions:
            text, values = compiler.compile(expression)
            texts.append(text)
            parameters.extend(values)
        half = len(texts) // 2
        return f"({', '.join(texts[:half])}) {self.operator} ({', '.join(texts[half:])})", parameters


def rows_from(
    rows: QuerySet[Model], ordering: Ordering, *, is_descending: bool, cursor: Cursor | None
) -> QuerySet[Model]:
    """The rows from the cursor on, in no order yet."""
    if cursor is None:
        return rows
    values = [Value(part) for part in key_of(ordering, cursor.key)]
    operator = ("<" if is_descending else ">") + ("=" if cursor.is_inclusive else "")
    return rows.filter(_Beyond(*ordering.parts, *values, operator=operator))


def order_rows(rows: QuerySet[Model], ordering: Ordering, *, is_descending: bool) -> QuerySet[Model]:
    """The rows in this order."""
    return rows.order_by(*(part.desc() if is_descending else part.asc() for part in ordering.parts))


def key_of(ordering: Ordering, texts: Sequence[Any]) -> tuple[Any, ...]:
    """A cursor's key as values."""
    *sort_value, number = texts
    return (*(ordering.as_value(text) for text in sort_value), number)


def key_texts(ordering: Ordering, values: Sequence[Any]) -> tuple[Any, ...]:
    """A row's key as a cursor holds it."""
    *sort_value, number = values
    return (*(ordering.as_text(value) for value in sort_value), number)
