"""Alerts: what operators should know is found out from the ledger, told once, and told again when it is over.

A check finds the causes that hold at the moment; what is new is opened, what is gone is closed. What is
wrong with a dataset or a follow-up goes when it has succeeded, not when it is tried again. Mails
go out after that, each one marked when it was sent: one that could not be sent is sent by the next
check, and a kill between sending and marking sends one twice rather than never.
"""

import logging
import smtplib
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from stormwater.disk import ROOM_NEEDED, ROOM_WANTED, measure_room
from sync import claims
from sync.claims import AdvisoryLock
from sync.contracts import CONTRACTS
from sync.follow_ups import list_failing_follow_ups
from sync.models import Alert, Run
from sync.queues import QueueUnreachableError, count_waiting
from sync.selectors import ResourceStatus, list_resource_statuses, list_unsuccessful_runs

logger = logging.getLogger(__name__)

# A failed run is tried again for half an hour where that can help; only then is it a person's business.
FAILED_FOR = timedelta(hours=1)
# The source goes on answering with the same file. Publishers skip a turn or two; not so many of them.
SOURCE_STALE_TURNS = 3
# A load takes and gives back about as much as it needs: with less than that to spare, every night would tell it twice.
ROOM_AGAIN = ROOM_WANTED + ROOM_NEEDED


def check_alerts(*, now: datetime | None = None) -> list[Alert]:
    """Open an alert for each new cause, close those that are over, tell operators; returns the open ones."""
    now = now or timezone.now()
    causes = dict(find_causes(now))
    with transaction.atomic():
        still_open = {alert.cause: alert for alert in Alert.objects.filter(closed_at=None)}
        for cause, sentence in causes.items():
            known = still_open.get(cause)
            if known is None:
                # Another check may have opened it a moment ago.
                Alert.objects.bulk_create([Alert(cause=cause, sentence=sentence, opened_at=now)], ignore_conflicts=True)
            elif known.sentence != sentence:
                Alert.objects.filter(pk=known.pk).update(sentence=sentence)
        over = [alert.pk for cause, alert in still_open.items() if cause not in causes]
        Alert.objects.filter(pk__in=over, closed_at=None).update(closed_at=now)
    tell_operators(now=now)
    return list(Alert.objects.filter(closed_at=None).order_by("cause"))


def find_causes(now: datetime) -> Iterator[tuple[str, str]]:
    """What is wrong at the moment: (cause, sentence)."""
    for resource, runs in list_unsuccessful_runs().items():
        yield from _causes_of_runs(resource, runs, now)
    statuses = list_resource_statuses()
    for status in statuses:
        if status.is_stale and status.last_run is not None:
            yield (
                f"stale:{status.resource}",
                f"{status.resource} is older than its cadence allows: {_age(status, now)}.",
            )
    yield from _stale_sources(statuses, now)
    for follow_up in list_failing_follow_ups():
        yield f"follow_up:{follow_up.name}", f"The follow-up {follow_up.name} failed: {follow_up.message}"
    yield from _growing_queues()
    yield from _scarce_room()


def tell_operators(*, now: datetime) -> int:
    """Send what operators have not been told yet; returns the number of mails. Does nothing while mail is off.

    An alert that was over before anybody could be told is not told at all.
    """
    if not _is_mail_on():
        return 0
    lock = AdvisoryLock(claims.MAILS, 0)
    try:
        # One teller at a time, without a transaction: a slow mail server must hold up nobody else.
        return _tell(now) if lock.take() else 0
    finally:
        lock.release()


def list_unsent() -> list[Alert]:
    """Alerts that there is a mail of to send: of one that is open, or one that was told and is over."""
    if not _is_mail_on():
        return []
    untold = Q(told_at=None, closed_at=None) | Q(told_at__isnull=False, closed_at__isnull=False, told_over_at=None)
    return list(Alert.objects.filter(untold).order_by("pk"))


def _is_mail_on() -> bool:
    return bool(settings.ALERT_RECIPIENTS and settings.EMAIL_HOST)


