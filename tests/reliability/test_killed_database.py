"""PostgreSQL killed and started again under the site: every answer is right or a clear 503, and no decision is lost.

The site is a real gunicorn, which goes on through all of it. The moments come from a seed that a failing test prints;
STORMWATER_KILL_SEED repeats them.
"""

import json
import os
import random
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse, IncompleteRead
from urllib.parse import quote

import pytest

from stormwater.bench.serving import Site, under_gunicorn
from stormwater.database.server import DATABASE
from tests.installation import BEFORE, Installation
from tests.reliability.reviewers import CONSOLE, PASSWORD, ByApi, ByConsole, Plan, Reviewer
from tests.reliability.visitors import Answer, Client, Question, ask, is_away_page, wait_until
from tests.sync.world_digest import digest

pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.timeout(900)]

SCALE = "0.002"
SEED = int(os.environ.get("STORMWATER_KILL_SEED", "0")) or random.randrange(1, 10**6)  # noqa: S311
WORKERS, CLIENTS = 2, 4
KILLS_UNDER_LOAD = {"the site": 3, "someone else": 2}  # by who starts it again
KILLS_UNDER_REVIEW = 5
LISTS = (
    *("facilities", "smarts/violations", "smarts/monitoring?page_size=200", "esmr/samples", "violations?count=exact"),
    *("facilities?format=geojson", "enforcement", "inspections", "dashboard", "esmr/stats", "datasets"),
)
EXPORT = "esmr/samples?format=csv"  # of some megabytes
SMALL_BUFFER = 16 * 1024
API_STAFF, CONSOLE_STAFF = "rivera", "okafor"
VERDICTS = ("no_match", "match")
MAKE_STAFF = f"""
from django.contrib.auth import get_user_model
from rest_framework.authtoken.models import Token
for name in ({API_STAFF!r}, {CONSOLE_STAFF!r}):
    user = get_user_model().objects.create_superuser(name, password={PASSWORD!r})
    print(Token.objects.create(user=user).key)
"""


@pytest.fixture(scope="module")
def installation(tmp_path_factory) -> Iterator[Installation]:
    made = Installation(tmp_path_factory.mktemp("killed-database"))
    made.run("synthesize", "--out", str(made.first_week), "--scale", SCALE)
    made.run("migrate")
    made.run("sync", "--from", str(made.first_week))
    yield made
    made.server.stop()


@pytest.fixture(scope="module")
def token(installation) -> str:
    """The token of the reviewer who works by the API; the copy of the database has both reviewers."""
    printed = installation.run("shell", "--verbosity", "0", "--command", MAKE_STAFF).split()
    installation.copy_database(DATABASE, BEFORE)
    return printed[0]


@contextmanager
def site_of(installation: Installation, **environment: str) -> Iterator[Site]:
    """The site on this installation; its processes are the same at the end as at the beginning."""
    own = {"DATABASE_URL": "", "STORMWATER_DATA_DIR": str(installation.data), **environment}
    with under_gunicorn(log=installation.data / "site.log", workers=WORKERS, environment=own) as site:
        workers = [worker.pid for worker in site.workers()]
        yield site
        assert [worker.pid for worker in site.workers()] == workers


def kill_database(installation: Installation) -> str:
    """Kill the postmaster as the system does when memory runs out; returns which it was."""
    running = installation.server.running()
    assert running is not None
    os.kill(running.pid, signal.SIGKILL)
    return running.identity


def questions_of(site: Site, token: str, cookie: str) -> list[Question]:
    """Questions whose right answers are those of now."""
    found = []
    for path in (*LISTS, EXPORT):
        address = f"/api/{path}"
        now = ask(site.port, address, {})
        assert (now.status, bool(now.body)) == (200, True), now
        found.append(Question(address, same_as(now), may_be_cut=path == EXPORT))
    staff = {"Authorization": f"Token {token}"}
    found.append(Question("/api/staff/matches", same_as(ask(site.port, "/api/staff/matches", staff)), headers=staff))
    found.append(Question(CONSOLE, is_the_queue, is_away_page, headers={"Cookie": cookie, "Host": "127.0.0.1"}))
    found.append(Question("/api/health/live", lambda answer: answer.status == 200))
    return found


