"""One run per resource at a time, held by the database; a dead one is taken over, and cannot publish any more."""

import threading
from datetime import timedelta
from typing import Any, Self

import pytest
from django.db import connection, connections
from django.utils import timezone

from sync import claims, ledger
from sync.contracts import CONTRACTS
from sync.ledger import ResourceBusyError, claimed_run, resource_of
from sync.models import Run
from sync.progress import Silence
from sync.services import sync_datasets
from sync.sources import DirectorySource
from violations.models import RegulatoryViolation

VIOLATIONS = "smarts_violations"


class Paused(Silence):
    """Progress that stops a run at the beginning of one step until it is let go."""

    def __init__(self, at: str) -> None:
        self._at = at
        self.is_there = threading.Event()
        self.go = threading.Event()

    def step(self, name: str) -> None:
        if name == self._at:
            self.is_there.set()
            assert self.go.wait(30)


class Worker(threading.Thread):
    """A sync in a thread of its own, with its own connection, that waits at a step."""

    def __init__(self, publisher, at: str) -> None:
        super().__init__(daemon=True)
        self._source = DirectorySource(publisher.folder, CONTRACTS)
        self._progress = Paused(at)
        self.result: Any = None

    def __enter__(self) -> Self:
        self.start()
        assert self._progress.is_there.wait(30)
        return self

    def __exit__(self, *error) -> None:
        self.finish()

    def run(self) -> None:
        try:
            (self.result,) = sync_datasets(source=self._source, requests=[VIOLATIONS], progress=self._progress).runs
        finally:
            connections.close_all()

    def finish(self):
        self._progress.go.set()
        self.join(30)
        assert not self.is_alive()
        return self.result


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    @pytest.mark.parametrize("step", ["stage", "merge", "publish"])
    def test_the_second_is_told_who_is_at_work_and_opens_no_run(self, publisher, step):
        publisher.publish(VIOLATIONS, {}, {})

        with Worker(publisher, step) as worker:
            run = Run.objects.get()
            second = publisher.sync(VIOLATIONS)
            assert second.status == "failed"
            assert f"is being synced already: run {run.pk} on {run.worker}" in second.message
            assert second.run is None
            assert Run.objects.get().status == "running"
        assert (worker.result.status, worker.result.inserted) == ("published", 2)

        assert publisher.sync(VIOLATIONS).status == "unchanged"

    def test_a_reader_sees_nothing_of_a_run_until_all_of_it_is_published(self, publisher):
        publisher.load(VIOLATIONS, *[{}] * 10)
        publisher.publish(VIOLATIONS, *[{"VIOLATION_STATUS": "Dismissed"}] * 9)

        with Worker(publisher, "publish"):
            assert RegulatoryViolation.objects.filter(removed_by=None, status="Potential").count() == 10
        assert RegulatoryViolation.objects.filter(removed_by=None, status="Dismissed").count() == 9
        assert RegulatoryViolation.objects.filter(removed_by=None).count() == 9

    def test_another_resource_is_free(self, publisher):
        publisher.publish(VIOLATIONS, {})
        publisher.publish("smarts_inspections", {})

        with Worker(publisher, "merge"):
            assert publisher.sync("smarts_inspections").status == "published"


