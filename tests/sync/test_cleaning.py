"""The nightly clean-up: old evidence goes when its time has come, and nothing that anybody can still need."""

import os
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from sync import rawstore
from sync.cleaning import clean_up
from sync.contracts import CONTRACTS
from sync.ledger import ENDED_WITHOUT_A_WORD, claimed_run, finish, resource_of
from sync.models import QuarantinedRow, RawFile, Resource, Run
from sync.services import RunResult

VIOLATIONS = "smarts_violations"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def retention(settings):
    settings.RAW_FILE_DAYS, settings.FINDING_DAYS, settings.LEFTOVER_DAYS = 100, 50, 10


def age(days: float, **only) -> None:
    """Make runs and files that many days older."""
    runs = Run.objects.filter(**only)
    earlier = timezone.now() - timedelta(days=days)
    runs.exclude(finished_at=None).update(started_at=earlier, finished_at=earlier)
    RawFile.objects.filter(runs__in=runs).update(kept_at=earlier)


def ledger_entry(result: RunResult) -> Run:
    assert result.run is not None
    return Run.objects.get(pk=result.run)


def load(publisher, number: int) -> Run:
    """Publish a file of its own content."""
    result = publisher.load(VIOLATIONS, *[{"MEMO": f"file {number}"}] * 3)
    return ledger_entry(result)


def raw_file(run: Run) -> RawFile:
    """Its file's row, as it is now."""
    return RawFile.objects.get(runs=run)


def here(run: Run) -> bool:
    return rawstore.absolute_path(raw_file(run)).exists()


class TestRawFiles:
    def test_go_after_their_retention_and_the_ledger_says_when(self, publisher):
        old, young, current = (load(publisher, number) for number in range(3))
        age(101, pk=old.pk)
        age(99, pk=young.pk)

        done = clean_up()

        assert (here(old), here(young), here(current)) == (False, True, True)
        assert raw_file(old).removed_at is not None
        assert raw_file(young).removed_at is None
        assert done.counts["raw files"] == 1
        assert done.bytes_freed > 0
        assert Run.objects.count() == 3

    def test_that_are_published_stay_whatever_their_age(self, publisher):
        current = load(publisher, 1)
        age(5000)

        clean_up()
        assert here(current)

    def test_that_an_unchanged_run_has_confirmed_lately_are_not_old(self, publisher):
        first = load(publisher, 1)
        publisher.sync(VIOLATIONS)
        load(publisher, 2)
        age(5000, pk=first.pk)

        clean_up()
        assert here(first)

    def test_of_a_held_run_that_can_be_released_stay_and_of_one_that_cannot_go(self, publisher):
        publisher.load(VIOLATIONS, *[{}] * 10)
        publisher.publish(VIOLATIONS, {})
        early = ledger_entry(publisher.sync(VIOLATIONS))
        publisher.load(VIOLATIONS, *[{"MEMO": "new"}] * 10)
        publisher.publish(VIOLATIONS, {"MEMO": "x"})
        late = ledger_entry(publisher.sync(VIOLATIONS))
        assert early.status == late.status == "held"
        age(5000)

        clean_up()
        assert (here(early), here(late)) == (False, True)
        call_command("sync", release=late.pk, reason="It is right.")

    def test_stay_for_ever_if_that_is_asked_for(self, publisher, settings):
        settings.RAW_FILE_DAYS = settings.FINDING_DAYS = 0
        old = load(publisher, 1)
        load(publisher, 2)
        age(5000)

        clean_up()
        assert here(old)

    def test_come_back_with_their_content(self, publisher):
        old = load(publisher, 1)
        load(publisher, 2)
        age(5000, pk=old.pk)
        clean_up()

        again = load(publisher, 1)

        assert again.raw_file_id == old.raw_file_id
        assert here(again)
        assert raw_file(old).removed_at is None

    def test_whose_removal_was_cut_short_are_removed_the_next_night(self, publisher):
        old = load(publisher, 1)
        load(publisher, 2)
        age(5000, pk=old.pk)
        RawFile.objects.filter(runs=old).update(removed_at=timezone.now())

        clean_up()
        assert not here(old)
        assert clean_up().lines() == ["Nothing to clean up."]

    def test_of_a_resource_that_is_being_synced_wait(self, publisher):
        old = load(publisher, 1)
        load(publisher, 2)
        age(5000, pk=old.pk)
        with claimed_run(Resource.objects.get(), source="directory") as run:
            assert "smarts_violations is being synced, so its files were left alone." in clean_up().lines()
            assert here(old)
            finish(run, Run.Status.UNCHANGED)

        clean_up()
        assert not here(old)