def _tell(now: datetime) -> int:
    sent = 0
    for alert in list_unsent():
        try:
            _mail(alert).send()
        except (OSError, smtplib.SMTPException) as error:
            logger.warning("The alert %s could not be mailed and waits for the next check: %s", alert, error)
            break
        Alert.objects.filter(pk=alert.pk).update(**{"told_over_at" if alert.closed_at else "told_at": now})
        sent += 1
    return sent


def _causes_of_runs(resource: str, runs: list[Run], now: datetime) -> Iterator[tuple[str, str]]:
    """What the runs since the last success say, the latest of each kind for all."""
    latest = {run.status: run for run in runs}
    if held := latest.get(Run.Status.HELD):
        sentence = (
            f"Run {held.pk} of {resource} is held, readers keep the last good data: "
            f'{held.message} If the file is right: manage.py sync --release {held.pk} --reason "..."'
        )
        yield f"held:{resource}", sentence
    failed = latest.get(Run.Status.FAILED)
    if failed and _has_failed_for_long(runs, now):
        yield f"failed:{resource}", f"Run {failed.pk} of {resource} failed: {failed.message}"


def _has_failed_for_long(runs: list[Run], now: datetime) -> bool:
    """Whether one try after another failed for as long as a person should know of; a held one has got its file."""
    since: datetime | None = None
    for run in runs:
        ended = run.finished_at or now
        if run.status == Run.Status.FAILED:
            since = since or ended
        elif since and ended - since >= FAILED_FOR:
            return True
        else:
            since = None
    return since is not None and now - since >= FAILED_FOR


def _age(status: ResourceStatus, now: datetime) -> str:
    if status.published_at is None:
        return "it was never published"
    return f"it was published {(now - status.published_at).days} days ago, and no sync has confirmed it lately"


def _stale_sources(statuses: list[ResourceStatus], now: datetime) -> Iterator[tuple[str, str]]:
    """Datasets whose source has had nothing new for long. Of yearly files the newest tells: old years are done."""
    for slug, contract in CONTRACTS.items():
        files = [status for status in statuses if status.resource.partition(":")[0] == slug and status.published_at]
        newest = max((_file_moment(status) for status in files), default=None)
        if newest is not None and now - newest > contract.cadence.stale_after * SOURCE_STALE_TURNS:
            yield f"source:{slug}", f"The source of {slug} has published nothing new for {(now - newest).days} days."


def _file_moment(status: ResourceStatus) -> datetime:
    """When the published file appeared: the date that the source gives it, or when we loaded it."""
    loaded = status.published_at or timezone.now()
    if status.file_date is None:
        return loaded
    return timezone.make_aware(datetime.combine(status.file_date, datetime.min.time()))


def _growing_queues() -> Iterator[tuple[str, str]]:
    try:
        waiting = count_waiting()
    except QueueUnreachableError as error:
        yield "redis", str(error)
        return
    for queue, number in waiting.items():
        if number > settings.QUEUE_LIMIT:
            yield f"queue:{queue}", f"{number} messages wait in the queue {queue}; no worker seems to take them."


def _scarce_room() -> Iterator[tuple[str, str]]:
    room = measure_room()
    is_known = Alert.objects.filter(cause="disk", closed_at=None).exists()
    if room.is_scarce or (is_known and room.free < ROOM_AGAIN):
        yield "disk", room.sentence()


def _mail(alert: Alert) -> EmailMessage:
    is_over = alert.closed_at is not None
    moments = f"Since {_moment(alert.opened_at)}" + (f", over since {_moment(alert.closed_at)}" if is_over else "")
    return EmailMessage(
        subject=f"Stormwater Watch: {'over: ' if is_over else ''}{alert.cause}",
        body=f"{alert.sentence}\n\n{moments}.\n\nWhat else is wrong, and how to mend it: manage.py doctor\n",
        to=settings.ALERT_RECIPIENTS,
    )


def _moment(moment: datetime | None) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"
