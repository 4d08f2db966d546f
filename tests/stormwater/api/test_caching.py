"""Answers are kept under their version, worked out once, and a cache that fails costs speed only."""

import threading
import time
from typing import Any

import pytest
from django.core.cache import caches

from stormwater.api import caching
from stormwater.api.caching import ALIAS, get_or_compute
from stormwater.api.families import Family
from stormwater.api.services import bump_data_versions
from violations.models import RegulatoryViolation

ADDRESS = "/api/smarts/violations"


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    monkeypatch.setattr(caching, "_patience", caching._Patience())


def kept_answers():
    cache: Any = caches[ALIAS]
    return [key for key in cache._cache if "answer" in key]


class Broken:
    """A cache server that is down."""

    asked = 0

    def __getattr__(self, name):
        Broken.asked += 1
        raise ConnectionError("refused")


@pytest.fixture
def broken(monkeypatch):
    Broken.asked = 0
    monkeypatch.setattr(caching, "caches", {ALIAS: Broken()})


def test_a_kept_answer_is_given_again():
    asked = []

    def compute():
        asked.append(1)
        return b"answer"

    for _ in range(3):
        assert get_or_compute("k", 60, compute) == b"answer"
    assert len(asked) == 1


def test_a_cold_key_is_worked_out_once_however_many_ask():
    started, asked, answers = threading.Barrier(8), [], []

    def compute():
        asked.append(1)
        time.sleep(0.2)
        return b"answer"

    def ask():
        started.wait()
        answers.append(get_or_compute("cold", 60, compute))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [b"answer"] * 8
    assert len(asked) == 1


def test_one_that_fails_at_it_leaves_the_key_to_the_next():
    with pytest.raises(ZeroDivisionError):
        get_or_compute("k", 60, lambda: 1 / 0)
    start = time.monotonic()
    assert get_or_compute("k", 60, lambda: b"answer") == b"answer"
    assert time.monotonic() - start < caching._WAIT_SECONDS


def test_nobody_waits_for_ever_for_one_that_died_at_it(monkeypatch):
    monkeypatch.setattr(caching, "_WAIT_SECONDS", 0.1)
    caches[ALIAS].add("k:lock", 1, 60)
    assert get_or_compute("k", 60, lambda: b"answer") == b"answer"


def test_a_cache_that_is_down_is_asked_once_and_then_left_alone(broken):
    for _ in range(50):
        assert get_or_compute("k", 60, lambda: b"answer") == b"answer"
    assert Broken.asked == 1


def test_a_cache_that_is_down_is_tried_again_later(broken, monkeypatch):
    get_or_compute("k", 60, lambda: b"answer")
    monkeypatch.setattr(caching._patience, "until", 0.0)
    get_or_compute("k", 60, lambda: b"answer")
    assert Broken.asked == 2


@pytest.mark.django_db
def test_the_api_answers_without_its_cache_limits_included(api, broken, settings):
    settings.STORMWATER_ANON_RATE = "1/minute"
    assert [api.get(ADDRESS).status_code for _ in range(3)] == [200, 200, 200]


@pytest.mark.django_db
def test_a_publish_is_seen_at_once(api, world):
    before = api.rows(ADDRESS, page_size=1)[0]
    RegulatoryViolation.objects.filter(pk=before["id"]).update(status="Dismissed indeed")
    assert api.rows(ADDRESS, page_size=1)[0] == before  # kept
    bump_data_versions(families=[Family.VIOLATIONS])
    assert api.rows(ADDRESS, page_size=1)[0]["status"] == "Dismissed indeed"


@pytest.mark.django_db
def test_monitoring_rows_are_not_kept(api, world):
    api.rows("/api/esmr/samples", page_size=1)
    assert not kept_answers()
    api.rows(ADDRESS, page_size=1)
    assert kept_answers()


@pytest.mark.django_db
def test_links_of_a_kept_answer_are_those_of_the_host_that_was_asked(api, world, settings):
    settings.ALLOWED_HOSTS = ["one.example", "two.example"]
    for host in settings.ALLOWED_HOSTS:
        page = api.json(ADDRESS, page_size=1, headers={"Host": host})
        assert page["next"].startswith(f"http://{host}/api/smarts/violations?")