@pytest.mark.django_db(transaction=True)
class TestALostClaim:
    def give_up(self) -> None:
        Run.objects.filter(status="running").update(status="failed", finished_at=timezone.now(), message="Given up.")

    @pytest.mark.parametrize("step", ["stage", "validate", "merge", "publish"])
    def test_a_worker_that_was_given_up_for_dead_cannot_publish(self, publisher, step):
        publisher.publish(VIOLATIONS, {})

        with Worker(publisher, step) as worker:
            self.give_up()
        assert worker.result.status == "failed"
        assert "given up for dead" in worker.result.message

        assert not RegulatoryViolation.objects.exists()
        assert [(run.status, run.message) for run in Run.objects.all()] == [("failed", "Given up.")]

    def test_nor_can_it_record_that_the_file_is_unchanged(self, publisher, monkeypatch):
        publisher.load(VIOLATIONS, {})

        with Worker(publisher, "fetch") as worker:
            self.give_up()
        assert worker.result.status == "failed"
        assert not Run.objects.filter(status="unchanged").exists()

    def test_a_holder_without_a_sign_of_life_is_cut_off(self, publisher):
        publisher.publish(VIOLATIONS, {})
        resource = resource_of(CONTRACTS[VIOLATIONS], None)
        claim = ledger._Claim(resource)
        claim.acquire()
        try:
            dead = _running(resource, claim.backend_pid, silent_for=claims.STALE_SECONDS + 1)

            assert publisher.sync(VIOLATIONS).status == "published"

            dead.refresh_from_db()
            assert dead.status == "failed"
        finally:
            claim.release()

    def test_a_holder_that_was_heard_of_lately_is_not(self, publisher):
        publisher.publish(VIOLATIONS, {})
        resource = resource_of(CONTRACTS[VIOLATIONS], None)
        claim = ledger._Claim(resource)
        claim.acquire()
        try:
            _running(resource, claim.backend_pid, silent_for=claims.STALE_SECONDS - 60)

            assert "is being synced already" in publisher.sync(VIOLATIONS).message
        finally:
            claim.release()

    def test_a_run_gives_signs_of_life_while_it_works(self, publisher, monkeypatch):
        monkeypatch.setattr(claims, "HEARTBEAT_SECONDS", 0.02)
        publisher.publish(VIOLATIONS, {})

        with Worker(publisher, "stage"):
            first = Run.objects.get().heartbeat_at
            deadline = timezone.now() + timedelta(seconds=20)
            while Run.objects.get().heartbeat_at == first:
                assert timezone.now() < deadline
                connection.close()  # a fresh look each time


def _running(resource, backend_pid, silent_for: float) -> Run:
    heard = timezone.now() - timedelta(seconds=silent_for)
    return Run.objects.create(
        resource=resource, source="directory", started_at=heard, heartbeat_at=heard, claim_backend_pid=backend_pid
    )


@pytest.mark.django_db
class TestARunWithoutAHolder:
    def test_is_taken_over_at_once(self, publisher, run_of):
        publisher.publish(VIOLATIONS, {})
        dead = _running(resource_of(CONTRACTS[VIOLATIONS], None), 1, silent_for=1)

        result = publisher.sync(VIOLATIONS)

        assert result.status == "published"
        dead.refresh_from_db()
        assert (dead.status, "ended without a word" in dead.message) == ("failed", True)
        assert dead.finished_at is not None

    def test_does_not_hold_another_resource(self, publisher):
        publisher.publish("esmr:2023", {})
        dead = _running(resource_of(CONTRACTS["esmr"], 2024), 1, silent_for=1)

        assert publisher.sync("esmr:2023").status == "published"
        dead.refresh_from_db()
        assert dead.status == "running"


@pytest.mark.django_db
class TestAClaim:
    def test_is_given_back_after_success_and_after_an_error(self):
        resource = resource_of(CONTRACTS[VIOLATIONS], None)
        with pytest.raises(ValueError, match="luck"), claimed_run(resource, source="directory") as run:
            raise ValueError("no \n luck")
        assert (run.status, Run.objects.get().message) == ("failed", "no luck")

        with claimed_run(resource, source="directory") as run:
            ledger.finish(run, Run.Status.UNCHANGED)

    def test_is_refused_while_it_is_held(self):
        resource = resource_of(CONTRACTS[VIOLATIONS], None)
        with claimed_run(resource, source="directory") as run:
            with pytest.raises(ResourceBusyError), claimed_run(resource, source="directory"):
                pass
            assert Run.objects.count() == 1
            ledger.finish(run, Run.Status.UNCHANGED)

    def test_says_interrupted_for_control_c(self):
        resource = resource_of(CONTRACTS[VIOLATIONS], None)
        with pytest.raises(KeyboardInterrupt), claimed_run(resource, source="directory"):
            raise KeyboardInterrupt

        assert (Run.objects.get().status, Run.objects.get().message) == ("failed", "Interrupted.")
