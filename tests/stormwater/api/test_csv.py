"""Pitfall 18: CSV rows are the API's rows and the database's; they load back; formulas are harmless."""

import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from facilities.models import SmartsEnrollment
from stormwater.api.row_fields import Kind
from tests.stormwater.api.lists import address_of, every, path_parts_of
from violations.models import RegulatoryViolation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

READ: dict[Kind, Callable[[str], Any]] = {
    Kind.TEXT: lambda text: text.removeprefix("'"),
    Kind.TEXTS: lambda text: json.loads(text.removeprefix("'")),
    Kind.INTEGERS: json.loads,
    Kind.INTEGER: int,
    Kind.NUMBER: Decimal,
    Kind.FLAG: {"true": True, "false": False}.__getitem__,
    Kind.DATE: date.fromisoformat,
    Kind.TIMESTAMP: datetime.fromisoformat,
}

COLUMN_TYPE = {
    Kind.TEXT: "text",
    Kind.TEXTS: "jsonb",
    Kind.INTEGERS: "jsonb",
    Kind.INTEGER: "bigint",
    Kind.NUMBER: "numeric",
    Kind.FLAG: "boolean",
    Kind.DATE: "date",
    Kind.TIMESTAMP: "timestamptz",
}


def load_csv(content, listing):
    """The rows of a file of ours: null where there is nothing between commas, texts without the guard's apostrophe."""
    names, *rows = load_cells(content)
    fields = [listing.field_of[name] for name in names]
    return [
        {
            field.name: None if cell is None else READ[field.kind](cell)
            for field, cell in zip(fields, cells, strict=True)
        }
        for cells in rows
    ]


def load_cells(content):
    """Rows of cells, read by PostgreSQL: it tells null from an empty text, as the file does."""
    width = content.partition(b"\n")[0].count(b",") + 1
    columns = [f"c{number}" for number in range(width)]
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS read_back")
        cursor.execute(f"CREATE TEMP TABLE read_back (n serial, {', '.join(f'{name} text' for name in columns)})")
        with cursor.copy(f"COPY read_back ({', '.join(columns)}) FROM STDIN WITH (FORMAT csv)") as copy:
            copy.write(content)
        cursor.execute(f"SELECT {', '.join(columns)} FROM read_back ORDER BY n")
        return cursor.fetchall()


def load_typed(content, listing):
    """The rows of a file of ours, loaded as the guide says, with COPY into a table whose columns have the types."""
    columns = ", ".join(f'"{field.name}" {COLUMN_TYPE[field.kind]}' for field in listing.fields)
    names = ", ".join(f'"{field.name}"' for field in listing.fields)
    texts = {position for position, field in enumerate(listing.fields) if field.kind is Kind.TEXT}
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS loaded")
        cursor.execute(f"CREATE TEMP TABLE loaded (row_of_file serial, {columns})")
        with cursor.copy(f"COPY loaded ({names}) FROM STDIN WITH (FORMAT csv, HEADER MATCH)") as copy:
            copy.write(content)
        cursor.execute(f"SELECT {names} FROM loaded ORDER BY row_of_file")
        rows = cursor.fetchall()
    return [
        tuple(READ[Kind.TEXT](cell) if position in texts and cell else as_loaded(cell) for position, cell in cells)
        for cells in map(enumerate, rows)
    ]


def as_loaded(cell):
    """A cell of the database as a CSV file can have it: lists as such, floating numbers by their digits."""
    if isinstance(cell, float):
        return Decimal(str(cell))
    return json.loads(cell) if isinstance(cell, str) and cell.startswith("[") else cell


def as_values(row, listing):
    """A row of JSON with values of the types that the database has."""
    return {
        name: None
        if value is None
        else READ[listing.field_of[name].kind](str(value))
        if listing.field_of[name].kind in {Kind.NUMBER, Kind.DATE, Kind.TIMESTAMP}
        else value
        for name, value in row.items()
    }


@pytest.mark.parametrize("listing", **every())
def test_csv_rows_are_the_rows_of_the_api(api, listing):
    address = address_of(listing)
    rows = [as_values(row, listing) for row in api.walk(address, page_size=200)]
    assert load_csv(api.csv(address), listing) == rows


