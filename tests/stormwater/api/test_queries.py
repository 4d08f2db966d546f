"""Pitfall 21: the number of queries does not grow with the page, the fields or the includes' rows."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.stormwater.api.lists import address_of, every

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


def queries_of(api, address, **options):
    with CaptureQueriesContext(connection) as queries:
        api.json(address, **options)
    return [query["sql"] for query in queries]


@pytest.mark.parametrize("listing", **every())
def test_a_page_takes_a_look_at_the_versions_and_one_query(api, listing):
    address = address_of(listing)
    api.json(address, fields=listing.fields[0].name)  # what the ledger says is kept for a minute
    for size in (1, 20, 500):
        assert len(queries_of(api, address, page_size=size)) == 2


@pytest.mark.parametrize("listing", **every())
def test_each_include_takes_one_query_more(api, listing):
    api.json(address_of(listing), fields=listing.fields[0].name)
    for include in listing.includes:
        for size in (1, 200):
            assert len(queries_of(api, address_of(listing), page_size=size, include=include.name)) == 3


def test_a_row_takes_a_look_at_the_versions_and_one_query(api):
    api.json("/api/facilities")
    facility = api.rows("/api/facilities", page_size=1)[0]["id"]
    assert len(queries_of(api, f"/api/facilities/{facility}")) == 2


@pytest.mark.parametrize("listing", **every())
def test_deep_pages_skip_nothing(api, listing):
    page = api.json(address_of(listing), page_size=1)
    if page["next"]:
        sqls = queries_of(api, page["next"])
        assert not any(" OFFSET " in sql and "OFFSET 0" not in sql for sql in sqls)
