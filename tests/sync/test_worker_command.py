"""`make worker`: one command runs everything that production runs apart, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time

import psutil
import psycopg
import pytest

from stormwater.database.server import EmbeddedServer
from stormwater.settings import BASE_DIR
from tests.published_files import csv_bytes, file_name

PATIENCE = 90

pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.redis, pytest.mark.timeout(300)]


def test_it_syncs_on_a_shortened_schedule_and_ends_with_nothing_left_running(tmp_path):
    folder, data = tmp_path / "published", tmp_path / "data"
    folder.mkdir()
    (folder / file_name("smarts_violations")).write_bytes(csv_bytes("smarts_violations", [{}, {}]))
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    worker = subprocess.Popen(
        [sys.executable, str(BASE_DIR / "manage.py"), "worker", "--every", "2", "--from", str(folder)],
        env=environment | {"STORMWATER_DATA_DIR": str(data)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        wait_for_runs(data, ["published", "unchanged"])
        children = psutil.Process(worker.pid).children(recursive=True)
        assert {"redis-server", "postgres"} <= {child.name() for child in psutil.process_iter()}
    finally:
        worker.send_signal(signal.SIGINT)
        output, _ = worker.communicate(timeout=PATIENCE)
    assert worker.returncode == 0, output
    assert output.endswith("Stopped.\n")
    assert "Traceback" not in output
    _, alive = psutil.wait_procs(children, timeout=5)
    assert alive == []
    assert EmbeddedServer(data).running() is None


def wait_for_runs(data, statuses):
    """Wait until the ledger begins so."""
    deadline = time.monotonic() + PATIENCE
    found: list[str] = []
    while time.monotonic() < deadline and found[: len(statuses)] != statuses:
        time.sleep(0.5)
        server = EmbeddedServer(data).running()
        if server is None:
            continue
        try:
            with psycopg.connect(
                host=server.socket_dir, port=server.port, user="stormwater", dbname="stormwater"
            ) as connection:
                found = [row[0] for row in connection.execute("SELECT status FROM sync_run ORDER BY id").fetchall()]
        except psycopg.Error:
            continue  # not migrated yet
    assert found[: len(statuses)] == statuses
