"""Celery's settings, and what messages do when they travel through a real Redis: once, twice, late, or not at all."""

import json
import time
from datetime import timedelta
from functools import partial

import kombu.pools
import pytest
import redis
from celery.contrib.testing.worker import start_worker
from celery.signals import task_postrun
from django.db import OperationalError, transaction
from django.utils import timezone

from stormwater import settings as project
from stormwater.background.redis_server import RedisServer
from stormwater.celery import app
from stormwater.logs import current_context
from sync import follow_ups, missed_turns, queues, tasks
from sync.contracts import CONTRACTS
from sync.ledger import ENDED_WITHOUT_A_WORD
from sync.models import FollowUp, Resource, Run, SignOfLife
from sync.schedule import beat_schedule
from sync.sources import DirectorySource, TransportError
from sync.sources.base import no_progress
from sync.sources.errors import PortalUnreachableError
from violations.models import RegulatoryViolation

VIOLATIONS = "smarts_violations"


class TestSettings:
    def test_a_message_is_delivered_again_only_after_every_limit_has_ended_its_task(self):
        limits = [project.CELERY_TASK_TIME_LIMIT, *(a["time_limit"] for a in project.CELERY_TASK_ANNOTATIONS.values())]

        assert app.conf.broker_transport_options["visibility_timeout"] > max(limits) + tasks.LONGEST_RETRY_SECONDS

    def test_a_task_is_told_before_it_is_killed(self):
        assert project.CELERY_TASK_SOFT_TIME_LIMIT < project.CELERY_TASK_TIME_LIMIT
        for limits in project.CELERY_TASK_ANNOTATIONS.values():
            assert limits["soft_time_limit"] < limits["time_limit"]

    def test_the_limits_of_long_tasks_reach_celery(self):
        app.loader.import_default_modules()
        for name in project.SYNC_QUEUE_TASKS:
            assert app.tasks[name].time_limit == project.SYNC_TIME_LIMIT
            assert app.amqp.router.route({}, name)["queue"].name == "sync"

    def test_everything_else_goes_to_the_default_queue_and_has_short_limits(self):
        others = {entry["task"] for entry in beat_schedule().values()} - set(project.SYNC_QUEUE_TASKS)
        assert others
        for name in others:
            queue = app.amqp.router.route({}, name)["queue"]
            assert getattr(queue, "name", queue) == "default"

    def test_only_json_is_sent_and_accepted(self):
        assert app.conf.accept_content == ["json"]
        assert app.conf.task_serializer == app.conf.result_serializer == "json"

    def test_a_killed_workers_message_is_given_back(self):
        assert app.conf.task_acks_late
        assert app.conf.task_reject_on_worker_lost
        assert app.conf.worker_prefetch_multiplier == 1


@pytest.fixture
def broker(redis_server, settings, monkeypatch):
    """The app on a real Redis without messages; gives a client of it."""
    settings.REDIS_URL = redis_server.url
    settings.CELERY_TASK_ALWAYS_EAGER = False
    changed = {"broker_url": redis_server.url, "task_always_eager": False}
    before = {name: app.conf[name] for name in changed}
    app.conf.update(changed)
    forget_connections()
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
        yield client
    app.conf.update(before)
    forget_connections()


def forget_connections() -> None:
    """Celery keeps connections to the broker that it was first told of."""
    kombu.pools.reset()
    app._pool = app.amqp._producer_pool = None


class Working:
    """A worker in a thread, on the test's database."""

    def __init__(self) -> None:
        self.done: list[tuple[str, str]] = []

    def __enter__(self):
        task_postrun.connect(self._note, weak=False)
        self._worker = start_worker(
            app,
            pool="solo",
            perform_ping_check=False,
            queues=["default", "sync"],
            shutdown_timeout=30,
            loglevel="ERROR",
        )
        self._worker.__enter__()
        return self

    def __exit__(self, *error):
        self._worker.__exit__(None, None, None)
        task_postrun.disconnect(self._note)

    def _note(self, sender, state, **_):
        self.done.append((sender.name.rpartition(".")[2], state))

    def wait_for(self, number: int) -> list[tuple[str, str]]:
        for _ in range(600):
            if len(self.done) >= number:
                return self.done
            time.sleep(0.05)
        raise AssertionError(f"only {self.done}")


