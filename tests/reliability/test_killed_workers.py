"""Workers, Redis and PostgreSQL killed at random moments: nothing lost, nothing doubled, and the next run ends right.

The moments come from a seed that a failing test prints; STORMWATER_KILL_SEED repeats them.
"""

import os
import random
import re
import signal
import time
from collections.abc import Iterator

import pytest

from stormwater.background.redis_server import RedisServer
from sync.contracts import CONTRACTS
from tests.installation import BEFORE, Installation
from tests.reliability.crew import Crew
from tests.sync.portal import FakePortal
from tests.sync.world_digest import digest, left_over

pytestmark = [
    pytest.mark.slow,
    pytest.mark.alone,
    pytest.mark.redis,
    pytest.mark.timeout(900),
]

SCALE = "0.002"
SEED = int(os.environ.get("STORMWATER_KILL_SEED", "0")) or random.randrange(1, 10**6)  # noqa: S311
CAMPAIGNS, KILLS_EACH = 4, 5
LONGEST_SECONDS = 0.5  # after a run has begun; most runs are over by then, and few of the second week's files in all


@pytest.fixture(scope="module")
def installation(tmp_path_factory) -> Iterator[Installation]:
    made = Installation(tmp_path_factory.mktemp("killed-workers"))
    made.prepare(SCALE)
    yield made
    made.server.stop()


def undisturbed_digest(installation: Installation, *requests: str) -> dict[str, tuple[int, str]]:
    """What the second week comes to when nothing happens."""
    installation.go_back()
    installation.run("sync", "--from", str(installation.second_week), *requests)
    with installation.connect(BEFORE) as before, installation.connect() as after:
        expected, first_week = digest(after), digest(before)
    assert expected["eSMR samples"] != first_week["eSMR samples"]  # else doing nothing would pass for ending right
    return expected


@pytest.fixture(scope="module")
def undisturbed(installation) -> dict[str, tuple[int, str]]:
    return undisturbed_digest(installation)


@pytest.fixture
def crew(installation, undisturbed) -> Iterator[Crew]:
    """The first week again, a fresh Redis, and no worker yet."""
    installation.go_back()
    with RedisServer() as server:
        found = Crew(installation, server, STORMWATER_SYNC_DIRECTORY=str(installation.second_week))
        yield found
        found.kill_worker()


def assert_ended_right(installation, expected) -> None:
    with installation.connect() as connection:
        assert digest(connection) == expected, f"seed {SEED}"
        assert left_over(connection) == {"work tables": 0, "running runs": 0, "pending indexes": 0}


@pytest.mark.parametrize("campaign", range(CAMPAIGNS))
def test_a_worker_that_is_killed_again_and_again(installation, undisturbed, crew, campaign):
    moments = random.Random(f"{SEED} {campaign}")  # noqa: S311
    for _ in range(KILLS_EACH):
        crew.start_worker()
        crew.send()
        crew.wait_for_a_run()
        time.sleep(moments.uniform(0, LONGEST_SECONDS))
        crew.kill_worker()
    assert crew.deliver_again() > 0

    after = crew.last_run()
    crew.send()
    crew.start_worker()
    crew.wait_for_all(after)
    assert_ended_right(installation, undisturbed)


def test_the_doctor_sees_workers_that_are_there_and_misses_those_that_are_not(crew):
    assert "No worker takes the queue sync." in crew.doctor("redis", "workers")
    crew.start_worker()
    crew.wait_until(lambda: crew.doctor("redis", "workers") == "Nothing is wrong.\n")


def test_messages_that_come_again_after_everything_is_done_do_nothing(installation, undisturbed, crew):
    crew.start_worker()
    crew.send()
    crew.wait_for_a_run()
    crew.kill_worker()
    after = crew.last_run()
    crew.start_worker()
    crew.send()
    crew.wait_for_all(after)
    assert_ended_right(installation, undisturbed)

    after = crew.last_run()
    assert crew.deliver_again() == 1
    crew.send()
    crew.wait_for_all(after)
    assert_ended_right(installation, undisturbed)


def test_redis_is_killed_and_comes_back_empty(installation, undisturbed, crew):
    crew.start_worker()
    crew.send()
    crew.wait_for_a_run()
    crew.server.kill()
    time.sleep(random.Random(SEED).uniform(0.5, 2))  # noqa: S311
    crew.server.start()

    after = crew.last_run()
    crew.send()  # the same worker finds its way back
    crew.wait_for_all(after)
    assert_ended_right(installation, undisturbed)


def test_postgresql_is_killed_under_a_worker(installation, undisturbed, crew):
    crew.start_worker()
    crew.send()
    crew.wait_for_a_run()
    time.sleep(random.Random(SEED).uniform(0, LONGEST_SECONDS))  # noqa: S311
    running = installation.server.running()
    assert running is not None
    os.kill(running.pid, signal.SIGKILL)
    time.sleep(1)

    after = crew.last_run()
    crew.send()
    crew.wait_for_all(after)
    assert_ended_right(installation, undisturbed)


def test_a_portal_that_is_slow_resets_connections_and_lies_about_lengths(installation):
    expected = undisturbed_digest(installation, "esmr")
    installation.go_back()
    with FakePortal() as portal, RedisServer() as server:
        years = {}
        for path in installation.second_week.glob("*esmr*"):
            found = re.search(r"year-(\d{4})", path.name)
            assert found
            year = int(found[1])
            years[year] = portal.publish(CONTRACTS["esmr"], path.read_bytes(), year=year)
        first, second, third, fourth, _ = (years[year] for year in sorted(years))
        first.drop(after=50_000, times=2)  # continued where it ended
        second.pause, second.piece = 0.5, 20_000
        second.fail(status=503, times=1)
        third.claimed_length = len(third.body) + 5_000  # every time
        fourth.send_page(times=1)  # an error page with status 200
        crew = Crew(installation, server, CKAN_URL=portal.url, NO_PROXY="127.0.0.1", no_proxy="127.0.0.1")
        crew.start_worker()
        try:
            after = crew.last_run()
            crew.send("esmr")
            with installation.connect() as connection:
                query = "SELECT count(*) FROM sync_run WHERE id > %s AND status <> 'running'"
                crew.wait_until(lambda: connection.execute(query, [after]).fetchone() >= (5,))
                rows = connection.execute(
                    "SELECT status, count(*) FROM sync_run WHERE id > %s GROUP BY 1 ORDER BY 1", [after]
                ).fetchall()
            assert dict(rows) == {"held": 2, "published": 3}, crew.log.read_text()[-4000:]

            third.claimed_length = None
            after = crew.last_run()
            crew.send("esmr")
            crew.wait_for_all(after, "esmr")
        finally:
            crew.kill_worker()
    assert_ended_right(installation, expected)
