"""Alerts: each cause is told once, and once when it is over, whatever goes wrong with the mail meanwhile."""

import shutil
import socket
import threading
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.core import mail
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from stormwater.disk import GIB, ROOM_WANTED
from sync import alerts
from sync.alerts import check_alerts
from sync.follow_ups import Step, run_follow_ups
from sync.models import Alert, FollowUp, Resource, Run
from sync.queues import QueueUnreachableError
from tests.published_files import file_name

VIOLATIONS = "smarts_violations"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def published_today(monkeypatch):
    """Files bear the day of the test, so that no source is stale."""
    day = timezone.localdate().isoformat()
    monkeypatch.setattr("tests.sync.conftest.file_name", lambda resource: file_name(resource, day))


@pytest.fixture(autouse=True)
def free_disk(monkeypatch) -> SimpleNamespace:
    """The disk, with as much room as a test says; this machine's own may have little."""
    disk = SimpleNamespace(free=100 * GIB)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: disk)
    return disk


@pytest.fixture
def told(settings):
    """Mail is on, and goes to Django's outbox."""
    settings.ALERT_RECIPIENTS = ["operators@example.org"]
    settings.EMAIL_HOST = "mail.example.org"


def subjects() -> list[str]:
    return [str(message.subject).removeprefix("Stormwater Watch: ") for message in mail.outbox]


def hold(publisher) -> None:
    publisher.load(VIOLATIONS, *[{}] * 10)
    publisher.publish(VIOLATIONS, {})
    assert publisher.sync(VIOLATIONS).status == "held"


def causes() -> set[str]:
    return {alert.cause for alert in check_alerts()}


class TestTelling:
    def test_one_mail_per_cause_and_one_when_it_is_over(self, publisher, told):
        hold(publisher)
        check_alerts()
        check_alerts()
        assert subjects() == ["held:smarts_violations"]

        publisher.load(VIOLATIONS, *[{"MEMO": "mended"}] * 10)
        check_alerts()
        check_alerts()
        assert subjects() == ["held:smarts_violations", "over: held:smarts_violations"]

    def test_the_mail_says_what_is_wrong_and_what_to_do(self, publisher, told):
        hold(publisher)
        check_alerts()

        (message,) = mail.outbox
        held = Run.objects.first()
        assert message.to == ["operators@example.org"]
        assert "1 rows where the last published file had 10" in str(message.body)
        assert f'manage.py sync --release {held.pk} --reason "..."' in str(message.body)
        assert "manage.py doctor" in str(message.body)

    def test_the_same_cause_later_is_told_anew(self, publisher, told):
        hold(publisher)
        check_alerts()
        publisher.load(VIOLATIONS, *[{"MEMO": "mended"}] * 10)
        check_alerts()
        publisher.publish(VIOLATIONS, {})
        publisher.sync(VIOLATIONS)
        check_alerts()

        assert len(subjects()) == 3
        assert Alert.objects.count() == 2

    def test_is_off_by_default_and_the_alert_is_kept_all_the_same(self, publisher):
        hold(publisher)
        check_alerts()

        assert mail.outbox == []
        assert Alert.objects.get().told_at is None

    def test_what_was_over_before_anybody_was_told_is_not_told(self, publisher, settings):
        hold(publisher)
        check_alerts()
        publisher.load(VIOLATIONS, *[{"MEMO": "mended"}] * 10)
        check_alerts()
        settings.ALERT_RECIPIENTS, settings.EMAIL_HOST = ["operators@example.org"], "mail.example.org"
        check_alerts()

        assert mail.outbox == []

    def test_a_mail_that_could_not_be_sent_is_sent_by_the_next_check(self, publisher, told, monkeypatch):
        def refuse(_message):
            raise ConnectionRefusedError("no mail server")

        hold(publisher)
        with monkeypatch.context() as patch:
            patch.setattr("django.core.mail.EmailMessage.send", refuse)
            check_alerts()
        assert Alert.objects.get().told_at is None

        check_alerts()
        assert subjects() == ["held:smarts_violations"]

    @pytest.mark.django_db(transaction=True)
    def test_two_checks_at_once_tell_it_once(self, publisher, told, monkeypatch):
        hold(publisher)
        others: list[threading.Thread] = []

        def send(message):
            if not others:
                others.append(threading.Thread(target=check_in_a_thread))
                others[0].start()
                others[0].join(30)
            mail.outbox.append(message)

        def check_in_a_thread():
            try:
                check_alerts()
            finally:
                connections.close_all()

        monkeypatch.setattr("django.core.mail.EmailMessage.send", send)
        check_alerts()
        assert others
        assert subjects() == ["held:smarts_violations"]
        assert Alert.objects.count() == 1

    def test_a_real_mail_server_gets_it(self, publisher, told, settings):
        sink = Sink()
        controller = Controller(sink, hostname="127.0.0.1", port=free_port())
        controller.start()
        try:
            settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
            settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
            hold(publisher)
            check_alerts()
        finally:
            controller.stop()
        (envelope,) = sink.envelopes
        assert envelope.rcpt_tos == ["operators@example.org"]
        assert envelope.mail_from == settings.DEFAULT_FROM_EMAIL
        assert b"Subject: Stormwater Watch: held:smarts_violations" in envelope.content


