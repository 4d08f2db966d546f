"""Reading rows: the numbers of a page's rows first, by index alone; then the fields of those few rows.

So no join and no sub-query is ever worked out for rows that are not shown. The part that reads the
fields is the same for every page, and is put into SQL once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import F, QuerySet

from stormwater.api.keyset import BY_NUMBER, Ordering, key_texts, order_rows, rows_from
from stormwater.api.list_query import ListQuery, RowQuery
from stormwater.api.listing import Listing
from stormwater.api.row_fields import RowField
from stormwater.replicas import reading_alias

STATEMENT_SECONDS = 10
# Tables whose order of joining the planner works out at a time. The fields of a few rows are read by primary keys,
# in whatever order; to compare all orders of ten tables takes longer than to read them.
_JOINS = 4
_WAY = {False: "ASC", True: "DESC"}


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with its parameters."""

    sql: str
    parameters: tuple[Any, ...]


@dataclass(slots=True)
class Page:
    """A page: rows as dictionaries, their primary keys and places, and the cursors of its neighbours."""

    rows: list[dict[str, Any]]
    numbers: list[int]
    places: list[tuple[float | None, float | None]]  # latitude and longitude, if they were asked for
    next: str | None = None
    previous: str | None = None


def fetch_all(statement: Statement, seconds: float = STATEMENT_SECONDS) -> list[tuple[Any, ...]]:
    """The rows of a statement. Raises OperationalError when it takes longer than `seconds`.

    The limits travel in front of the statement, in one message to the server.
    """
    with connections[reading_alias()].cursor() as cursor:
        cursor.execute(with_limits(statement.sql, seconds), statement.parameters)
        cursor.nextset()
        cursor.nextset()
        return list(cursor.fetchall())


def with_limits(sql: str, seconds: float = STATEMENT_SECONDS) -> str:
    """The statement behind two others that limit its time and its planning."""
    limits = f"SET LOCAL statement_timeout = {int(seconds * 1000)}; SET LOCAL join_collapse_limit = {_JOINS}"
    return f"{limits}; {sql}"


def page_statement(listing: Listing, query: ListQuery, *, with_places: bool = False) -> Statement | None:
    """The statement for a page and one row more; None if it is clear without asking that there are no rows."""
    is_descending = query.is_descending is not _is_backwards(query)
    numbers = _numbers_of_page(query, is_descending)
    if numbers is None:
        return None
    fields, extra = query.look.fields, _place_columns(listing, with_places)
    return rows_statement(listing, fields, extra, numbers, ordering=query.ordering, is_descending=is_descending)


def read_page(listing: Listing, query: ListQuery, *, with_places: bool) -> Page:
    """The page that a query asks for: one statement."""
    is_backwards = _is_backwards(query)
    statement = page_statement(listing, query, with_places=with_places)
    records = fetch_all(statement) if statement else []
    has_more = len(records) > query.page_size
    records = records[: query.page_size]
    if is_backwards:
        records.reverse()
    page = _page(query.look, records, len(_place_columns(listing, with_places)))
    page.next, page.previous = _neighbours(
        query,
        records,
        has_next=has_more or is_backwards,
        has_previous=has_more if is_backwards else query.cursor is not None,
    )
    return page


def read_row(listing: Listing, look: RowQuery, key: Any, *, with_places: bool) -> Page:
    """The row that has this key in its address, as a page without neighbours; empty if there is none."""
    source = listing.field_of[listing.key or ""].source
    numbers = compile_rows(listing.rows().filter(**{str(source): key}).values("pk")[:1])
    extra = _place_columns(listing, with_places)
    records = []
    if numbers is not None:
        records = fetch_all(rows_statement(listing, look.fields, extra, numbers, ordering=BY_NUMBER))
    return _page(look, records, len(extra))


def find_withdrawal(listing: Listing, key: Any) -> tuple[int, datetime | None] | None:
    """The run that no longer found the record of this key in its source's file, and when; None if none did."""
    if not hasattr(listing.model, "removed_by"):
        return None
    source = str(listing.field_of[listing.key or ""].source)
    gone = listing.model._default_manager.filter(**{source: key}, removed_by__isnull=False).order_by("-pk")
    return gone.values_list("removed_by_id", "removed_by__finished_at").first()


def _is_backwards(query: ListQuery) -> bool:
    return query.cursor is not None and query.cursor.is_backwards


