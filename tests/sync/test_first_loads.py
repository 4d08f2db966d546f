"""The first load of a table from several files: its indexes are built once, after the last."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction

from sync import follow_ups
from sync.contracts import CONTRACTS
from sync.follow_ups import run_follow_ups
from sync.models import PendingIndex, Run
from sync.pending_indexes import build_pending_indexes, list_pending_indexes
from sync.progress import Silence
from sync.services import SyncOptions, sync_datasets
from sync.sources import DirectorySource

pytestmark = pytest.mark.django_db

TABLE = "monitoring_esmrsample"
FIRST, SECOND = "esmr:2023", "esmr:2024"
VIOLATIONS = "smarts_violations"


class Watcher(Silence):
    """Takes a look at every step, and hears what is said."""

    def __init__(self, look: Callable[[str, str], None]) -> None:
        self.resource, self.look = "", look
        self.sentences: list[str] = []

    def begin(self, resource):
        self.resource = resource

    def step(self, name):
        self.look(self.resource, name)

    def end(self, sentence):
        self.sentences.append(sentence)


def sync(publisher, look=lambda *_: None, *requests, **options):
    """Sync what is published; `look` is called with resource and step. Returns the report and what was said."""
    watcher = Watcher(look)
    source = DirectorySource(publisher.folder, CONTRACTS)
    report = sync_datasets(source=source, requests=requests, options=SyncOptions(**options), progress=watcher)
    return report, watcher.sentences


def die_at(resource, step):
    """To be looked with: the person who watches presses Ctrl-C there."""

    def look(*place):
        if place == (resource, step):
            raise KeyboardInterrupt

    return look


def indexes(table=TABLE):
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), pg_get_constraintdef(c.oid)
            FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid WHERE i.indrelid = %s::regclass
            """,
            [table],
        )
        return {name: tuple(rest) for name, *rest in cursor.fetchall()}


@pytest.fixture
def complete():
    """The indexes of the table as they ought to be."""
    found = indexes()
    assert len(found) == 8
    return found


@pytest.fixture
def two_years(publisher):
    publisher.publish(FIRST, {}, {"result": "2"})
    publisher.publish(SECOND, {})
    return publisher


@pytest.fixture
def dead(two_years, complete):
    """A first load that died between its two files."""
    with pytest.raises(KeyboardInterrupt):
        sync(two_years, die_at(SECOND, "fetch"))
    assert indexes() == {}
    return two_years


def test_indexes_are_built_after_the_last_file_and_not_before(two_years, complete):
    seen = {}
    report, said = sync(two_years, lambda *place: seen.update({place: len(indexes())}))

    assert [run.status for run in report.runs if run.read] == [Run.Status.PUBLISHED] * 2
    assert (seen[FIRST, "merge"], seen[FIRST, "publish"], seen[SECOND, "fetch"]) == (8, 0, 0)
    assert indexes() == complete
    assert not PendingIndex.objects.exists()
    assert sum(f"Indexes of {TABLE} built" in sentence for sentence in said) == 1


def test_both_programs_of_smarts_are_one_load(publisher):
    table = "monitoring_smartssample"
    complete, seen = indexes(table), {}
    publisher.publish("smarts_industrial_monitoring", {})
    publisher.publish("smarts_construction_monitoring", {})
    publisher.publish(FIRST, {})

    sync(publisher, lambda *place: seen.update({place: len(indexes(table))}))

    assert seen["smarts_construction_monitoring", "fetch"] == 0
    assert seen[FIRST, "fetch"] == 8
    assert indexes(table) == complete


def test_the_only_file_of_a_table_is_published_with_its_indexes(publisher, complete):
    publisher.publish(FIRST, {})
    seen = {}
    sync(publisher, lambda *place: seen.update({place: len(indexes())}))
    assert seen[FIRST, "publish"] == 8
    assert indexes() == complete


def test_a_table_that_has_rows_keeps_its_indexes(publisher, complete):
    publisher.load("esmr:2022", {})
    publisher.publish(FIRST, {})
    publisher.publish(SECOND, {})
    seen = []
    sync(publisher, lambda *_: seen.append(indexes() == complete))
    assert all(seen)


def test_a_last_file_that_is_held_does_not_leave_the_table_without_indexes(two_years, complete):
    two_years.publish_bytes(SECOND, b"nothing,of,the,kind\n1,2,3,4\n")
    report, _ = sync(two_years)
    assert [run.status for run in report.runs if run.dataset in {FIRST, SECOND}] == ["published", "held"]
    assert indexes() == complete


def test_a_dry_run_leaves_everything_as_it_was(two_years, complete):
    sync(two_years, is_dry_run=True)
    assert indexes() == complete
    assert not PendingIndex.objects.exists()