class Sink:
    """A mail server's end: keeps what comes."""

    def __init__(self) -> None:
        self.envelopes: list[Any] = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd calls it so
        self.envelopes.append(envelope)
        return "250 OK"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def add_run(status: str, ended: datetime) -> Run:
    """Another run of the one resource that there is."""
    return Run.objects.create(
        resource=Resource.objects.get(),
        source="portal",
        status=status,
        message="The portal does not answer.",
        started_at=ended,
        heartbeat_at=ended,
        finished_at=None if status == "running" else ended,
    )


class TestNightAfterNight:
    """What is wrong is over when a try has succeeded, not when the next one begins or fails anew."""

    def test_a_held_dataset_is_told_once_whatever_the_next_tries_do_until_one_succeeds(self, publisher, told):
        hold(publisher)
        check_alerts()
        trying = add_run("running", timezone.now())
        check_alerts()
        Run.objects.filter(pk=trying.pk).update(status="failed", finished_at=timezone.now())
        check_alerts()
        assert publisher.sync(VIOLATIONS).status == "held"
        check_alerts()
        assert subjects() == ["held:smarts_violations"]
        assert f"Run {Run.objects.first().pk} of" in Alert.objects.get().sentence  # the one that can be released

        publisher.load(VIOLATIONS, *[{"MEMO": "mended"}] * 10)
        check_alerts()
        assert subjects() == ["held:smarts_violations", "over: held:smarts_violations"]

    def test_a_dataset_that_fails_every_night_is_told_once(self, publisher, told):
        publisher.load(VIOLATIONS, {})
        start = timezone.now()
        for night in range(3):
            failed_at = start + timedelta(days=night)
            add_run("failed", failed_at)
            check_alerts(now=failed_at + timedelta(minutes=5))
            check_alerts(now=failed_at + timedelta(minutes=65))
        assert subjects() == ["failed:smarts_violations"]

        publisher.sync(VIOLATIONS)
        check_alerts()
        assert subjects() == ["failed:smarts_violations", "over: failed:smarts_violations"]

    def test_tries_that_failed_until_one_was_held_within_the_hour_are_no_failure(self, publisher):
        publisher.load(VIOLATIONS, {})
        now = timezone.now()
        add_run("failed", now - timedelta(hours=3))
        held = add_run("held", now - timedelta(hours=2, minutes=1))
        assert causes() == {"held:smarts_violations"}

        Run.objects.filter(pk=held.pk).update(finished_at=now - timedelta(hours=2))
        assert causes() == {"held:smarts_violations", "failed:smarts_violations"}

    def test_a_follow_up_that_fails_every_hour_is_told_once(self, publisher, told):
        publisher.load(VIOLATIONS, {})
        checked = []

        def work(error=None):
            checked.append({alert.cause for alert in check_alerts()})
            if error:
                raise error

        for _ in range(3):
            run_follow_ups(steps=[Step("matching", lambda: work(ValueError("no sites")))])
            check_alerts()
        run_follow_ups(steps=[Step("matching", work)])
        check_alerts()
        assert checked == [set(), *[{"follow_up:matching"}] * 3]
        assert subjects() == ["follow_up:matching", "over: follow_up:matching"]