def same_as(first: Answer):
    assert first.status == 200, first
    return lambda answer: answer.status == 200 and answer.body == first.body


def is_the_queue(answer: Answer) -> bool:
    text = (answer.body or b"").decode()
    return answer.status == 200 and "wait for a person" in text and text.rstrip().endswith("</html>")


@pytest.mark.parametrize("who_starts_it", KILLS_UNDER_LOAD)
def test_killed_under_an_api_load_every_answer_is_right_or_a_clear_503(installation, token, who_starts_it):
    place = installation.server.ensure_running()
    # Of a server that is named, the site only waits until it is back.
    url = f"postgresql://{place.user}@{quote(place.host, safe='')}:{place.port}/{DATABASE}"
    moments = random.Random(f"{SEED} load {who_starts_it}")  # noqa: S311
    with site_of(installation, **({"DATABASE_URL": url} if who_starts_it == "someone else" else {})) as site:
        console = ByConsole(f"http://127.0.0.1:{site.port}", CONSOLE_STAFF)
        questions = questions_of(site, token, console.cookie)
        quick = [question for question in questions if not question.may_be_cut]
        # One client loads exports as well: more of them would be all that the processors do.
        clients = [Client(site.port, quick if number else questions, f"{SEED} {number}") for number in range(CLIENTS)]
        for client in clients:
            client.start()
        try:
            for kill in range(KILLS_UNDER_LOAD[who_starts_it]):
                wait_for_all(clients, time.monotonic(), f"everything right before kill {kill}")
                seen = [client.away + client.cut for client in clients]
                time.sleep(moments.uniform(0, 0.3))
                killed = kill_database(installation)
                if who_starts_it == "someone else":
                    wait_until(f"everybody is told of kill {kill}", have_noticed, clients, seen)
                    installation.server.ensure_running()
                wait_until("another server runs", is_another, installation, killed)
                wait_for_all(clients, time.monotonic(), f"everything right after kill {kill}")
        finally:
            for client in clients:
                client.finish()
    assert [wrong for client in clients for wrong in client.wrong] == [], f"seed {SEED}"


def wait_for_all(clients: list[Client], moment: float, what: str) -> None:
    wait_until(what, all_right_or_any_wrong, clients, moment)
    assert [wrong for client in clients for wrong in client.wrong] == [], f"seed {SEED}"


def all_right_or_any_wrong(clients: list[Client], moment: float) -> bool:
    return any(client.wrong for client in clients) or all(client.has_everything_since(moment) for client in clients)


def have_noticed(clients: list[Client], seen: list[int]) -> bool:
    """Whether each was told that the database is away, or was cut off, oftener than seen before."""
    return all(client.away + client.cut > before for client, before in zip(clients, seen, strict=True))


def is_another(installation: Installation, killed: str) -> bool:
    running = installation.server.running()
    return running is not None and running.identity != killed