class TestLeftovers:
    def make(self, path, days: float = 0):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"left over")
        when = (timezone.now() - timedelta(days=days)).timestamp()
        os.utime(path, (when, when))
        return path

    def test_half_written_raw_files_go_at_once(self, publisher, settings):
        load(publisher, 1)
        part = self.make(settings.RAW_DIR / VIOLATIONS / "abc.csv.part")

        clean_up()
        assert not part.exists()

    def test_files_that_no_row_speaks_of_go_after_a_while(self, publisher, settings):
        run = load(publisher, 1)
        young = self.make(settings.RAW_DIR / VIOLATIONS / "young.csv.gz", 9)
        old = self.make(settings.RAW_DIR / VIOLATIONS / "old.csv.gz", 11)

        clean_up()
        assert (young.exists(), old.exists(), here(run)) == (True, False, True)

    def test_folders_of_another_database_are_left_alone_and_named(self, publisher, settings):
        file = self.make(settings.RAW_DIR / "esmr-2019" / "abc.csv.gz", 5000)
        part = self.make(settings.RAW_DIR / "esmr-2019" / "abc.csv.part", 5000)

        assert "esmr-2019 belongs to no resource" in clean_up().lines()[0]
        assert file.exists()
        assert part.exists()

    def test_downloads_that_nobody_continued_go(self, settings):
        old = self.make(settings.DATA_DIR / "downloads" / "violations.part", 11)
        note = self.make(settings.DATA_DIR / "downloads" / "violations.part.json", 11)
        young = self.make(settings.DATA_DIR / "downloads" / "esmr-2024.part", 9)
        lock = self.make(settings.DATA_DIR / "downloads" / ".violations.lock", 5000)

        clean_up()
        assert [path.exists() for path in (old, note, young, lock)] == [False, False, True, True]

    def test_work_tables_and_claims_of_dead_runs_go_and_other_tables_stay(self, publisher):
        resource = resource_of(CONTRACTS[VIOLATIONS], None)
        now = timezone.now()
        dead = Run.objects.create(resource=resource, source="directory", started_at=now, heartbeat_at=now)
        with connection.cursor() as cursor:
            cursor.execute("CREATE UNLOGGED TABLE staging.run_77_text (line integer)")
            cursor.execute("CREATE UNLOGGED TABLE staging.of_another_kind (line integer)")
        done = clean_up()

        dead.refresh_from_db()
        assert (dead.status, dead.message) == ("failed", ENDED_WITHOUT_A_WORD)
        with connection.cursor() as cursor:
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'staging'")
            assert cursor.fetchall() == [("of_another_kind",)]
        assert done.counts["work tables of dead runs"] == done.counts["claims of dead runs"] == 1

    def test_expired_sessions_go(self):
        now = timezone.now()
        for name, hours in (("old", -1), ("young", 1)):
            Session.objects.create(session_key=name, session_data="", expire_date=now + timedelta(hours=hours))

        clean_up()
        assert Session.objects.get().session_key == "young"


class TestFindings:
    def bad_file(self, publisher, number: int) -> Run:
        result = publisher.load(
            VIOLATIONS, {}, {"VIOLATION_ID": "NA", "MEMO": f"{number}"}, {"OCCURRENCE_DATE": "2023-02-31"}
        )
        return ledger_entry(result)

    def test_of_files_that_are_not_published_any_more_go_and_the_counts_stay(self, publisher):
        old, young, current = (self.bad_file(publisher, number) for number in range(3))
        age(51, pk=old.pk)
        age(49, pk=young.pk)

        clean_up()

        left = set(QuarantinedRow.objects.values_list("run", flat=True))
        assert left == {young.pk, current.pk}
        old.refresh_from_db()
        assert old.quarantined == 1

    def test_of_the_published_and_of_a_held_run_stay(self, publisher):
        current = self.bad_file(publisher, 1)
        publisher.publish(VIOLATIONS, {"VIOLATION_ID": "NA"}, {"VIOLATION_ID": "NA"})
        held = ledger_entry(publisher.sync(VIOLATIONS))
        assert held.status == "held"
        age(5000)

        clean_up()
        assert set(QuarantinedRow.objects.values_list("run", flat=True)) == {current.pk, held.pk}
        assert current.data_quality_issues.exists()

    def test_of_held_runs_stay_with_the_latest_that_has_any(self, publisher):
        publisher.publish(VIOLATIONS, {"VIOLATION_ID": "NA"})
        loads = [ledger_entry(publisher.sync(VIOLATIONS, force=True)) for _ in range(3)]
        again = ledger_entry(publisher.sync(VIOLATIONS))
        publisher.publish_bytes(VIOLATIONS, b"<html>")
        damaged = ledger_entry(publisher.sync(VIOLATIONS))
        assert {run.status for run in (*loads, again, damaged)} == {"held"}
        age(5000)

        clean_up()
        assert set(QuarantinedRow.objects.values_list("run", flat=True)) == {loads[-1].pk}


class TestTheCommand:
    def test_says_what_it_would_remove_and_removes_nothing(self, publisher, settings, capsys):
        old = load(publisher, 1)
        load(publisher, 2)
        age(5000, pk=old.pk)
        resource = Resource.objects.get()
        now = timezone.now()
        Run.objects.create(resource=resource, source="directory", started_at=now, heartbeat_at=now)
        before = sorted(settings.DATA_DIR.rglob("*"))

        call_command("clean_up", dry_run=True)

        lines = capsys.readouterr().out.splitlines()
        assert lines[:2] == ["1 claims of dead runs would be removed.", "1 raw files would be removed."]
        assert lines[-1].startswith("2 would be removed, ")
        assert sorted(settings.DATA_DIR.rglob("*")) == before
        assert Run.objects.filter(status="running").exists()
        assert raw_file(old).removed_at is None

    def test_says_what_it_removed(self, publisher, capsys):
        old = load(publisher, 1)
        load(publisher, 2)
        age(5000, pk=old.pk)
        call_command("clean_up")

        assert capsys.readouterr().out.splitlines()[0] == "1 raw files removed."
