"""Findings are computed while facilities are matched: neither has the other begin again, and both come out the same."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest
from django.db import connection, connections, transaction
from django.db.models import Max, Min

from facilities.locks import claim_joining, share_verdicts
from facilities.models import Facility, MatchCandidate
from facilities.services.matching import run_matching
from stormwater.api.families import Family
from stormwater.api.services import bump_data_versions
from sync.contracts import CONTRACTS
from sync.follow_ups import run_follow_ups
from sync.models import FollowUp
from sync.services import sync_datasets
from sync.sources import DirectorySource
from sync.synthetic.world import World, write_world
from tests.facilities.matching.invented import small_world
from tests.facilities.stored import store
from tests.violations.stored_world import INDUSTRIAL, StoredWorld
from violations import services
from violations.models import Computation, Exceedance
from violations.refreshing.refresh import refresh_violations
from violations.services import compute_exceedances

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 20  # seconds


def elsewhere(work) -> Future:
    """Have another thread do this."""

    def do():
        try:
            return work()
        finally:
            connections.close_all()

    return ThreadPoolExecutor(1).submit(do)


def wait_until_it_waits(other: Future) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_joining_waited_for():
        assert not other.done()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_joining_waited_for() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_locks WHERE relation = 'facilities_matcherrun'::regclass AND NOT granted")
        return cursor.rowcount > 0


def test_the_matcher_joins_facilities_when_a_computation_at_work_has_ended():
    store(*small_world())
    with services._computing():
        assert not Computation.objects.exists()  # now the transaction has its view
        matching = elsewhere(run_matching)
        wait_until_it_waits(matching)
        assert MatchCandidate.objects.count() == 0  # nothing of it is there yet
        bump_data_versions(families=[Family.VIOLATIONS])
    assert matching.result(PATIENCE).joined.linked
    assert Facility.objects.filter(has_esmr=True, has_smarts=True).exists()


def test_reviewers_do_not_wait_while_the_matcher_waits_with_what_has_changed():
    plants, enrollments = small_world()
    store(plants, enrollments)
    run_matching()
    store([replace(plants[0], name="Another Name")])
    with services._computing():
        matching = elsewhere(run_matching)
        wait_until_it_waits(matching)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '2s'")  # it fails then
        share_verdicts()
    assert not matching.result(PATIENCE).is_full


def test_a_computation_takes_its_view_when_a_matcher_that_joins_has_ended(monkeypatch):
    world = StoredWorld()
    run = world.publish(INDUSTRIAL)
    for day in (1, 2):
        world.stormwater(run, world.enrollment("4 19I000001"), "Zinc, Total", "0.9", day=date(2019, 12, day))
    attempts = []
    compute_once = services._compute_once

    def counted(*arguments, **options):
        attempts.append(1)
        return compute_once(*arguments, **options)

    monkeypatch.setattr(services, "_compute_once", counted)
    with transaction.atomic():
        claim_joining()
        computation = elsewhere(compute_exceedances)
        wait_until_it_waits(computation)
        bump_data_versions(families=Family)
    assert computation.result(PATIENCE).has_written
    assert Exceedance.objects.exists()
    assert len(attempts) == 1


def test_what_follows_a_sync_comes_out_as_one_by_one(tmp_path):
    write_world(tmp_path, World(1, 0.001, 0))
    sync_datasets(source=DirectorySource(tmp_path, CONTRACTS))
    assert [result.status for result in run_follow_ups()] == ["done"] * 3
    both = FollowUp.objects.filter(name__in=["matching", "exceedances"])
    spans = both.aggregate(Max("started_at"), Min("finished_at"))
    assert spans["started_at__max"] < spans["finished_at__min"]  # at the same time

    assert Exceedance.objects.count() > 100
    before = dict(MatchCandidate.objects.values_list("pk", "machine_hash"))
    assert before
    joined = run_matching(is_full=True).joined
    assert (joined.moved, joined.merged, joined.restored, joined.linked, joined.unlinked) == (0, 0, 0, 0, 0)
    assert dict(MatchCandidate.objects.values_list("pk", "machine_hash")) == before
    assert not compute_exceedances(is_full=True).has_written
    assert not refresh_violations(is_full=True).has_written