def test_an_export_that_is_cut_cannot_be_taken_for_a_whole_one(installation):
    installation.server.ensure_running()
    with site_of(installation) as site, socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)  # the rest waits in the database
        client.settimeout(60)
        client.connect(("127.0.0.1", site.port))
        client.sendall(f"GET /api/{EXPORT} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        response = HTTPResponse(client)
        response.begin()
        assert response.status == 200
        assert response.read(SMALL_BUFFER)
        kill_database(installation)
        with pytest.raises((IncompleteRead, ConnectionResetError)):
            response.read()
        response.close()
        installation.server.ensure_running()
        assert ask(site.port, f"/api/{EXPORT}", {}).body


def test_killed_under_a_review_each_decision_is_there_once(installation, token):
    expected = review(installation, token, kills=0)
    found = review(installation, token, kills=KILLS_UNDER_REVIEW)
    assert found == expected, f"seed {SEED}"


def review(installation: Installation, token: str, *, kills: int) -> dict[str, object]:
    """Have two reviewers decide all pairs of the queue, and once more; returns what all comes to."""
    installation.copy_database(BEFORE, DATABASE)
    moments = random.Random(f"{SEED} review")  # noqa: S311
    with site_of(installation) as site:
        address = f"http://127.0.0.1:{site.port}"
        plans = plans_for_two(installation)
        reviewers = [
            Reviewer(ByApi(address, token), plans[0]),
            Reviewer(ByConsole(address, CONSOLE_STAFF), plans[1]),
        ]
        for reviewer in reviewers:
            reviewer.start()
        for _ in range(kills):
            seen = [reviewer.done for reviewer in reviewers]
            wait_until("each has decided once more", have_gone_on, reviewers, seen)
            time.sleep(moments.uniform(0, 0.1))
            killed = kill_database(installation)
            wait_until("another server runs", is_another, installation, killed)
        wait_until("all plans are carried out", are_done, reviewers)
        for reviewer, own in zip(reviewers, plans, strict=True):
            own.append(Plan(own[0].pair, "unsure", f"Pair {own[0].pair}: the next decision"))
            reviewer.way.decide(own[-1].pair, own[-1].verdict, own[-1].note)
        assert [wrong for reviewer in reviewers for wrong in reviewer.wrong] == [], f"seed {SEED}"
        return outcome(installation, site, token, plans)


def are_done(reviewers: list[Reviewer]) -> bool:
    return not any(reviewer.is_alive() for reviewer in reviewers)


def have_gone_on(reviewers: list[Reviewer], seen: list[int]) -> bool:
    return all(
        not reviewer.is_alive() or reviewer.done > before for reviewer, before in zip(reviewers, seen, strict=True)
    )


def plans_for_two(installation: Installation) -> list[list[Plan]]:
    """Each has plants of their own, and decides each of their pairs again and again."""
    with installation.connect() as connection:
        rows = connection.execute(
            "SELECT c.id, dense_rank() OVER (ORDER BY c.esmr_facility_id) FROM facilities_matchcandidate c "
            "WHERE c.is_queued ORDER BY 1"
        ).fetchall()
    assert len(rows) >= 10
    plans: list[list[Plan]] = [[], []]
    for verdict in VERDICTS:
        for pair, plant in rows:
            plans[plant % 2].append(Plan(pair, verdict, f"Pair {pair}: {verdict}"))
    return plans


def outcome(installation: Installation, site: Site, token: str, plans: list[list[Plan]]) -> dict[str, object]:
    """All that follows from the decisions; each of them is there exactly once, and every count of the queue agrees."""
    with installation.connect() as connection:
        notes = connection.execute("SELECT note FROM facilities_matchdecision WHERE rule = ''").fetchall()
        assert sorted(note for (note,) in notes) == sorted(plan.note for own in plans for plan in own), f"seed {SEED}"
        query = "SELECT count(*) FROM facilities_matchcandidate WHERE is_queued"
        (queued,) = connection.execute(query).fetchall()[0]
    listed = ask(site.port, "/api/staff/matches?count=exact&page_size=500", {"Authorization": f"Token {token}"})
    answer = json.loads(listed.body or b"")
    assert (len(answer["results"]), answer["count"]["value"]) == (queued, queued), answer["count"]
    # A verdict that met another one at work reaches the facilities with the matcher's next run.
    installation.run("match")
    with installation.connect() as connection:
        decided = connection.execute(
            "SELECT f.place_id, e.program, e.app_id, e.wdid, d.verdict, d.reviewer_name, d.note, d.is_live "
            "FROM facilities_matchdecision d JOIN facilities_esmrfacility f ON f.id = d.esmr_facility_id "
            "JOIN facilities_smartsenrollment e ON e.id = d.enrollment_id ORDER BY 1, 2, 3, 4, 7, 5"
        ).fetchall()
        pairs = connection.execute(
            "SELECT f.place_id, e.program, e.app_id, e.wdid, c.state, c.is_queued, c.conflict "
            "FROM facilities_matchcandidate c JOIN facilities_esmrfacility f ON f.id = c.esmr_facility_id "
            "JOIN facilities_smartsenrollment e ON e.id = c.enrollment_id ORDER BY 1, 2, 3, 4"
        ).fetchall()
        return {"decided": decided, "pairs": pairs, "world": digest(connection)}
