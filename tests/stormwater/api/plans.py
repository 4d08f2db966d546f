"""What the database does for everything that the API's lists document: each filter, ordering, search and place."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.db import connection
from django.http import QueryDict

from stormwater.api.keyset import BY_NUMBER, key_texts
from stormwater.api.list_query import ListQuery, read_list_query
from stormwater.api.listing import Listing
from stormwater.api.reading import page_statement
from stormwater.api.row_fields import Kind
from tests.stormwater.api.lists import path_parts_of

# Where a filter's parameter is looked up under another field's values.
_VALUES_OF = {
    "facility": "facility_id",
    "program": "program",
    "city": "place_city",
    "unit": "unit",
    "status": "status",
}


def requests_of(listing: Listing):
    """Parameters for every documented way to ask, with values that occur in the data."""
    samples = _samples(listing)
    narrowing: list[dict[str, Any]] = [{}]
    if listing.is_large:
        narrowing = [{declared.name: _value(declared, samples)} for declared in listing.filters if declared.narrows]
        yield {}
        yield {"ordering": "-id"}
    for base in narrowing:
        for declared in listing.filters:
            for parameter in declared.parameters:
                value = _value(declared, samples)
                if declared.walks and base == narrowing[0]:
                    yield {parameter: value}
                yield base | {parameter: value}
        for ordering in listing.ordering_names:
            if not listing.is_large or ordering.lstrip("-") != BY_NUMBER.name:
                yield base | {"ordering": ordering}
    if listing.search:
        yield {"search": "harbor steel"}
    if listing.point:
        yield {"bbox": "-118.3,33.7,-118.2,33.8"}
        yield {"near": "33.75,-118.2", "radius_m": "2000"}


def scanned_tables(listing: Listing, parameters: dict[str, Any]) -> set[str]:
    """Tables that the plan of a page reads from one end to the other, by a sequential scan."""
    plan = _plan(listing, parameters, "FORMAT JSON")
    return set(_scans(plan)) if plan else set()


def blocks_of_page(listing: Listing, parameters: dict[str, Any]) -> int:
    """How many blocks of tables and indexes the database reads for a page, from memory or not."""
    _plan(listing, parameters, "ANALYZE, FORMAT JSON")  # the first reading may set hint bits, and loads the catalogue
    plan = _plan(listing, parameters, "ANALYZE, BUFFERS, FORMAT JSON")
    assert plan
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def with_cursor(listing: Listing, parameters: dict[str, Any], key: tuple[Any, ...]) -> dict[str, Any]:
    """The parameters of the page that begins behind the row with this key."""
    query = _query(listing, parameters)
    return parameters | {"cursor": query.cursor_text(key_texts(query.ordering, key), is_backwards=False)}


@contextmanager
def rows_scanned() -> Iterator[dict[str, int]]:
    """Counts the rows of each table that sequential scans read meanwhile, by this connection alone."""
    found: dict[str, int] = {}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0")  # workers would count for themselves
    before = _rows_scanned_so_far()
    yield found
    after = _rows_scanned_so_far()
    found.update({table: rows - before.get(table, 0) for table, rows in after.items() if rows > before.get(table, 0)})


def _rows_scanned_so_far() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, seq_tup_read FROM pg_stat_xact_user_tables WHERE seq_tup_read > 0")
        return dict(cursor.fetchall())


def _query(listing: Listing, parameters: dict[str, Any]) -> ListQuery:
    given = QueryDict(mutable=True)
    given.update({name: str(value) for name, value in parameters.items()})
    return read_list_query(listing, given, path_parts_of(listing), is_export=False)


def _plan(listing: Listing, parameters: dict[str, Any], options: str) -> dict[str, Any] | None:
    """The top of the plan of a page; None if it is clear without asking that there are no rows."""
    statement = page_statement(listing, _query(listing, parameters))
    if statement is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL join_collapse_limit = 4")
        cursor.execute(f"EXPLAIN ({options}) {statement.sql}", statement.parameters)
        ((plan,),) = cursor.fetchall()
    top: dict[str, Any] = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]
    return top


def _scans(node):
    if node["Node Type"] == "Seq Scan":
        yield node["Relation Name"]
    for below in node.get("Plans", []):
        yield from _scans(below)


def _samples(listing: Listing) -> dict[str, Any]:
    """A value of every field, from the middle of the table."""
    rows = listing.rows(**path_parts_of(listing)).order_by("pk")[:400]
    samples: dict[str, Any] = {}
    for field in listing.fields:
        values = [value for value in rows.values_list(field.source, flat=True) if value is not None]
        if values:
            samples[field.name] = values[len(values) // 2]
    return samples


def _value(declared, samples):
    if declared.choices:
        return (
            declared.choices[-1]
            if declared.name == "program"
            else "4"
            if "4" in declared.choices
            else declared.choices[0]
        )
    for name in (declared.name, _VALUES_OF.get(declared.name, ""), declared.path):
        value = samples.get(name)
        if value is not None:
            return str(value).lower() if declared.kind is Kind.FLAG else value
    return {
        Kind.INTEGER: 2024,
        Kind.NUMBER: 5,
        Kind.FLAG: "true",
        Kind.DATE: date(2023, 1, 1),
        Kind.TEXT: "4 19I000099",
    }[declared.kind]