def _place_columns(listing: Listing, are_wanted: bool) -> tuple[str, ...]:
    return (listing.point.latitude, listing.point.longitude) if listing.point and are_wanted else ()


def _neighbours(
    query: ListQuery, records: list[Any], *, has_next: bool, has_previous: bool
) -> tuple[str | None, str | None]:
    """The cursors of the next and the previous page."""
    parts = len(query.ordering.parts)

    def link(at: int, *, is_backwards: bool) -> str | None:
        if records:
            key = key_texts(query.ordering, records[at][-parts:])
        elif query.cursor is not None and query.cursor.is_backwards is not is_backwards:
            # The rows there are gone: the way back begins with the row that they came after.
            return query.cursor_text(query.cursor.key, is_backwards=is_backwards, is_inclusive=True)
        else:
            return None
        return query.cursor_text(key, is_backwards=is_backwards)

    following = link(-1, is_backwards=False) if has_next else None
    return following, link(0, is_backwards=True) if has_previous else None


def _page(look: RowQuery, records: list[Any], extras: int) -> Page:
    names = [row_field.name for row_field in look.fields]
    width = len(names)
    return Page(
        rows=[dict(zip(names, record, strict=False)) for record in records],
        numbers=[record[-1] for record in records],
        places=[record[width : width + extras] for record in records] if extras else [],
    )


def compile_rows(rows: QuerySet[Any, Any]) -> Statement | None:
    """The queryset as a statement; None if it is clear without asking that there are no rows."""
    try:
        sql, parameters = rows.query.sql_with_params()
    except EmptyResultSet:
        return None
    return Statement(sql, tuple(parameters))


def _numbers_of_page(query: ListQuery, is_descending: bool) -> Statement | None:
    """The statement for the numbers of a page's rows, and one more.

    Few rows of a large table are all found first. The planner would else be tempted to walk the
    index of the order until enough of them have passed, which may be never.
    """
    found = rows_from(query.rows, query.ordering, is_descending=is_descending, cursor=query.cursor)
    if not query.are_few:
        ordered = order_rows(found, query.ordering, is_descending=is_descending)
        return compile_rows(ordered.values("pk")[: query.page_size + 1])
    few = compile_rows(found.values_list("pk", *query.ordering.parts))
    if few is None:
        return None
    columns = [f"k{position}" for position in range(len(query.ordering.parts))]
    order = ", ".join(f"{column} {_WAY[is_descending]}" for column in columns)
    sql = f"SELECT n FROM ({few.sql} OFFSET 0) AS few (n, {', '.join(columns)}) ORDER BY {order}"
    return Statement(f"{sql} LIMIT {query.page_size + 1}", few.parameters)


def rows_statement(
    listing: Listing,
    fields: tuple[RowField, ...],
    extra: tuple[str, ...],
    numbers: Statement,
    *,
    ordering: Ordering,
    is_descending: bool = False,
) -> Statement:
    """The statement that reads the rows of some numbers, in order: fields, extra columns, the parts of the key."""
    outer = _all_rows_statement(listing, fields, extra, ordering)
    first = len(fields) + len(extra) + 1
    order = ", ".join(f"{first + position} {_WAY[is_descending]}" for position in range(len(ordering.parts)))
    table, key = listing.model._meta.db_table, listing.model._meta.pk.column
    return Statement(
        f'{outer.sql} WHERE "{table}"."{key}" = ANY(ARRAY({numbers.sql})) ORDER BY {order}',
        (*outer.parameters, *numbers.parameters),
    )


@lru_cache(maxsize=512)
def _all_rows_statement(
    listing: Listing, fields: tuple[RowField, ...], extra: tuple[str, ...], ordering: Ordering
) -> Statement:
    """SELECT ... FROM with all joins and no condition: fields, extra paths, the parts of the key."""
    sources = [row_field.source for row_field in fields]
    rows = listing.model._default_manager.order_by().values_list(*sources, *map(F, extra), *ordering.parts)
    sql, parameters = rows.query.sql_with_params()
    return Statement(sql, tuple(parameters))


def export_rows(fields: Sequence[RowField], query: ListQuery) -> QuerySet[Any, Any]:
    """All rows of a query in its order, as tuples of these fields."""
    ordered = order_rows(query.rows, query.ordering, is_descending=query.is_descending)
    return ordered.values_list(*(row_field.source for row_field in fields))