class TestCauses:
    def test_nothing_is_wrong_with_a_fresh_dataset_and_one_that_was_never_tried(self, publisher):
        publisher.load(VIOLATIONS, {})
        assert causes() == set()

    def test_a_failed_run_counts_when_trying_again_has_not_helped(self, publisher):
        publisher.load(VIOLATIONS, {})
        failed = add_run("failed", timezone.now() - timedelta(minutes=30))
        assert causes() == set()

        Run.objects.filter(pk=failed.pk).update(finished_at=timezone.now() - timedelta(minutes=61))
        assert causes() == {"failed:smarts_violations"}

        publisher.sync(VIOLATIONS)
        assert causes() == set()

    def test_a_dataset_older_than_its_cadence_allows(self, publisher):
        publisher.load(VIOLATIONS, {})
        Run.objects.update(finished_at=timezone.now() - timedelta(days=10, minutes=-1))
        assert causes() == set()

        Run.objects.update(finished_at=timezone.now() - timedelta(days=10, minutes=1))
        assert causes() == {"stale:smarts_violations"}

    def test_a_source_that_has_nothing_new_for_three_times_the_age_that_a_dataset_may_have(self, publisher):
        publisher.load(VIOLATIONS, {})
        publisher.sync(VIOLATIONS)  # confirmed just now: the dataset itself is not stale
        today = timezone.localdate()
        Run.objects.update(published_on=today - timedelta(days=30))
        assert causes() <= {"source:smarts_violations"}

        Run.objects.update(published_on=today - timedelta(days=31))
        assert causes() == {"source:smarts_violations"}

    def test_of_yearly_files_the_newest_tells_whether_the_source_is_stale(self, publisher):
        publisher.load("esmr:2023", {})
        publisher.load("esmr:2024", {})
        today = timezone.localdate()
        Run.objects.filter(resource__slug="esmr:2023").update(published_on=today - timedelta(days=500))
        Run.objects.filter(resource__slug="esmr:2024").update(published_on=today)
        assert causes() == set()

    def test_a_follow_up_that_failed(self):
        now = timezone.now()
        FollowUp.objects.create(
            name="matching", status="failed", message="x", started_at=now, finished_at=now, heartbeat_at=now
        )
        assert causes() == {"follow_up:matching"}

    def test_a_queue_that_grows_and_a_redis_that_is_away(self, monkeypatch, settings):
        monkeypatch.setattr(alerts, "count_waiting", lambda: {"sync": settings.QUEUE_LIMIT, "default": 0})
        assert causes() == set()
        monkeypatch.setattr(alerts, "count_waiting", lambda: {"sync": settings.QUEUE_LIMIT + 1, "default": 0})
        assert causes() == {"queue:sync"}

        def away():
            raise QueueUnreachableError("Redis cannot be reached: refused")

        monkeypatch.setattr(alerts, "count_waiting", away)
        assert causes() == {"redis"}

    def test_a_disk_that_fills_up_until_a_load_fits_in_beside_what_is_wanted(self, free_disk):
        free_disk.free = ROOM_WANTED
        assert causes() == set()
        free_disk.free = ROOM_WANTED - 1
        assert causes() == {"disk"}
        assert Alert.objects.get().sentence.startswith("10.0 GiB are free under")

        free_disk.free = ROOM_WANTED + GIB  # the night's work tables are gone again
        assert causes() == {"disk"}
        free_disk.free = ROOM_WANTED + 2 * GIB
        assert causes() == set()


class TestTheCommand:
    """`manage.py check_alerts`, for cron where there is no beat."""

    def test_says_that_nothing_is_open_and_ends_with_0(self, publisher, told, capsys):
        publisher.load(VIOLATIONS, {})
        call_command("check_alerts")
        assert capsys.readouterr().out == "0 alerts are open, 0 mails were not sent.\n"

    def test_opens_and_mails_alerts_lists_them_and_ends_with_3(self, publisher, told, capsys):
        hold(publisher)
        with pytest.raises(SystemExit) as ended:
            call_command("check_alerts")
        assert ended.value.code == 3
        assert subjects() == ["held:smarts_violations"]
        first, last = capsys.readouterr().out.splitlines()
        assert first.startswith(f"Run {Run.objects.first().pk} of smarts_violations is held")
        assert last == "1 alerts are open, 0 mails were not sent."

    def test_ends_with_1_while_a_mail_cannot_be_sent(self, publisher, told, capsys, monkeypatch):
        def refuse(_message):
            raise ConnectionRefusedError("no mail server")

        monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
        hold(publisher)
        with pytest.raises(SystemExit) as ended:
            call_command("check_alerts")
        assert ended.value.code == 1
        assert capsys.readouterr().out.endswith("1 alerts are open, 1 mails were not sent.\n")

    def test_misses_no_mail_where_none_is_wanted(self, publisher, capsys):
        hold(publisher)
        with pytest.raises(SystemExit) as ended:
            call_command("check_alerts")
        assert ended.value.code == 3
        assert capsys.readouterr().out.endswith("1 alerts are open, 0 mails were not sent.\n")
