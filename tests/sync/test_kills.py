"""A sync that is killed, and a database that is killed under it: the next run ends right, and nobody sees half.

On a server of its own, since that is killed too. The random moments come from a seed that a failing
test prints; STORMWATER_KILL_SEED repeats them.
"""

import json
import os
import random
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from tests.installation import BEFORE, EMPTY, Installation
from tests.sync.world_digest import digest, left_over

pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.timeout(1800)]

SCALE = "0.004"
SEED = int(os.environ.get("STORMWATER_KILL_SEED", "0")) or random.randrange(1, 10**6)  # noqa: S311
KILLS_OF_THE_SYNC = 10
KILLS_OF_THE_DATABASE = 3


@pytest.fixture(scope="module")
def installation(tmp_path_factory) -> Iterator[Installation]:
    """The first week is loaded and kept as a copy; the second week's files are ready."""
    made = Installation(tmp_path_factory.mktemp("kills"))
    made.prepare(SCALE)
    yield made
    made.server.stop()


@pytest.fixture(scope="module")
def undisturbed(installation) -> tuple[dict[str, tuple[int, str]], float]:
    """What the second week comes to when nothing happens, and how many seconds it takes."""
    start = time.monotonic()
    installation.run("sync", "--from", str(installation.second_week))
    seconds = time.monotonic() - start
    with installation.connect(BEFORE) as before, installation.connect() as after:
        expected, first_week = digest(after), digest(before)
    # Else a run that did nothing would pass for one that ended right.
    assert all(expected[part] != first_week[part] for part in ("resources", "violations", "SMARTS samples", "changes"))
    return expected, seconds


@pytest.fixture
def first_week_again(installation, undisturbed) -> None:
    """The database as it was before the second week."""
    installation.go_back()


def moment(kind: str, strike: int, strikes: int) -> float:
    """Share of the undisturbed time at which to strike: a random one in each of `strikes` equal parts."""
    return (strike + random.Random(f"{SEED} {kind} {strike}").random()) / strikes  # noqa: S311


@pytest.mark.parametrize("strike", range(KILLS_OF_THE_SYNC))
def test_after_a_kill_of_the_sync_the_next_one_ends_right(installation, undisturbed, first_week_again, strike):
    expected, seconds = undisturbed
    victim = installation.command("sync", "--from", str(installation.second_week))
    time.sleep(moment("sync", strike, KILLS_OF_THE_SYNC) * seconds)
    os.killpg(victim.pid, signal.SIGKILL)
    victim.communicate()

    installation.run("sync", "--from", str(installation.second_week))

    with installation.connect() as connection:
        assert digest(connection) == expected, f"seed {SEED}"
        assert left_over(connection) == {"work tables": 0, "running runs": 0, "pending indexes": 0}


@pytest.mark.parametrize("strike", range(KILLS_OF_THE_DATABASE))
def test_after_a_kill_of_the_database_the_next_sync_ends_right(installation, undisturbed, first_week_again, strike):
    expected, seconds = undisturbed
    victim = installation.command("sync", "--from", str(installation.second_week))
    time.sleep(moment("database", strike, KILLS_OF_THE_DATABASE) * seconds)
    pid = int((installation.data / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    _, errors = victim.communicate()
    assert "Traceback" not in errors

    installation.run("sync", "--from", str(installation.second_week))

    with installation.connect() as connection:
        assert digest(connection) == expected, f"seed {SEED}"
        assert left_over(connection) == {"work tables": 0, "running runs": 0, "pending indexes": 0}


@pytest.mark.parametrize("table", ["monitoring_smartssample", "monitoring_esmrsample"])
def test_after_a_kill_within_a_first_load_the_next_sync_ends_right_and_with_all_indexes(installation, table):
    installation.go_back(to=EMPTY)
    victim = installation.command("sync", "--from", str(installation.first_week))
    pending = f"SELECT count(*) FROM sync_pendingindex WHERE \"table\" = '{table}'"
    with installation.connect() as connection:
        while connection.execute(pending).fetchone() == (0,):
            assert victim.poll() is None, "the sync came to its end"
            time.sleep(0.01)
        os.killpg(victim.pid, signal.SIGKILL)
        victim.communicate()
        assert connection.execute(pending).fetchone() != (0,)

    installation.run("sync", "--from", str(installation.first_week))

    with installation.connect(BEFORE) as undisturbed, installation.connect() as connection:
        assert digest(connection) == digest(undisturbed)
        assert left_over(connection) == {"work tables": 0, "running runs": 0, "pending indexes": 0}


class Reader(threading.Thread):
    """Reads a resource's published run and the number of its live records, over and over."""

    QUERY = """
        SELECT
            (SELECT last_published_id FROM sync_resource WHERE slug = 'smarts_violations'),
            (SELECT count(*) FROM violations_regulatoryviolation WHERE removed_by_id IS NULL),
            (SELECT last_published_id FROM sync_resource WHERE slug = 'smarts_industrial_monitoring'),
            (SELECT count(*) FROM monitoring_smartssample s JOIN sync_resource r ON r.id = s.resource_id
                WHERE r.slug = 'smarts_industrial_monitoring' AND s.removed_by_id IS NULL)
    """

    def __init__(self, installation: Installation) -> None:
        super().__init__(daemon=True)
        self._connection = installation.connect()
        self._is_done = threading.Event()
        self.violations: set[tuple[int, int]] = set()
        self.samples: set[tuple[int, int]] = set()
        self.reads = 0

    def run(self) -> None:
        while not self._is_done.is_set():
            row = self._connection.execute(self.QUERY).fetchone()
            assert row is not None
            self.violations.add((row[0], row[1]))
            self.samples.add((row[2], row[3]))
            self.reads += 1

    def finish(self) -> None:
        """Read once more, and stop."""
        self._is_done.set()
        self.join()
        self._connection.close()


def test_a_reader_sees_the_old_data_or_the_new_and_nothing_between(installation, first_week_again):
    reader = Reader(installation)
    reader.start()
    time.sleep(0.3)
    victim = installation.command("sync", "--from", str(installation.second_week), "smarts_industrial_monitoring")
    time.sleep(1.5)
    os.killpg(victim.pid, signal.SIGKILL)
    victim.communicate()
    output = installation.run("sync", "--from", str(installation.second_week), "--json")
    time.sleep(0.3)
    reader.finish()

    assert {run["status"] for run in json.loads(output)["runs"]} <= {"published", "unchanged"}
    assert reader.reads > 20
    # One number of records per published run: the old one's, and the new one's.
    for seen in (reader.violations, reader.samples):
        assert len(seen) == len({run for run, _ in seen}) == 2, seen
