"""Pitfall 17: counts on request only, labelled, and those of whole tables from the ledger."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enforcement.models import Inspection
from stormwater.api import counting
from tests.stormwater.api.lists import LISTINGS, address_of, every, path_parts_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


@pytest.mark.parametrize("listing", **every())
def test_nothing_is_counted_unless_asked_for(api, listing):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert "count" not in api.json(address_of(listing), page_size=1)
    assert not [query for query in queries if "count(*) from" in query["sql"].lower()]


@pytest.mark.parametrize("listing", **every())
def test_an_exact_count_is_the_number_of_rows_and_says_so(api, listing):
    expected = listing.rows(**path_parts_of(listing)).count()
    assert api.json(address_of(listing), page_size=1, count="exact")["count"] == {"value": expected, "exact": True}


def test_an_exact_count_goes_by_the_filters(api):
    expected = Inspection.objects.filter(removed_by=None, purpose="Complaint").count()
    assert expected
    count = api.json("/api/smarts/inspections", purpose="Complaint", count="exact")["count"]
    assert count == {"value": expected, "exact": True}


def test_an_estimate_says_that_it_is_one(api):
    count = api.json("/api/smarts/inspections", purpose="Complaint", count="estimate")["count"]
    assert count["exact"] is False
    assert isinstance(count["value"], int)


@pytest.mark.parametrize("name", [name for name, listing in LISTINGS.items() if listing.is_counted_by_ledger])
def test_the_count_of_a_whole_list_reads_no_row_of_it(api, name):
    listing = LISTINGS[name]
    table = listing.model._meta.db_table
    with CaptureQueriesContext(connection) as queries:
        api.json(address_of(listing), page_size=1, count="exact")
    assert len([query for query in queries if f'FROM "{table}"' in query["sql"]]) == 1  # the page itself


def test_a_count_that_takes_too_long_is_a_problem(api, monkeypatch):
    monkeypatch.setattr(counting, "COUNT_SECONDS", 0.001)
    monkeypatch.setattr(counting, "compile_rows", lambda _: counting.Statement("SELECT pg_sleep(1)", ()))
    problem = api.problem("/api/smarts/inspections", 503, purpose="Complaint", count="exact")
    assert "too long" in problem["detail"]


def test_another_count_is_refused(api):
    assert api.wrong("/api/smarts/inspections", count="yes") == ["count"]
