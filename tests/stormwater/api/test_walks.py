"""Walking any list gives exactly the rows of the database, whichever way and in whichever order."""

import pytest

from stormwater.api.keyset import BY_NUMBER
from sync.models import RecordChange, Resource, Run
from tests.stormwater.api.lists import address_of, every, path_parts_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
KEY = {"facilities": "id", "esmr_regions": "code"}


@pytest.fixture(autouse=True)
def _changes(world, db):
    """The sample files are loaded once, so nothing has changed yet."""
    resource = Resource.objects.get(slug="smarts_violations")
    run = Run.objects.get(resource=resource)
    RecordChange.objects.bulk_create(
        RecordChange(resource=resource, run=run, kind="updated", record_key=str(number), field="status")
        for number in range(11)
    )


def keys_of(listing, rows):
    return [row[KEY.get(listing.name, "id")] for row in rows]


def keys_in_database(listing):
    field = listing.field_of[KEY.get(listing.name, "id")]
    return set(listing.rows(**path_parts_of(listing)).values_list(field.source, flat=True))


@pytest.mark.parametrize("listing", **every())
def test_every_row_comes_exactly_once_forward_and_back(api, listing):
    address = address_of(listing)
    expected = keys_in_database(listing)
    assert len(expected) > 1
    size = max(1, len(expected) // 4)

    forward = keys_of(listing, api.walk(address, page_size=size))

    assert len(forward) == len(set(forward))
    assert set(forward) == expected

    page = api.json(address, page_size=size)
    while page["next"]:
        page = api.json(page["next"])
    assert keys_of(listing, api.walk_back(page) + page["results"]) == forward


def narrowed(listing):
    """Parameters that a large table needs for an order of its own."""
    return {"parameter": "pH"} if listing.is_large else {}


@pytest.mark.parametrize("listing", **every())
def test_every_ordering_is_a_whole_walk_and_its_minus_the_same_backwards(api, listing):
    address = address_of(listing)
    for ordering in (ordering for ordering in listing.ordering_names if not ordering.startswith("-")):
        if listing.is_large and ordering == BY_NUMBER.name:
            continue
        options = narrowed(listing) | {"page_size": 17 if listing.is_large else 5}
        there = keys_of(listing, api.walk(address, ordering=ordering, **options))
        back = keys_of(listing, api.walk(address, ordering=f"-{ordering}", **options))
        assert there == back[::-1]
        assert len(there) == len(set(there)) > 1
        if not listing.is_large:
            assert set(there) == keys_in_database(listing)


@pytest.mark.parametrize("listing", **every())
def test_rows_come_in_the_order_that_was_asked_for(api, listing):
    for ordering in listing.orderings:
        if ordering.name in listing.field_of and ordering is not BY_NUMBER:
            rows = api.walk(address_of(listing), ordering=ordering.name, page_size=100, **narrowed(listing))
            values = [row[ordering.name] for row in rows]
            known = [value for value in values if value is not None]
            assert known == sorted(known)
            assert values == [None] * (len(values) - len(known)) + known