def messages(broker, queue):
    return [json.loads(text) for text in broker.lrange(f"stormwater:{queue}", 0, -1)]


@pytest.mark.redis
class TestMessages:
    def test_are_json_of_names_and_ids_in_the_queue_of_their_task(self, broker):
        tasks.sync_dataset.delay("esmr:2024")
        tasks.clean_up.delay()

        (sync,), (other,) = messages(broker, "sync"), messages(broker, "default")
        assert sync["content-type"] == "application/json"
        assert sync["headers"]["argsrepr"] == "('esmr:2024',)"
        assert other["headers"]["task"] == "sync.tasks.clean_up"
        assert queues.count_waiting() == {"default": 1, "sync": 1}

    @pytest.mark.django_db(transaction=True)
    def test_of_a_publish_are_sent_on_commit_and_not_before(self, broker, publisher):
        publisher.publish(VIOLATIONS, {})
        with transaction.atomic():
            assert publisher.sync(VIOLATIONS).status == "published"
            assert messages(broker, "sync") == []
        (message,) = messages(broker, "sync")
        assert message["headers"]["task"] == follow_ups.TASK

    @pytest.mark.django_db(transaction=True)
    def test_of_a_run_that_is_rolled_back_or_held_are_never_sent(self, broker, publisher):
        publisher.publish(VIOLATIONS, {})
        publisher.sync(VIOLATIONS, is_dry_run=True)
        publisher.publish(VIOLATIONS)
        assert publisher.sync(VIOLATIONS).status == "held"

        assert messages(broker, "sync") == []

    @pytest.mark.django_db(transaction=True)
    def test_that_come_twice_do_nothing_twice(self, broker, publisher, settings):
        settings.SYNC_DIRECTORY = str(publisher.folder)
        publisher.publish(VIOLATIONS, {}, {})
        tasks.sync_dataset.delay(VIOLATIONS)
        broker.rpush("stormwater:sync", broker.lrange("stormwater:sync", 0, 0)[0])  # the same one, delivered again

        with Working() as working:
            # The publish adds a third: its follow-ups.
            assert sorted(working.wait_for(3)) == [
                ("run_follow_ups", "SUCCESS"),
                ("sync_dataset", "SUCCESS"),
                ("sync_dataset", "SUCCESS"),
            ]
        assert [run.status for run in Run.objects.order_by("pk")] == ["published", "unchanged"]
        assert RegulatoryViolation.objects.count() == 2

    @pytest.mark.django_db(transaction=True)
    def test_that_are_past_their_time_are_not_carried_out(self, broker):
        tasks.give_sign_of_life.apply_async(expires=0.01)
        time.sleep(0.05)

        with Working() as working:
            tasks.sync_dataset.apply_async(("no_such_dataset",))
            working.wait_for(1)
        assert not SignOfLife.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_of_beat_leave_a_sign_of_life(self, broker):
        tasks.give_sign_of_life.delay()

        with Working() as working:
            working.wait_for(1)
        assert SignOfLife.objects.get().name == "beat"

    @pytest.mark.django_db(transaction=True)
    def test_whose_portal_cannot_be_reached_are_sent_again_for_later(self, broker, monkeypatch):
        def unreachable(**_):
            raise PortalUnreachableError("no route")

        monkeypatch.setattr(tasks, "sync_datasets", unreachable)
        tasks.sync_dataset.delay(VIOLATIONS)
        with Working() as working:
            first, *_ = working.wait_for(1)  # the wait is drawn by lot, and may be none
        assert first == ("sync_dataset", "RETRY")