class TestAfterADeath:
    def test_the_next_sync_builds_before_anything_else(self, dead, complete):
        dead.publish(VIOLATIONS, {})
        seen = {}
        report, _ = sync(dead, lambda *place: seen.update({place: indexes() == complete}), VIOLATIONS)
        assert [run.status for run in report.runs] == [Run.Status.PUBLISHED]
        assert seen[VIOLATIONS, "fetch"]
        assert not PendingIndex.objects.exists()

    def test_the_same_sync_again_ends_right(self, dead, complete):
        report, _ = sync(dead)
        assert {run.dataset: (run.status, run.inserted) for run in report.runs if run.read} == {
            SECOND: (Run.Status.PUBLISHED, 1)
        }
        assert indexes() == complete

    def test_what_follows_a_publish_builds_first(self, dead, complete):
        seen = []
        step = follow_ups.Step("matching", lambda: seen.append(indexes() == complete))
        (result,) = run_follow_ups(steps=[step])
        assert (result.status, seen) == (follow_ups.DONE, [True])

    def test_a_refresh_builds_what_it_looks_its_rows_up_by(self, dead, complete, hold_steps):
        hold_steps()  # so that the sync as a whole does not
        dead.withdraw(SECOND)
        dead.publish(FIRST, {}, {"result": "3"})
        seen = {}
        report, _ = sync(dead, lambda *place: seen.update({place: indexes() == complete}))
        assert [(run.inserted, run.removed) for run in report.runs if run.read] == [(1, 1)]
        assert not seen[FIRST, "fetch"]
        assert seen[FIRST, "stage"]

    @pytest.mark.parametrize(
        "is_constraint, broken, error",
        [(False, "SELECT 1 / 0", "division by zero"), (True, "ALTER TABLE none ADD UNIQUE (id)", "does not exist")],
    )
    def test_what_is_built_stays_when_the_building_fails(self, dead, complete, is_constraint, broken, error):
        one = next(found for found in list_pending_indexes() if found.is_constraint is is_constraint)
        PendingIndex.objects.filter(pk=one.pk).update(statement=broken)
        with pytest.raises(Exception, match=error):
            sync(dead)
        PendingIndex.objects.filter(pk=one.pk).update(statement=one.statement)
        left, built = len(PendingIndex.objects.exclude(statement__startswith="ALTER")), len(indexes())
        assert left + built == 8
        assert built == 8 or not is_constraint
        sync(dead)
        assert indexes() == complete
        assert not PendingIndex.objects.exists()


@pytest.mark.django_db(transaction=True)
class TestTwoAtATime:
    """Where no transaction is open, a second connection helps."""

    def test_indexes_are_built(self, db):
        for mine, other in ((1, 2), (2, 1)):
            PendingIndex.objects.create(table=TABLE, statement=meeting(mine, other))
        assert build_pending_indexes() == [TABLE]
        assert not PendingIndex.objects.exists()

    def test_the_same_ones_as_before(self, two_years, complete):
        sync(two_years)
        assert indexes() == complete
        assert not PendingIndex.objects.exists()

    def test_what_another_process_builds_is_waited_for(self, db):
        one = PendingIndex.objects.create(table=TABLE, statement="SELECT 1 / 0")
        with ThreadPoolExecutor(1) as elsewhere, transaction.atomic():
            assert PendingIndex.objects.select_for_update().get() == one
            building = elsewhere.submit(closing_its_connection, build_pending_indexes)
            with pytest.raises(TimeoutError):
                building.result(0.5)
            one.delete()
        assert building.result() == [TABLE]


def closing_its_connection(work):
    try:
        return work()
    finally:
        connections.close_all()


def meeting(mine, other):
    """A statement that ends when its counterpart is at work on another connection, too; fails if that does not come."""
    return f"""
        DO $$ BEGIN
            PERFORM pg_advisory_xact_lock(4711, {mine});
            FOR turn IN 1..500 LOOP
                IF EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = 4711 AND objid = {other}) THEN
                    PERFORM pg_sleep(0.2);
                    RETURN;
                END IF;
                PERFORM pg_sleep(0.02);
            END LOOP;
            RAISE 'alone';
        END $$
    """


class TestFollowUps:
    def test_none_begins_while_a_table_is_without_indexes(self, two_years):
        statuses, called = {}, []
        step = follow_ups.Step("exceedances", lambda: called.append(1))

        def look(*place):
            statuses[place] = [result.status for result in run_follow_ups(steps=[step])]

        sync(two_years, look)
        assert statuses[SECOND, "fetch"] == statuses["indexes", "build"] == [follow_ups.BUSY]
        assert called == []
        assert [result.status for result in run_follow_ups(steps=[step])] == [follow_ups.DONE]

    def test_while_one_is_at_work_no_index_is_dropped(self, two_years, complete, hold_steps):
        hold_steps()
        seen = []
        sync(two_years, lambda *_: seen.append(indexes() == complete))
        assert all(seen)
        assert indexes() == complete

    def test_a_worker_is_told_when_it_may_begin(self, two_years, monkeypatch):
        told = []
        monkeypatch.setattr("sync.first_loads.announce_publish", lambda: told.append(len(indexes())))
        sync(two_years)
        assert told == [8]


@pytest.fixture
def hold_steps():
    """Hold a step, as another process that is at work on it does."""
    lock = follow_ups._lock("exceedances")

    def hold():
        assert lock.take()

    yield hold
    lock.release()
