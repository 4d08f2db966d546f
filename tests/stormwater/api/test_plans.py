"""No documented filter, ordering or search reads a large table from one end to the other, and no page costs more than
the first.

Read off the database's plans and counters, with a synthetic world of scale 0.05 and its real statistics.
"""

from urllib.parse import urlencode

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.test import override_settings

from stormwater.api.keyset import BY_NUMBER
from sync.contracts import CONTRACTS
from sync.models import RecordChange, Resource, Run
from sync.services import sync_datasets
from sync.sources import DirectorySource
from sync.synthetic.world import World, write_world
from tests.stormwater.api.lists import LISTINGS, every, path_parts_of
from tests.stormwater.api.plans import blocks_of_page, requests_of, rows_scanned, scanned_tables, with_cursor
from violations.models import FacilitySummary
from violations.refreshing.refresh import refresh_violations
from violations.services import compute_exceedances

# The large world is made once, by one worker.
pytestmark = pytest.mark.xdist_group("large_world")

# A twentieth of the world of scale 1 is loaded: these tables have more than a million rows there. Of smaller ones the
# planner may rightly choose to read all.
LARGE = 50_000
# Has fewer rows in this world, whose facilities are few for its samples, than it would have in the real one.
ALSO_LARGE = {"violations_unifiedfinding"}


@pytest.fixture(scope="module")
def large_tables(django_db_setup, django_db_blocker, tmp_path_factory):
    """Names of the large tables of the loaded world."""
    folder = tmp_path_factory.mktemp("plans")
    write_world(folder / "files", World(1, 0.05))
    with (
        django_db_blocker.unblock(),
        override_settings(DATA_DIR=folder, RAW_DIR=folder / "raw"),
    ):
        with connection.cursor() as cursor:
            # What other tests have rolled back counts as an emptied table, which the planner takes for an empty one.
            cursor.execute("VACUUM ANALYZE")
        with transaction.atomic():
            yield _load(folder)
            transaction.set_rollback(True)


def _load(folder):
    """Load the world; returns the names of the tables that are large then."""
    sync_datasets(source=DirectorySource(folder / "files", CONTRACTS))
    resource = Resource.objects.get(slug="smarts_violations")
    run = Run.objects.get(resource=resource)
    RecordChange.objects.bulk_create(
        RecordChange(resource=resource, run=run, kind="updated", record_key=str(number), field="status")
        for number in range(5000)
    )
    compute_exceedances()
    refresh_violations()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > %s "
            "AND relnamespace = 'public'::regnamespace",
            [LARGE],
        )
        return {name for (name,) in cursor.fetchall()} | ALSO_LARGE


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.timeout(600)
@pytest.mark.parametrize("listing", **every())
def test_no_documented_request_scans_a_large_table(large_tables, listing):
    assert {"monitoring_smartssample", "monitoring_esmrsample"} <= large_tables
    wrong = {}
    for parameters in requests_of(listing):
        found = scanned_tables(listing, parameters) & large_tables
        if found:
            wrong[str(parameters)] = found
    assert wrong == {}


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.timeout(600)
def test_numbers_and_all_of_a_facility_scan_no_large_table(large_tables, api):
    busiest = FacilitySummary.objects.order_by("-violations_on_record", "pk").first()
    scopes: tuple[dict[str, str], ...] = (
        {},
        {"county": "Los Angeles"},
        {"region": "4"},
        {"date_from": "2023-01-01", "date_to": "2023-12-31"},
    )
    asked = [(address, scope) for address in ("/api/dashboard", "/api/violations/stats") for scope in scopes]
    asked += [("/api/violations/stats", {"source": "smarts"}), ("/api/esmr/stats", {})]
    asked += [(f"/api/facilities/{busiest.facility.public_id}{part}", {}) for part in ("/complete", "")]
    wrong = {}
    for address, scope in asked:
        with rows_scanned() as scanned:
            api.json(address, **scope)
        if found := {table: rows for table, rows in scanned.items() if table in large_tables}:
            wrong[f"{address}?{urlencode(scope)}"] = found
    assert wrong == {}


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.timeout(600)
@pytest.mark.parametrize("place", [{}, {"county": "Los Angeles"}, {"region": "5"}, {"county": "Alpine"}])
def test_facilities_with_most_findings_are_found_by_index(large_tables, api, place):
    with rows_scanned() as scanned:
        api.json("/api/dashboard", **place)
    assert "violations_facilitysummary" not in scanned


def test_what_counts_rows_that_are_scanned_sees_a_scan(db):
    with rows_scanned() as scanned, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM facilities_county WHERE name <> ''")
    assert scanned["facilities_county"] == 58


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.timeout(600)
@pytest.mark.parametrize("listing", **every())
def test_a_deep_page_reads_no_more_than_the_first(large_tables, listing):
    """By blocks of the database that both read, in every order and both directions; of one field, as what more the rows
    of a page show costs what there is about them.
    """
    rows = listing.rows(**path_parts_of(listing))
    number = rows.count()
    wrong = {}
    for ordering in listing.ordering_of.values():
        if listing.is_large and ordering is not BY_NUMBER:
            continue  # needs a narrower, and is then a page of few rows
        for minus in ("", "-"):
            key = F("pk") if ordering.key is None else ordering.key
            parts = [part.desc() if minus else part.asc() for part in ordering.parts]
            behind = rows.order_by(*parts).values_list(*([] if ordering.key is None else [key]), "pk")[number * 9 // 10]
            asked = {"ordering": f"{minus}{ordering.name}", "page_size": "20", "fields": listing.fields[0].name}
            first, deep = blocks_of_page(listing, asked), blocks_of_page(listing, with_cursor(listing, asked, behind))
            if deep > 1.5 * first + 30:
                wrong[asked["ordering"]] = (first, deep)
    assert wrong == {}


def test_every_list_is_asked():
    assert {"violations", "exceedances", "era_levels", "facilities", "esmr_samples"} <= set(LISTINGS)
