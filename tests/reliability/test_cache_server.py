"""A real Redis behind the API's cache: killed or hanging it costs speed only, and a cold key is worked out once."""

import os
import signal
import subprocess
import sys
import time
from copy import deepcopy
from typing import IO, cast

import pytest
from django.core.cache import caches

from stormwater.api import caching
from stormwater.api.caching import ALIAS, get_or_compute
from stormwater.background.redis_server import RedisServer
from stormwater.overview import health
from tests.docs.pages import ROOT

pytestmark = [pytest.mark.redis, pytest.mark.django_db]

ADDRESS = "/api/esmr/regions"
PROCESSES = 4


@pytest.fixture
def server():
    with RedisServer() as server:
        yield server


@pytest.fixture
def redis_cache(server, settings, monkeypatch):
    """The API's cache in that Redis, as the settings have it for REDIS_URL."""
    caches_of_redis = deepcopy(settings.CACHES)
    caches_of_redis["api"] = {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": server.url,
        "KEY_PREFIX": "stormwater",
        "OPTIONS": {"SOCKET_CONNECT_TIMEOUT": 0.2, "SOCKET_TIMEOUT": 0.2},
    }
    settings.CACHES = caches_of_redis
    settings.REDIS_URL = server.url
    settings.STORMWATER_ANON_RATE = "1000/minute"
    monkeypatch.setattr(caching, "_patience", caching._Patience())
    return caches[ALIAS]


@pytest.fixture
def ask(client):
    """Ask the API; returns the status and how long it took."""

    def asking():
        start = time.monotonic()
        response = client.get(ADDRESS)
        return response.status_code, time.monotonic() - start

    return asking


def test_answers_are_kept_in_it(redis_cache, ask):
    assert ask()[0] == 200
    assert [key for key in redis_cache.keys("*") if key.startswith("answer:")]
    assert [key for key in redis_cache.keys("*") if key.startswith("rate:")]


def test_killed_it_costs_speed_only_and_is_used_again_when_it_is_back(redis_cache, server, ask, monkeypatch):
    assert ask()[0] == 200
    server.kill()
    answers = [ask() for _ in range(20)]
    assert {status for status, _ in answers} == {200}
    assert sum(seconds for _, seconds in answers) < 5
    server.start()
    assert not redis_cache.keys("*")
    monkeypatch.setattr(caching._patience, "until", 0.0)  # some seconds later
    assert ask()[0] == 200
    assert redis_cache.keys("*")


def test_hanging_it_costs_a_moment_once(redis_cache, server, ask):
    ask()
    os.kill(server._process.pid, signal.SIGSTOP)
    try:
        first, *others = [ask() for _ in range(20)]
    finally:
        os.kill(server._process.pid, signal.SIGCONT)
    assert {status for status, _ in (first, *others)} == {200}
    assert first[1] < 3
    assert sum(seconds for _, seconds in others) < 3  # it is left alone; each would wait for it else


def test_hanging_it_leaves_the_service_ready(redis_cache, server, client):
    health._state.forget()
    os.kill(server._process.pid, signal.SIGSTOP)
    try:
        start = time.monotonic()
        response = client.get("/api/health/ready")
        seconds = time.monotonic() - start
    finally:
        os.kill(server._process.pid, signal.SIGCONT)
        health._state.forget()
    assert (response.status_code, response.json()["checks"]["cache"]) == (200, "failing")
    assert seconds < 4  # an orchestrator does not wait long


def test_one_of_many_processes_works_a_cold_key_out(server, tmp_path):
    notes, go = tmp_path / "notes", tmp_path / "go"
    arguments = [sys.executable, "-m", "tests.reliability.asks_once", "cold", str(notes), str(go)]
    environment = os.environ | {"REDIS_URL": server.url}
    processes = [
        subprocess.Popen(arguments, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(PROCESSES)
    ]
    for process in processes:
        assert cast("IO[str]", process.stdout).readline() == "ready\n"
    go.touch()
    answers = [process.communicate(timeout=30)[0] for process in processes]
    assert answers == ["answer"] * PROCESSES
    assert len(notes.read_text().splitlines()) == 1


def test_whoever_waits_for_a_cold_key_works_it_out_when_redis_is_killed(redis_cache, server):
    redis_cache.add("cold:lock", 1, 60)  # someone else is at it
    server.kill()
    start = time.monotonic()
    assert get_or_compute("cold", 60, lambda: b"answer") == b"answer"
    assert time.monotonic() - start < 3
