"""`/api/health`: ready as the doctor's quick checks say, in a word each, and asked as often as anyone likes."""

import pytest
from django.db.utils import OperationalError
from django.utils import timezone

from stormwater.api import caching
from stormwater.overview import health
from stormwater.overview.checks import CHECKS
from stormwater.overview.checks.finding import error, warning
from sync.contracts import CONTRACTS
from sync.ledger import resource_of
from sync.models import Run

pytestmark = pytest.mark.django_db

READY = "/api/health/ready"
SECRET = "host db.internal user carla"


@pytest.fixture(autouse=True)
def _anew():
    health._state.forget()
    yield
    health._state.forget()


def finding(kind, name):
    def check():
        yield kind(name, SECRET, "Look at /etc/passwd")

    return check


@pytest.mark.parametrize("check, public", [("database", "database"), ("migrations", "migrations")])
def test_what_is_needed_and_is_not_well_is_a_503(api, monkeypatch, check, public):
    monkeypatch.setattr(health, "_state", health._State())
    monkeypatch.setitem(CHECKS, check, finding(error, check))
    response = api.get(READY)
    assert response.status_code == 503
    assert (response.json()["status"], response.json()["checks"][public]) == ("failing", "failing")
    assert response.json()["checks"]["data"] == "unknown"
    assert b"carla" not in response.content
    assert b"passwd" not in response.content


@pytest.mark.parametrize("check, public", [("redis", "cache"), ("beat", "schedule"), ("data", "data")])
@pytest.mark.parametrize("kind, word", [(error, "failing"), (warning, "degraded")])
def test_whatever_else_is_not_well_leaves_it_ready(api, monkeypatch, check, public, kind, word):
    monkeypatch.setitem(CHECKS, check, finding(kind, check))
    response = api.get(READY)
    assert response.status_code == 200
    assert (response.json()["status"], response.json()["checks"][public]) == ("degraded", word)
    assert b"carla" not in response.content


def test_all_well_is_ok(api, monkeypatch):
    monkeypatch.setitem(CHECKS, "data", lambda: iter(()))
    assert api.json(READY)["status"] == "ok"
    assert set(api.json(READY)["checks"].values()) == {"ok"}
    assert api.get(READY)["Cache-Control"] == "no-store"


def test_a_held_run_shows_as_data_without_its_reason(api):
    now = timezone.now()
    Run.objects.create(
        resource=resource_of(CONTRACTS["smarts_violations"], None), source="portal", status=Run.Status.HELD,
        message=SECRET, started_at=now, heartbeat_at=now, finished_at=now, worker="w", claim_backend_pid=0,
    )  # fmt: skip
    response = api.get(READY)
    assert (response.status_code, response.json()["checks"]["data"]) == (200, "degraded")
    assert b"carla" not in response.content


def test_a_database_that_goes_away_between_two_checks_is_a_503(api, monkeypatch):
    def break_off():
        yield from ()
        raise OperationalError(SECRET)

    monkeypatch.setitem(CHECKS, "data", break_off)
    response = api.get(READY)
    assert response.status_code == 503
    assert b"carla" not in response.content


def test_a_cache_that_is_away_is_not_waited_for_twice(api, monkeypatch):
    class Broken:
        def __getattr__(self, name):
            raise ConnectionError("refused")

    def wait_for_it():
        raise AssertionError("Redis is waited for again")

    monkeypatch.setattr(health, "caches", {caching.ALIAS: Broken()})
    monkeypatch.setitem(CHECKS, "redis", wait_for_it)
    monkeypatch.setitem(CHECKS, "data", lambda: iter(()))
    assert api.json(READY)["checks"]["cache"] == "failing"
    assert api.json(READY)["status"] == "degraded"


def test_many_who_ask_make_the_checks_once(api, monkeypatch):
    asked: list[int] = []

    def count():
        asked.append(1)
        return iter(())

    monkeypatch.setitem(CHECKS, "data", count)
    for _ in range(10):
        api.get(READY)
    assert len(asked) == 1
    health._state._at -= health.SECONDS
    api.get(READY)
    assert len(asked) == 2
