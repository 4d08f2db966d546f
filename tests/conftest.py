"""What every test gets: files of its own, no network, and an honest list at the end of what was left out."""

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import caches

from stormwater.api.ledger import forget_ledger_facts
from stormwater.background.redis_server import PROGRAM, RedisServer

CHROMIUM = "chromium"
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
def _empty_caches():
    """No answer and no count of requests is left over from another test."""
    for cache in caches.all(initialized_only=True):
        cache.clear()
    forget_ledger_facts()


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
