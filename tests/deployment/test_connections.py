"""However many cores a machine has, the site leaves connections of the database to workers, commands and backups."""

import multiprocessing
import re
import runpy
from typing import Any

import pytest

from stormwater.settings import BASE_DIR

SIZES = ("WEB_CONCURRENCY", "WEB_THREADS", "DATABASE_POOL_SIZE")
FOR_SUPERUSERS = 3  # PostgreSQL's superuser_reserved_connections
OF_A_SYNC, WORKER_PROCESSES, COMMANDS = 3, 3, 10
SERVERS_LIMIT = re.search(r"-cmax_connections=(\d+)", (BASE_DIR / "compose.yaml").read_text())


@pytest.fixture
def gunicorn(monkeypatch):
    """Gunicorn's settings on a machine of so many cores."""

    def read(cores: int, **environment: str) -> dict[str, Any]:
        monkeypatch.setattr(multiprocessing, "cpu_count", lambda: cores)
        for name in SIZES:
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(BASE_DIR / "gunicorn.conf.py"))

    return read


def connections(found: dict[str, Any]) -> int:
    """What all processes together may hold."""
    (pool,) = (int(size) for size in re.findall(r"DATABASE_POOL_SIZE=(\d+)", " ".join(found["raw_env"])))
    return found["workers"] * (pool or found["threads"])


@pytest.mark.parametrize("cores", [1, 2, 8, 9, 64, 256])
@pytest.mark.parametrize("sizes", [{}, {"WEB_THREADS": "8"}, {"WEB_THREADS": "5"}, {"DATABASE_POOL_SIZE": "0"}])
def test_the_site_leaves_enough_to_the_others(gunicorn, cores, sizes):
    assert SERVERS_LIMIT
    others = FOR_SUPERUSERS + OF_A_SYNC * WORKER_PROCESSES + COMMANDS
    assert connections(gunicorn(cores, **sizes)) <= int(SERVERS_LIMIT[1]) - others


@pytest.mark.parametrize("cores, processes", [(1, 2), (4, 8), (8, 16), (9, 16), (256, 16)])
def test_there_are_two_processes_per_core_as_far_as_connections_go(gunicorn, cores, processes):
    assert gunicorn(cores)["workers"] == processes


def test_there_is_a_process_however_many_threads_it_has(gunicorn):
    assert gunicorn(4, WEB_THREADS="200")["workers"] == 1


def test_a_number_that_was_asked_for_is_taken(gunicorn):
    assert gunicorn(64, WEB_CONCURRENCY="40")["workers"] == 40