@pytest.mark.redis
@pytest.mark.django_db(transaction=True)
class TestATurnThatWasMissed:
    @pytest.fixture(autouse=True)
    def last_run_ten_days_ago(self, broker, publisher):
        publisher.load(VIOLATIONS, {})
        Run.objects.update(started_at=timezone.now() - timedelta(days=10))
        broker.flushall()  # the follow-ups

    def test_is_queued_once_however_often_it_is_found(self, broker):
        for _ in range(3):
            tasks.queue_missed_syncs()
        (message,) = messages(broker, "sync")
        assert message["headers"]["argsrepr"] == "['smarts_violations']"
        assert message["headers"]["expires"] is not None

    def test_is_not_queued_while_beats_own_message_waits(self, broker):
        tasks.sync_dataset.delay(VIOLATIONS)
        assert missed_turns.queue_missed_syncs() == []

    def test_is_not_queued_while_a_worker_has_the_message(self, broker):
        tasks.sync_dataset.delay(VIOLATIONS)
        with app.connection_for_read() as connection:
            taken = connection.default_channel.basic_get("sync")
            assert messages(broker, "sync") == []
            assert missed_turns.queue_missed_syncs() == []
            taken.ack()
        assert missed_turns.queue_missed_syncs() == [VIOLATIONS]

    def test_is_made_up_for_by_a_worker(self, publisher, settings):
        settings.SYNC_DIRECTORY = str(publisher.folder)
        tasks.queue_missed_syncs()
        with Working() as working:
            assert working.wait_for(1) == [("sync_dataset", "SUCCESS")]
        assert [run.status for run in Run.objects.order_by("pk")] == ["published", "unchanged"]
        assert missed_turns.queue_missed_syncs() == []

    def test_waits_for_the_next_hour_while_redis_is_away(self, settings, caplog):
        with RedisServer() as gone:
            settings.REDIS_URL = gone.url
        tasks.queue_missed_syncs()
        assert "within the hour: Redis cannot be reached" in caplog.text


@pytest.fixture
def retried(monkeypatch):
    """Retries that the task asks for: (names, seconds)."""
    asked = []

    def retry(args, exc, countdown, throw):
        asked.append((tuple(args), countdown))
        return exc

    monkeypatch.setattr(tasks.sync_dataset, "retry", retry)
    monkeypatch.setattr(tasks.run_follow_ups, "retry", retry)
    return asked


def deliver(task, *args, retries=0, redelivered=False):
    """Call a task as a worker does."""
    task.push_request(args=args, retries=retries, is_eager=False, delivery_info={"redelivered": redelivered})
    try:
        return task.run(*args)
    finally:
        task.pop_request()


