"""Pitfall 20: every error is problem+json with a request id, the 500 too, and shows nothing of the program."""

import psycopg
import pytest
from django.db import InterfaceError, OperationalError
from django.test import override_settings
from psycopg.errors import AdminShutdown, QueryCanceled

pytestmark = pytest.mark.django_db
MEMBERS = {"type", "title", "status", "detail", "instance", "request_id", "errors"}


def check(response, status):
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert set(body) == MEMBERS
    assert body["status"] == status
    assert body["request_id"] == response["X-Request-ID"]
    assert body["detail"]
    assert response["Cache-Control"] == "no-store"
    return body


@pytest.mark.parametrize(
    "address",
    [
        "/api/nothing",
        "/api/nothing/",
        "/api/facilities/fac-none",
        "/api/datasets/none",
        "/api/datasets/none/changes",
        "/api/datasets/none/runs",
        "/api/smarts/facilities/x",
        "/api/smarts/facilities/99999999999999999999",
        "/api/esmr/facilities/99999999999",
    ],
)
@pytest.mark.parametrize("debug", [False, True])
def test_404(api, address, debug):
    with override_settings(DEBUG=debug):
        body = check(api.get(address), 404)
    assert body["instance"] == address


@pytest.mark.parametrize(
    "address", ["/api/", "/api/facilities", "/api/facilities/fac-a1", "/api/datasets", "/api/health"]
)
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_405_says_what_is_allowed(api, method, address):
    response = getattr(api.client, method)(address)
    check(response, 405)
    assert response["Allow"] == "GET, HEAD, OPTIONS"


def test_405_of_the_documentation(api):
    for method in ("options", "post"):
        check(getattr(api.client, method)("/api/docs"), 405)


def test_406(api):
    check(api.get("/api/facilities", headers={"Accept": "image/png"}), 406)
    check(api.get("/api/datasets", headers={"Accept": "text/csv"}), 406)


def test_400_of_a_host_that_is_not_ours(api):
    check(api.client.get("/api/facilities", headers={"Host": "evil.example"}), 400)


def test_401_of_an_unknown_token(api):
    response = api.get("/api/facilities", headers={"Authorization": "Token none"})
    check(response, 401)
    assert response["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize("debug", [False, True])
def test_500_is_logged_under_the_request_id_and_shows_nothing(api, monkeypatch, caplog, debug):
    def fail(*_, **__):
        raise RuntimeError("secret of the house")

    monkeypatch.setattr("stormwater.api.views.read_page", fail)
    with override_settings(DEBUG=debug):
        response = api.get("/api/facilities")
    body = check(response, 500)
    text = response.content.decode()
    assert "secret" not in text
    assert "Traceback" not in text
    record = next(record for record in caplog.records if record.name == "stormwater.api.problems")
    assert "secret of the house" in str(record.exc_info[1])
    assert body["request_id"] in response["X-Request-ID"]


def test_500_outside_of_a_view(api, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("secret of the house")

    monkeypatch.setattr("django.middleware.common.CommonMiddleware.process_request", fail)
    check(api.get("/api/facilities"), 500)


AWAY = [
    OperationalError("connection to /secret/place failed"),
    InterfaceError("connection already closed in /secret/place"),
    AdminShutdown("terminating connection to /secret/place"),  # the driver's own, as from a COPY
    psycopg.InterfaceError("the connection to /secret/place is closed"),
]


@pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
def test_a_database_that_is_away_is_a_503(api, monkeypatch, error):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr("stormwater.api.views.get_data_versions", fail)
    response = api.get("/api/facilities")
    check(response, 503)
    assert "secret" not in response.content.decode()
    assert response["Retry-After"]


@pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
class TestADatabaseThatIsAwayOutsideOfAView:
    @pytest.fixture(autouse=True)
    def _away(self, monkeypatch, error):
        def fail(*_):
            raise error

        monkeypatch.setattr("django.middleware.common.CommonMiddleware.process_request", fail)

    def test_is_a_503_of_the_api(self, api):
        response = api.get("/api/facilities")
        assert check(response, 503)["detail"] == "The database cannot be reached at the moment."
        assert response["Retry-After"]

    def test_is_a_page_of_the_admin_that_says_so(self, api):
        response = api.get("/admin/")
        assert response.status_code == 503
        assert response["Retry-After"]
        assert response["Cache-Control"] == "no-store"
        text = response.content.decode()
        assert "The database cannot be reached at the moment" in text
        assert "may or may not be saved" in text
        assert "secret" not in text


@pytest.mark.parametrize("is_the_drivers_own", [False, True])
def test_a_question_that_takes_too_long_is_a_503(api, monkeypatch, is_the_drivers_own):
    canceled = QueryCanceled("canceling statement")

    def fail(*_, **__):
        if is_the_drivers_own:
            raise canceled
        raise OperationalError("canceling statement") from canceled

    monkeypatch.setattr("stormwater.api.views.read_page", fail)
    assert "too long" in check(api.get("/api/facilities"), 503)["detail"]


def test_other_pages_keep_their_own_errors(api):
    response = api.get("/nothing")
    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("given", ["abc-1.2_3", "x" * 64])
def test_a_client_may_name_its_request(api, given):
    assert api.get("/api/health/live", headers={"X-Request-ID": given})["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a\nb", "<script>", "\u00e9"])
def test_a_name_that_could_forge_the_log_is_not_taken(api, given):
    made = api.get("/api/health/live", headers={"X-Request-ID": given})["X-Request-ID"]
    assert made != given
    assert len(made) == 32


def test_the_log_has_the_request_id(api, monkeypatch, settings):
    import logging

    from stormwater.logs import ContextFilter

    seen = []

    class Keep(logging.Handler):
        def emit(self, record):
            seen.append(record.names["request"])

    handler = Keep()
    handler.addFilter(ContextFilter())
    logger = logging.getLogger("stormwater.api.problems")
    logger.addHandler(handler)
    try:
        monkeypatch.setattr("stormwater.api.views.read_page", lambda *_, **__: 1 / 0)
        api.get("/api/facilities", headers={"X-Request-ID": "mine-7"})
    finally:
        logger.removeHandler(handler)
    assert seen == ["mine-7"]
    assert settings.LOGGING["handlers"]["stderr"]["filters"] == ["context"]
