"""Turns of the schedule that never came to a run, found out from the ledger.

Beat goes on to an entry's next turn whether or not Redis took the message of this one, and counts anew
when its memory is lost; Redis may lose a message, too. The next turn of a weekly dataset is a week away.
"""

import logging
from datetime import datetime, timedelta

from celery import current_app
from django.conf import settings
from django.db.models import Max
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from sync.contracts import CONTRACTS
from sync.models import Run
from sync.queues import QueueUnreachableError, list_unfinished
from sync.schedule import MISSED_TURNS_EVERY, SYNC_TASK, cadence_of

logger = logging.getLogger(__name__)

# A turn begins later than the one before when the clocks change, or when it waits behind another load.
GRACE = timedelta(hours=3)


def list_missed_turns(*, now: datetime | None = None) -> list[str]:
    """Datasets, in the order of loading, whose last run began longer ago than their cadence and some hours.

    A run that failed has had its turn, and of a dataset in years any year's run counts. What has never run is
    left to the schedule: its first load may take hours, and nobody knows since when it is wanted.
    """
    now = now or timezone.now()
    runs = Run.objects.order_by().values("resource__dataset").annotate(latest=Max("started_at"))
    last = dict(runs.values_list("resource__dataset", "latest"))
    return [slug for slug in CONTRACTS if slug in last and now - last[slug] > cadence_of(slug) + GRACE]


def queue_missed_syncs(*, now: datetime | None = None) -> list[str]:
    """Send a message for each dataset whose turn was missed and of which none is on its way; returns their slugs.

    Where there is no broker, does nothing. Raises QueueUnreachableError.
    """
    missed = list_missed_turns(now=now)
    if settings.CELERY_TASK_ALWAYS_EAGER or not missed:
        return []
    on_their_way = {name.partition(":")[0] for names in list_unfinished(SYNC_TASK) for name in names}
    queued = [slug for slug in missed if slug not in on_their_way]
    for slug in queued:
        try:
            # Until the next look: what no worker took by then is looked at again.
            current_app.send_task(SYNC_TASK, [slug], expires=MISSED_TURNS_EVERY.total_seconds())
        except BrokerError as error:
            raise QueueUnreachableError(f"Redis cannot be reached: {error}") from error
        logger.warning("The turn of %s was missed; its sync is queued now.", slug)
    return queued
