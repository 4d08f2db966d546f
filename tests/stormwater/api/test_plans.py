"""No documented filter, ordering or search reads a large table from one end to the other.

Read off the database's plans, with a synthetic world of scale 0.05 and its real statistics.
"""

import pytest
from django.db import connection, transaction
from django.test import override_settings

from sync.contracts import CONTRACTS
from sync.services import sync_datasets
from sync.sources import DirectorySource
from sync.synthetic.world import World, write_world
from tests.stormwater.api.lists import every
from tests.stormwater.api.plans import requests_of, scanned_tables
from violations.services import compute_exceedances

# A twentieth of the world of scale 1 is loaded: these tables have more than a million rows there. Of smaller ones the
# planner may rightly choose to read all.
LARGE = 50_000


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
    compute_exceedances()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > %s "
            "AND relnamespace = 'public'::regnamespace",
            [LARGE],
        )
        return {name for (name,) in cursor.fetchall()}


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
