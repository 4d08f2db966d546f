"""What every test gets: files of its own, no network, and an honest list at the end of what was left out."""

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.cache import caches
from django.core.management.commands import flush
from django.core.management.sql import emit_post_migrate_signal
from django.db import connections, transaction

from stormwater.api.ledger import forget_ledger_facts
from stormwater.background.redis_server import PROGRAM, RedisServer

CHROMIUM = "chromium"
# Database -> table -> its rows after `migrate`, in PostgreSQL's text format.
ROWS_OF_MIGRATE: dict[str, dict[str, bytes]] = {}
LEFT_OUT = pytest.StashKey[Counter]()
WHY = {
    "realdata": "STORMWATER_REAL_DATA does not name a folder with real extracts",
    "redis": f"{PROGRAM} is not installed",
    "slow": "run by `make check-slow`",
    "browser": f"run by `make check-slow`, if {CHROMIUM} is installed",
}


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    """Keep raw files apart per test. The database stays where it is: each test run makes test databases in it."""
    settings.DATA_DIR = tmp_path / "data"
    settings.RAW_DIR = settings.DATA_DIR / "raw"


@pytest.fixture(autouse=True)
def _quick_passwords(settings):
    """Hash passwords in no time: that it takes half a second is Django's own business, and most tests log someone in.

    What tests start as programs of their own has the hasher of production.
    """
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _empty_caches():
    """No answer and no count of requests is left over from another test."""
    for cache in caches.all(initialized_only=True):
        cache.clear()
    forget_ledger_facts()


@pytest.fixture(scope="session", autouse=True)
def _rows_of_migrate() -> Iterator[None]:
    """Let tests that commit end as before, but sooner: see `put_back_rows_of_migrate`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush, "emit_post_migrate_signal", put_back_rows_of_migrate)
        yield


def put_back_rows_of_migrate(verbosity: int, interactive: bool, db: str, **options: Any) -> None:
    """Fill the tables that are filled after each `migrate`: content types, permissions, groups, datasets.

    Stands in for the signal that tells Django and the apps to do so after every test that commits, which takes them
    longer than emptying all tables. They do it once; from then on the same rows are put back as they were.
    """
    with transaction.atomic(using=db), connections[db].cursor() as cursor:
        if db not in ROWS_OF_MIGRATE:
            emit_post_migrate_signal(verbosity, interactive, db, **options)
            tables = connections[db].introspection.django_table_names(only_existing=True, include_views=False)
            rows = {table: _copied(cursor, f'COPY "{table}" TO STDOUT') for table in tables}
            ROWS_OF_MIGRATE[db] = {table: lines for table, lines in rows.items() if lines}
            return
        for table, lines in ROWS_OF_MIGRATE[db].items():
            with cursor.copy(f'COPY "{table}" FROM STDIN') as copy:
                copy.write(lines)
    ContentType.objects.clear_cache()  # as the signal does


def _copied(cursor: Any, statement: str) -> bytes:
    """What a COPY statement sends."""
    with cursor.copy(statement) as copy:
        return b"".join(copy)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real extracts; tests that use it are marked `realdata`."""
    return Path(os.environ["STORMWATER_REAL_DATA"])


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """A real Redis, shared by the tests of one process, which take care of their own keys."""
    with RedisServer() as server:
        yield server


def pytest_configure(config):
    config.stash[LEFT_OUT] = Counter()


def pytest_collection_modifyitems(config, items):
    for marker in sorted(missing()):
        needing = [item for item in items if item.get_closest_marker(marker)]
        if needing:
            items[:] = [item for item in items if not item.get_closest_marker(marker)]
            config.hook.pytest_deselected(items=needing)


def missing() -> set[str]:
    """Markers of tests that cannot run here."""
    here = {
        "realdata": os.environ.get("STORMWATER_REAL_DATA"),
        "redis": shutil.which(PROGRAM),
        "browser": shutil.which(CHROMIUM),
    }
    return {marker for marker, found in here.items() if not found}


def pytest_deselected(items):
    markers = [marker for marker in WHY if marker in missing() or marker in {"slow", "browser"}]
    for item in items:
        reason = next((marker for marker in markers if item.get_closest_marker(marker)), None)
        if reason:
            item.config.stash[LEFT_OUT][reason] += 1


def pytest_sessionfinish(session):
    """Tell the process that prints the summary what this one left out, when tests run in several."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = dict(session.config.stash[LEFT_OUT])


@pytest.hookimpl(optionalhook=True)  # belongs to pytest-xdist
def pytest_testnodedown(node, error):
    # Every process collects all tests, so any one of them knows.
    node.config.stash[LEFT_OUT] |= Counter(getattr(node, "workeroutput", {}).get("left_out", {}))


def pytest_terminal_summary(terminalreporter, config):
    for marker, count in sorted(config.stash[LEFT_OUT].items()):
        terminalreporter.write_line(f"Left out: {count} marked {marker} ({WHY[marker]}).")
