"""A sync and what follows it take their time from the data, not from statistics of tables that were empty."""

import time
from datetime import date

import pytest
from django.db import connection

from facilities.services.matching import run_matching
from sync.contracts import CONTRACTS
from sync.services import sync_datasets
from sync.sources import DirectorySource
from sync.synthetic.world import World, write_world
from violations.refreshing.refresh import refresh_violations
from violations.services import compute_exceedances


@pytest.mark.django_db
@pytest.mark.timeout(180)
def test_no_statement_runs_away_where_statistics_say_that_every_table_is_empty(tmp_path, settings):
    """As after a first load that failed and was cleaned up: pages, and no row in them.

    The planner then takes any number of rows for one. With members of facilities joined instead of looked up,
    one statement took 20 seconds at this size, and a hundred times that at ten times the size.
    """
    write_world(tmp_path / "files", World(1, 0.01))
    settings.DATA_DIR, settings.RAW_DIR = tmp_path, tmp_path / "raw"
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT pg_restore_relation_stats('schemaname', 'public', 'relname', relname::text,
                'relpages', 1, 'reltuples', 0::real)
            FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
        """)
    seconds: dict[str, float] = {}

    def measure(execute, sql, *arguments):
        start = time.monotonic()
        try:
            return execute(sql, *arguments)
        finally:
            seconds[sql] = max(time.monotonic() - start, seconds.get(sql, 0))

    with connection.execute_wrapper(measure):
        assert not sync_datasets(source=DirectorySource(tmp_path / "files", CONTRACTS)).has_failed
        run_matching()
        assert compute_exceedances(as_of=date(2026, 10, 2)).has_written
        assert refresh_violations().has_written
    assert [(sql, took) for sql, took in seconds.items() if took > 10] == []