@pytest.mark.parametrize("listing", **every())
def test_csv_loads_back_with_copy_as_the_rows_of_the_database(api, listing):
    ordering = [part.asc() for part in listing.orderings[0].parts]
    rows = listing.rows(**path_parts_of(listing)).order_by(*(["pk"] if listing.is_large else ordering))
    expected = [tuple(map(as_loaded, row)) for row in rows.values_list(*(field.source for field in listing.fields))]
    assert load_typed(api.csv(address_of(listing)), listing) == expected
    assert expected or listing.path_parts


def test_fields_filters_and_order_hold_for_csv(api):
    content = api.csv("/api/smarts/violations", fields="violation_id,status", status="Potential", ordering="-id")
    rows = load_cells(content)
    assert rows[0] == ("violation_id", "status")
    expected = RegulatoryViolation.objects.filter(status="Potential", removed_by=None).order_by("-pk")
    assert [row[0] for row in rows[1:]] == list(expected.values_list("violation_id", flat=True))


NASTY = [
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(1)",
    "\tx",
    "\rx",
    "\nx",
    "'quoted",
    "''",
    'a"b',
    "a,b",
    "a\r\nb",
    "",
]


@pytest.mark.parametrize("text", [*NASTY, None])
def test_a_text_comes_back_as_it_was_and_is_no_formula(api, text):
    violation = RegulatoryViolation.objects.filter(removed_by=None).first()
    RegulatoryViolation.objects.filter(pk=violation.pk).update(description=text)

    content = api.csv("/api/smarts/violations", violation_id=violation.violation_id, fields="description")

    ((_,), (cell,)) = load_cells(content)
    assert (cell is None) == (text is None)
    if text is not None:
        assert READ[Kind.TEXT](cell) == text
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_null_is_nothing_and_an_empty_text_is_two_quotes(api):
    first, second = RegulatoryViolation.objects.filter(removed_by=None).order_by("pk")[:2]
    RegulatoryViolation.objects.filter(pk=first.pk).update(description="")
    RegulatoryViolation.objects.filter(pk=second.pk).update(description=None)
    ids = f"{first.violation_id},{second.violation_id}"
    content = api.csv("/api/smarts/violations", violation_id__in=ids, fields="violation_id,description")
    assert content.decode().splitlines()[1:] == [f'"{first.violation_id}",""', f'"{second.violation_id}",']


def test_numbers_keep_every_digit_in_both_forms(api):
    enrollment = SmartsEnrollment.objects.filter(removed_by=None).first()
    SmartsEnrollment.objects.filter(pk=enrollment.pk).update(total_size=Decimal("0.12345678901234567890123"))
    address = f"/api/smarts/facilities/{enrollment.pk}"
    assert b'"total_size":0.12345678901234567890123,' in api.get(address).content
    content = api.csv("/api/smarts/facilities", app_id=enrollment.app_id, fields="total_size")
    assert b"0.12345678901234567890123" in content


def test_negative_numbers_are_numbers(api):
    content = api.csv("/api/esmr/locations", fields="longitude")
    values = [cell for (cell,) in load_cells(content)[1:] if cell]
    assert values
    assert all(float(cell) < 0 for cell in values)


def test_an_export_comes_in_blocks_not_at_once(api, monkeypatch):
    monkeypatch.setattr("stormwater.api.csv_export._BLOCK", 1000)
    response = api.get("/api/esmr/locations", format="csv")
    sizes = [len(block) for block in response.streaming_content]
    assert len(sizes) > 5
    assert max(sizes) < 3000


def test_an_export_that_nobody_reads_to_its_end_gives_the_connection_back(api, monkeypatch):
    monkeypatch.setattr("stormwater.api.csv_export._BLOCK", 1000)
    response = api.get("/api/smarts/monitoring", format="csv")
    next(iter(response.streaming_content))
    assert connection.connection.info.transaction_status.name == "ACTIVE"

    response._iterator.close()  # what the server does when the client has gone

    assert connection.connection.info.transaction_status.name == "INTRANS"
    assert api.rows("/api/smarts/monitoring", page_size=1)


def test_an_export_that_fails_at_once_is_a_problem_and_not_half_a_file(api, monkeypatch):
    monkeypatch.setattr("stormwater.api.csv_export._copy_statement", lambda *_: "COPY nothing TO STDOUT")
    response = api.get("/api/esmr/locations", format="csv")
    assert response.status_code == 500
    assert response["Content-Type"] == "application/problem+json"


def test_a_list_without_rows_is_a_header(api):
    assert (
        api.csv("/api/esmr/locations", location_place_id=-5, fields="id,location_place_id") == b"id,location_place_id\n"
    )
