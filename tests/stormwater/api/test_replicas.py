"""With replicas, an answer is of one server: its rows, its ETag and what the cache keeps it under.

The replica here is a second connection to the database of the test. It lags by looking at a snapshot.
"""

from collections import Counter
from contextlib import ExitStack

import pytest
from django.db import connections

from facilities.models import Facility
from stormwater import replicas
from stormwater.api.families import Family
from stormwater.api.services import bump_data_versions
from tests.stormwater.api.lists import address_of, every
from tests.stormwater.api.staff import Staff
from violations.models import FacilitySummary
from violations.selectors.public_findings import load_exceedance_samples
from violations.selectors.unified import load_duplicates

REPLICA = "replica_1"
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", REPLICA])
SERVERS = ("default", REPLICA)
NUMBERS = [
    field.name
    for field in FacilitySummary._meta.concrete_fields
    if field.get_internal_type() == "IntegerField" and not field.null
]


@pytest.fixture(scope="module", autouse=True)
def _replica_is_known(django_db_setup):
    """Among the databases that tests may use, which are looked at before each."""
    connections.settings[REPLICA] = connections["default"].settings_dict | {"TEST": {"MIRROR": "default"}}
    yield
    del connections.settings[REPLICA]


@pytest.fixture(autouse=True)
def replica(transactional_db, settings, monkeypatch):
    """The connection to it, closed before the test's data are removed."""
    settings.DATABASE_ROUTERS = ["stormwater.replicas.ReplicaRouter"]
    at = settings.MIDDLEWARE.index("django.contrib.sessions.middleware.SessionMiddleware") + 1
    middleware = "stormwater.replicas.ReplicaMiddleware"
    settings.MIDDLEWARE = [*settings.MIDDLEWARE[:at], middleware, *settings.MIDDLEWARE[at:]]
    monkeypatch.setattr(replicas, "_choose", lambda: REPLICA)
    yield connections[REPLICA]
    connections[REPLICA].close()
    del connections[REPLICA]


@pytest.fixture
def facility():
    """One with a summary, of the first version of the data."""
    found = Facility.objects.create(public_id="fac-a1", name="Before", has_esmr=True)
    FacilitySummary.objects.create(facility=found, changed_at="2026-11-01T00:00Z", **dict.fromkeys(NUMBERS, 0))
    bump_data_versions(families=list(Family))
    return found


def pause(replica):
    """See nothing newer than what is there now."""
    replica.set_autocommit(False)
    with replica.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT count(*) FROM api_dataversion")


def resume(replica):
    replica.rollback()
    replica.set_autocommit(True)


def publish(facility):
    Facility.objects.filter(pk=facility.pk).update(name="After")
    FacilitySummary.objects.filter(pk=facility.pk).update(inspections=7)
    bump_data_versions(families=list(Family))


def asked(do):
    """Statements that each server got while this was done."""
    counted: Counter[str] = Counter()

    def counter(alias):
        def count(execute, sql, params, many, context):
            counted[alias] += 1
            return execute(sql, params, many, context)

        return count

    with ExitStack() as stack:
        for alias in SERVERS:
            stack.enter_context(connections[alias].execute_wrapper(counter(alias)))
        do()
    return [counted[alias] for alias in SERVERS]


class TestWhatALaggingReplicaAnswers:
    @pytest.fixture(params=["/api/facilities", "/api/facilities/fac-a1", "/api/facilities/fac-a1/complete"])
    def address(self, request):
        return request.param

    @staticmethod
    def newest(response):
        return b"After" in response.content

    def test_has_the_version_of_its_rows(self, api, replica, facility, address):
        before = api.get(address)
        pause(replica)
        publish(facility)

        behind = api.get(address)
        assert (behind["ETag"], behind.content) == (before["ETag"], before.content)

    def test_is_not_taken_for_the_newest_once_the_replica_has_caught_up(self, api, replica, facility, address):
        pause(replica)
        publish(facility)
        behind = api.get(address)
        resume(replica)

        after = api.get(address, headers={"If-None-Match": behind["ETag"]})
        assert (after.status_code, self.newest(behind), self.newest(after)) == (200, False, True)


class TestTheReplicaIsAskedForAll:
    @pytest.mark.parametrize("listing", **every())
    def test_of_a_list(self, api, facility, listing):
        primary, replica = asked(lambda: api.json(address_of(listing), count="estimate"))
        assert (primary, replica > 1) == (0, True)

    @pytest.mark.parametrize(
        "address", ["/api/esmr/stats", "/api/facilities/fac-a1/complete", "/api/violations/stats", "/api/dashboard"]
    )
    def test_of_an_answer_of_its_own_shape(self, api, facility, address):
        primary, replica = asked(lambda: api.json(address))
        assert (primary, replica > 1) == (0, True)

    @pytest.mark.parametrize("load", [load_duplicates, load_exceedance_samples])
    def test_of_what_is_included(self, load, rf):
        middleware = replicas.ReplicaMiddleware(lambda _request: load([1]))
        assert asked(lambda: middleware(rf.get("/"))) == [0, 1]


class TestThePrimaryIsAsked:
    @pytest.mark.parametrize("listing", **every(["facilities"]))
    def test_for_an_export_which_a_replica_may_cut_off(self, api, facility, listing):
        primary, replica = asked(lambda: api.csv(address_of(listing)))
        assert (primary > 1, replica) == (True, 0)

    def test_by_staff_who_decide_on_what_they_see(self, facility, settings, django_user_model):
        member = Staff("member")
        django_user_model.objects.filter(pk=member.user.pk).update(is_superuser=True)
        primary, replica = asked(lambda: member.get("/api/staff/runs"))
        assert (primary > 1, replica) == (True, 0)