@pytest.mark.django_db
class TestTryingAgain:
    def test_is_for_the_resources_that_failed_on_the_way_alone(self, monkeypatch, retried, publisher):
        publisher.publish("esmr:2023", {})
        publisher.publish("esmr:2024", {})

        class Source(DirectorySource):
            def fetch(self, planned, previous=None, on_bytes=no_progress):
                if planned.year == 2024:
                    raise PortalUnreachableError("connection reset")
                return super().fetch(planned, previous, on_bytes)

        source = Source(publisher.folder, CONTRACTS)
        monkeypatch.setattr(tasks, "configured_source", lambda: source)

        with pytest.raises(TransportError):
            deliver(tasks.sync_dataset, "esmr")
        assert [names for names, _ in retried] == [("esmr:2024",)]
        assert Run.objects.get(resource__slug="esmr:2023").status == "published"

    def test_never_follows_from_what_is_wrong_with_the_data(self, retried, publisher, settings):
        settings.SYNC_DIRECTORY = str(publisher.folder)
        publisher.publish_bytes(VIOLATIONS, b"<!DOCTYPE html><html>Maintenance</html>")

        deliver(tasks.sync_dataset, VIOLATIONS)
        deliver(tasks.sync_dataset, "no_such_dataset")
        assert (retried, Run.objects.get().status) == ([], "held")

    def test_waits_longer_each_time_with_jitter_and_not_for_ever(self, monkeypatch, retried):
        def away(**_):
            raise OperationalError("the server closed the connection")

        monkeypatch.setattr(tasks, "sync_datasets", away)
        monkeypatch.setattr(tasks.follow_ups, "run_follow_ups", away)
        for retries in range(12):
            for _ in range(20):
                with pytest.raises(OperationalError):
                    deliver(tasks.sync_dataset, VIOLATIONS, retries=retries)
        waits = [seconds for _, seconds in retried]
        assert max(waits[:20]) <= 60
        assert max(waits) <= tasks.LONGEST_RETRY_SECONDS
        assert max(waits[60:80]) > 60
        assert len(set(waits[60:80])) > 5
        assert tasks.sync_dataset.max_retries == tasks.MOST_RETRIES
        with pytest.raises(OperationalError):
            deliver(tasks.run_follow_ups)

    def test_a_load_that_has_ended_its_worker_three_times_is_not_taken_up_from_the_queue_again(
        self, retried, publisher, settings, monkeypatch
    ):
        settings.SYNC_DIRECTORY = str(publisher.folder)
        publisher.load(VIOLATIONS, {})
        resource = Resource.objects.get(slug=VIOLATIONS)
        now = Run.objects.get().started_at

        def die(status="failed"):
            died = {"resource": resource, "source": "directory", "started_at": now, "heartbeat_at": now}
            ended = {} if status == "running" else {"finished_at": now, "message": ENDED_WITHOUT_A_WORD}
            Run.objects.create(status=status, **died, **ended)

        die()
        die()
        deliver(tasks.sync_dataset, VIOLATIONS, redelivered=True)
        assert Run.objects.first().status == "unchanged"  # twice may be chance

        die()
        die()
        die("running")
        deliver(tasks.sync_dataset, VIOLATIONS, redelivered=True)
        assert Run.objects.first().status == "running"

        deliver(tasks.sync_dataset, VIOLATIONS)  # the schedule tries anew
        assert Run.objects.first().status == "unchanged"

    def test_a_release_that_has_ended_its_worker_three_times_is_not_taken_up_from_the_queue_again(self, publisher):
        publisher.load(VIOLATIONS, *[{}] * 10)
        publisher.publish(VIOLATIONS, {})
        held = Run.objects.get(pk=publisher.sync(VIOLATIONS).run)
        now = timezone.now()
        for _ in range(3):
            Run.objects.create(
                resource=held.resource,
                release_of=held,
                status="failed",
                message=ENDED_WITHOUT_A_WORD,
                started_at=now,
                heartbeat_at=now,
                finished_at=now,
            )

        deliver(tasks.release_held_run, held.pk, "It is right.", redelivered=True)
        assert not Run.objects.filter(release_of=held, status="published").exists()
        deliver(tasks.release_held_run, held.pk, "It is right.")  # a person has asked anew
        assert Run.objects.filter(release_of=held, status="published").exists()

    @pytest.mark.django_db(transaction=True)
    def test_a_follow_up_that_has_ended_its_worker_three_times_is_left_out_when_its_message_comes_again(
        self, publisher, monkeypatch
    ):
        publisher.load(VIOLATIONS, {})
        calls: list[str] = []
        steps = [follow_ups.Step(name, partial(calls.append, name)) for name in ("matching", "exceedances")]
        monkeypatch.setattr(follow_ups, "STEPS", steps)

        def die(times):
            now = timezone.now()
            dead = {"status": "running", "message": "", "started_at": now, "heartbeat_at": now, "finished_at": None}
            FollowUp.objects.update_or_create(name="matching", defaults=dead)
            for _ in range(times - 1):
                known = FollowUp.objects.get()
                FollowUp.objects.update(message=follow_ups._message_after_a_death(known))

        die(2)
        deliver(tasks.run_follow_ups, redelivered=True)
        assert calls == ["matching", "exceedances"]  # twice may be chance

        calls.clear()
        FollowUp.objects.all().delete()
        die(3)
        deliver(tasks.run_follow_ups, redelivered=True)
        assert calls == ["exceedances"]
        assert FollowUp.objects.get(pk="matching").status == "failed"

        deliver(tasks.run_follow_ups)  # the next turn tries anew
        assert calls == ["exceedances", "matching"]


@pytest.mark.django_db
def test_everything_that_is_logged_during_a_run_names_it(publisher, monkeypatch):
    seen = []
    monkeypatch.setattr("sync.pipeline.link_merged_records", lambda *_: seen.append(current_context()))
    publisher.load(VIOLATIONS, {})

    assert seen == [{"run": Run.objects.get().pk}]
    assert current_context() == {}
