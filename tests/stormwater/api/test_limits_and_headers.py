"""Limits, and the headers of every answer."""

import pytest
import time_machine
from django.contrib.auth import get_user_model
from rest_framework.authtoken.models import Token

from stormwater.api import throttling

pytestmark = pytest.mark.django_db
ADDRESS = "/api/esmr/regions"


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel("2026-05-04 12:00:30+00:00", tick=False):
        yield


@pytest.fixture
def token():
    user = get_user_model().objects.create_user("reader")
    return {"Authorization": f"Token {Token.objects.create(user=user).key}"}


def test_a_client_is_told_how_it_stands_and_refused_when_it_has_used_all(api, settings):
    settings.STORMWATER_ANON_RATE = "3/minute"
    remaining = [api.get(ADDRESS)["RateLimit-Remaining"] for _ in range(3)]
    assert remaining == ["2", "1", "0"]

    refused = api.get(ADDRESS)

    assert refused.status_code == 429
    assert refused["Content-Type"] == "application/problem+json"
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert refused["RateLimit-Limit"] == "3"
    with time_machine.travel("2026-05-04 12:01:01+00:00", tick=False):
        assert api.get(ADDRESS).status_code == 200


def test_an_empty_rate_is_no_limit(api, settings):
    settings.STORMWATER_ANON_RATE = ""
    responses = [api.get(ADDRESS) for _ in range(20)]
    assert {response.status_code for response in responses} == {200}
    assert "RateLimit-Limit" not in responses[0]


def test_a_token_has_a_limit_of_its_own(api, settings, token):
    settings.STORMWATER_ANON_RATE, settings.STORMWATER_USER_RATE = "1/minute", "2/minute"
    assert api.get(ADDRESS).status_code == 200
    assert api.get(ADDRESS).status_code == 429
    assert [api.get(ADDRESS, headers=token).status_code for _ in range(3)] == [200, 200, 429]


def test_clients_are_told_apart_by_address_and_nobody_names_his_own(api, settings):
    settings.STORMWATER_ANON_RATE = "1/minute"
    assert api.client.get(ADDRESS, REMOTE_ADDR="10.0.0.1").status_code == 200
    assert api.client.get(ADDRESS, REMOTE_ADDR="10.0.0.2").status_code == 200
    forged = {"X-Forwarded-For": "10.0.0.3"}
    assert api.client.get(ADDRESS, REMOTE_ADDR="10.0.0.1", headers=forged).status_code == 429


def test_exports_and_exact_counts_have_a_limit_of_their_own(api, settings):
    settings.STORMWATER_EXPENSIVE_RATE = "2/minute"
    assert b"code" in api.csv(ADDRESS)
    assert api.get(ADDRESS, count="exact").status_code == 200
    assert api.get(ADDRESS, format="csv").status_code == 429
    refused = api.get(ADDRESS, count="exact", page_size=3)
    assert (refused.status_code, refused["RateLimit-Limit"], refused["RateLimit-Remaining"]) == (429, "2", "0")
    assert api.get(ADDRESS, count="exact").status_code == 200  # kept: it costs nothing
    assert api.get(ADDRESS, count="estimate").status_code == 200
    assert api.get("/api/smarts/violations", count="estimate").status_code == 200


def test_health_is_never_refused(api, settings):
    settings.STORMWATER_ANON_RATE = "1/minute"
    assert [api.get("/api/health/live").status_code for _ in range(5)] == [200] * 5


def test_a_rate_that_cannot_be_read_is_said_at_once(api, settings):
    with pytest.raises(throttling.ImproperlyConfigured, match="300/minute"):
        throttling.parse_rate("many")


@pytest.mark.parametrize("address", [ADDRESS, "/api/nothing", "/api/facilities?page_size=0", "/api/docs"])
def test_any_page_may_read_and_none_may_frame(api, address):
    response = api.get(address, headers={"Origin": "https://elsewhere.example"})
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in response
    assert "ETag" in response["Access-Control-Expose-Headers"]
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
    assert "unsafe-eval" not in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"


def test_a_browser_that_asks_first_may_read_and_not_write(api):
    headers = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "GET"}
    response = api.client.options(ADDRESS, headers=headers)
    assert response.status_code == 204
    assert response["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert "Authorization" in response["Access-Control-Allow-Headers"]


def test_pages_of_staff_are_not_for_others(api):
    assert "Access-Control-Allow-Origin" not in api.get("/admin/login/")


def test_head_is_get_without_a_body(api):
    for options in ({}, {"format": "csv"}):
        head, got = api.client.head(ADDRESS, options), api.get(ADDRESS, **options)
        assert head.status_code == 200
        assert (head["ETag"], head["Content-Type"]) == (got["ETag"], got["Content-Type"])
        assert not (b"".join(head.streaming_content) if head.streaming else head.content)
        if got.streaming:
            b"".join(got.streaming_content)


@pytest.mark.parametrize("address", ["/api", "/api/esmr/regions/", "/api/datasets/", "/api/health/"])
def test_with_or_without_a_slash(api, address):
    assert api.client.get(address, follow=True).status_code == 200
