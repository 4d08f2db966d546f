"""Pitfall 19: ETags are equal for equal content, new after a publish, different by form; a 304 does no work."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from stormwater.api.families import Family
from stormwater.api.services import bump_data_versions
from tests.stormwater.api.lists import LISTINGS, address_of, every

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
ADDRESS = "/api/smarts/violations"


def read(response):
    """To its end: an export holds the connection as long as there is something to read."""
    if response.streaming:
        assert b"".join(response.streaming_content)


def etag_of(api, address=ADDRESS, **options):
    response = api.get(address, **options)
    assert response.status_code == 200
    read(response)
    return response["ETag"]


def test_equal_requests_have_equal_etags(api):
    assert etag_of(api, status="Potential", page_size=5) == etag_of(api, page_size=5, status="Potential")
    assert etag_of(api) == etag_of(api, f"{ADDRESS}/") == etag_of(api, headers={"Accept": "application/json"})


def test_etags_differ_by_form_fields_filters_and_page(api):
    different = [
        etag_of(api),
        etag_of(api, format="csv"),
        etag_of(api, format="geojson"),
        etag_of(api, fields="id"),
        etag_of(api, fields="id", format="csv"),
        etag_of(api, status="Potential"),
        etag_of(api, page_size=5),
        etag_of(api, include="inspection"),
        etag_of(api, api.json(ADDRESS, page_size=5)["next"]),
        etag_of(api, "/api/smarts/inspections"),
    ]
    assert len(set(different)) == len(different)


def test_the_form_is_what_is_sent_however_it_was_asked_for(api):
    assert etag_of(api, format="csv") == etag_of(api, headers={"Accept": "text/csv"})


@pytest.mark.parametrize("family", Family)
@pytest.mark.parametrize("listing", **every())
def test_a_publish_of_a_family_changes_the_etags_of_its_lists_and_no_others(api, listing, family):
    before = etag_of(api, address_of(listing))
    bump_data_versions(families=[family])
    assert (etag_of(api, address_of(listing)) != before) is (family in listing.families)


@pytest.mark.parametrize("options", [{}, {"format": "csv"}, {"page_size": 500, "count": "exact"}])
@pytest.mark.parametrize("listing", **every())
def test_a_304_costs_one_look_up_and_has_no_body(api, listing, options):
    response = api.get(address_of(listing), **options)
    read(response)

    with CaptureQueriesContext(connection) as queries:
        again = api.get(address_of(listing), headers={"If-None-Match": response["ETag"]}, **options)

    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == response["ETag"]
    assert [query["sql"] for query in queries if "api_dataversion" not in query["sql"]] == []
    assert len(queries) == 1


def test_if_modified_since_is_answered_by_the_data_version(api):
    since = api.get(ADDRESS)["Last-Modified"]
    assert api.get(ADDRESS, headers={"If-Modified-Since": since}).status_code == 304
    bump_data_versions(families=[Family.VIOLATIONS])
    assert api.get(ADDRESS, headers={"If-Modified-Since": since}).status_code == 200
    # At once again: HTTP has whole seconds, and the two publishes must differ all the same.
    since = api.get(ADDRESS)["Last-Modified"]
    bump_data_versions(families=[Family.VIOLATIONS])
    assert api.get(ADDRESS, headers={"If-Modified-Since": since}).status_code == 200


def test_a_wrong_request_is_never_unmodified(api):
    since = "Fri, 01 Jan 2100 00:00:00 GMT"
    assert api.get(ADDRESS, page_size="0", headers={"If-Modified-Since": since}).status_code == 400


def test_the_form_of_rows_is_part_of_the_etag():
    listing = LISTINGS["smarts_violations"]
    fewer = type(listing)(
        **{name: getattr(listing, name) for name in listing.__dataclass_fields__ if name != "fields"},
        fields=listing.fields[:-1],
    )
    assert fewer.fingerprint != listing.fingerprint


def test_cache_control_goes_by_tier(api):
    assert api.get(ADDRESS)["Cache-Control"] == "public, max-age=60"
    assert api.get("/api/esmr/regions")["Cache-Control"] == "public, max-age=300"
    assert api.get("/api/esmr/samples")["Cache-Control"] == "public, no-cache"
    assert "Accept" in api.get(ADDRESS)["Vary"]
