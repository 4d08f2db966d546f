"""Which server a read goes to, and how the lag of a replica is measured. With a real replica: tests/replicas."""

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import RequestFactory

from stormwater import replicas
from stormwater.replicas import ReplicaMiddleware, ReplicaRouter, _Primary, reading_alias
from sync.models import Run
from violations.models import RegulatoryViolation


@pytest.fixture(autouse=True)
def one_replica(monkeypatch):
    monkeypatch.setattr(replicas, "_choose", lambda: "replica_1")


def answer(view, method="GET", session=None):
    """What `view` returns inside a request, and the session afterwards."""
    request = getattr(RequestFactory(), method.lower())("/")
    if session is not None:
        request.COOKIES["sessionid"] = "x"
    request.session = session if session is not None else {}
    found = []

    def respond(_request):
        found.append(view())
        return HttpResponse()

    ReplicaMiddleware(respond)(request)
    return found[0], request.session


class TestReads:
    def test_of_a_request_go_to_one_replica(self, monkeypatch):
        given = iter(["replica_1", "replica_2"])
        monkeypatch.setattr(replicas, "_choose", lambda: next(given))
        router = ReplicaRouter()
        aliases, _ = answer(lambda: [router.db_for_read(Run), router.db_for_read(RegulatoryViolation), reading_alias()])
        assert aliases == ["replica_1"] * 3

    def test_outside_of_a_request_stay_on_the_primary(self):
        assert reading_alias() == "default"

    def test_of_logins_stay_on_the_primary(self):
        assert answer(lambda: ReplicaRouter().db_for_read(User))[0] == "default"

    @pytest.mark.parametrize("method, alias", [("GET", "replica_1"), ("HEAD", "replica_1"), ("POST", "default")])
    def test_of_a_request_that_may_write_stay_on_the_primary(self, method, alias):
        assert answer(reading_alias, method)[0] == alias

    @pytest.mark.django_db
    def test_inside_a_transaction_stay_on_the_primary(self):
        assert answer(reading_alias)[0] == "default"

    def test_after_a_write_of_the_same_request_stay_on_the_primary(self):
        def view():
            before = reading_alias()
            ReplicaRouter().db_for_write(Run)
            return before, reading_alias()

        assert answer(view)[0] == ("replica_1", "default")

    def test_of_a_session_that_has_just_written_stay_on_the_primary_and_only_for_a_while(self, settings, time_machine):
        time_machine.move_to("2026-11-25T12:00Z", tick=False)
        _, session = answer(reading_alias, "POST", {})
        assert answer(reading_alias, session=session)[0] == "default"
        time_machine.shift(settings.PRIMARY_AFTER_WRITE_SECONDS - 1)
        assert answer(reading_alias, session=session)[0] == "default"
        time_machine.shift(2)
        assert answer(reading_alias, session=session)[0] == "replica_1"

    def test_leave_no_mark_on_sessions_that_only_read(self):
        assert answer(reading_alias, session={})[1] == {}

    def test_end_with_the_request_also_when_it_fails(self):
        def fail(_request):
            raise ValueError("x")

        request = RequestFactory().get("/")
        with pytest.raises(ValueError, match="x"):
            ReplicaMiddleware(fail)(request)
        assert reading_alias() == "default"

    def test_are_allowed_on_tables_that_only_the_primary_makes(self):
        router = ReplicaRouter()
        assert (router.allow_migrate("default", "sync"), router.allow_migrate("replica_1", "sync")) == (True, False)


class TestLag:
    @pytest.fixture
    def primary(self):
        """Looked at every second, at positions 0, 100, 200 and 200."""
        found = _Primary()
        found._looks.extend([(10.0, 0), (11.0, 100), (12.0, 200), (13.0, 200)])
        return found

    @pytest.mark.parametrize(
        "replayed, lag",
        [
            (200, 0.0),  # all of it
            (250, 0.0),  # more than was seen
            (199, 1.5),  # not what was first seen at 12
            (100, 1.5),
            (99, 2.5),
            (0, 2.5),
        ],
    )
    def test_is_the_time_since_the_primary_was_first_seen_beyond_the_replica(self, primary, replayed, lag):
        assert primary.lag(replayed, now=13.5) == lag

    def test_is_unknown_before_the_first_look_and_behind_it(self, primary):
        assert _Primary().lag(5, now=1.0) is None
        assert primary.lag(-1, now=13.5) is None
