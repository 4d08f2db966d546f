"""Background work of the sync. A task calls a service and logs a line; the ledger keeps the rest.

Messages are ids and names only, may come twice, and may come after a worker was killed: every
service behind them finds out from the database what there is to do.
"""

import logging
from typing import Any

from celery import Task, shared_task
from celery.utils.time import get_exponential_backoff_interval
from django.contrib.auth import get_user_model
from django.db import OperationalError

from stormwater.errors import UserError
from sync import alerts, cleaning, follow_ups, missed_turns
from sync.opening_sources import configured_source
from sync.queues import QueueUnreachableError
from sync.selectors import has_died_repeatedly, release_has_died_repeatedly
from sync.services import note_sign_of_life, release_run, sync_datasets
from sync.sources.errors import TransportError

logger = logging.getLogger(__name__)

# Trying again: the source has tried for a minute or two by itself. These tries are for a portal or a
# database that is away for longer: up to 1, 2, 4, 8, 16 minutes apart, half an hour in all, with full
# jitter, so that what failed together does not come back together. After that the schedule comes round.
MOST_RETRIES = 5
RETRY_SECONDS = 60
LONGEST_RETRY_SECONDS = 1800


@shared_task(bind=True, max_retries=MOST_RETRIES)
def sync_dataset(self: Task, *names: str) -> None:
    """Bring datasets, or resources of them (`esmr:2024`), up to date from the source of the settings.

    What failed on the way to the source or for want of the database is tried again, alone; a file
    that was held or could not be loaded never is: it would be the same file.
    """
    if self.request.delivery_info.get("redelivered") and has_died_repeatedly(names):
        # A load that kills its worker would otherwise do so for ever.
        logger.error("The sync of %s has ended its worker again and again; it waits for the schedule.", names)
        return
    try:
        results = sync_datasets(source=configured_source(), requests=names).runs
    except (TransportError, OperationalError) as error:
        raise _retry(self, names, error) from error
    except UserError as error:
        logger.warning("The sync of %s cannot begin: %s", ", ".join(names), error)
        return
    for result in results:
        logger.info("%s: %s %s", result.dataset, result.status, result.message)
    if missed := [result for result in results if result.may_pass]:
        words = " ".join(result.message for result in missed)
        raise _retry(self, [result.dataset for result in missed], TransportError(words))


@shared_task(bind=True)
def release_held_run(self: Task, run_id: int, reason: str, user_id: int | None = None) -> None:
    """Publish the file of a held run on a person's word."""
    if self.request.delivery_info.get("redelivered") and release_has_died_repeatedly(run_id):
        logger.error("The release of run %s has ended its worker again and again; a person may ask anew.", run_id)
        return
    user = get_user_model().objects.filter(pk=user_id).first() if user_id is not None else None
    try:
        result = release_run(run_id=run_id, reason=reason, user=user)
    except UserError as error:  # released already, or something newer came
        logger.warning("Run %s was not released: %s", run_id, error)
        return
    logger.info("%s: %s %s", result.dataset, result.status, result.message)


@shared_task(bind=True, max_retries=MOST_RETRIES)
def run_follow_ups(self: Task) -> None:
    """Do what follows the latest publishes, if it is not done yet.

    A step that has ended its worker again and again is left to the next turn, and the others go on without it.
    """
    try:
        given_up = follow_ups.give_up_dying_follow_ups() if self.request.delivery_info.get("redelivered") else []
        for name in given_up:
            logger.error("The follow-up %s has ended its worker again and again; it waits for the next turn.", name)
        results = follow_ups.run_follow_ups(given_up=given_up)
    except OperationalError as error:
        raise _retry(self, (), error) from error
    for result in results:
        logger.log(logging.WARNING if result.has_failed else logging.INFO, "%s", result.sentence())


@shared_task
def queue_missed_syncs() -> None:
    """Queue the syncs whose message beat could not send, or that was lost."""
    try:
        missed_turns.queue_missed_syncs()
    except QueueUnreachableError as error:
        logger.warning("Syncs that were missed are queued within the hour: %s", error)


@shared_task
def clean_up() -> None:
    """Remove what is no longer needed."""
    for line in cleaning.clean_up().lines():
        logger.info("%s", line)


@shared_task
def check_alerts() -> None:
    """Open and close alerts, and tell operators."""
    alerts.check_alerts()


@shared_task
def give_sign_of_life() -> None:
    """Note that beat sends messages and a worker takes them."""
    note_sign_of_life(name="beat")


def _retry(task: Task, names: Any, error: Exception) -> Exception:
    """The exception that has the task tried again later; the error itself where nothing could wait."""
    if task.request.is_eager:
        return error
    retries = task.request.retries
    wait = get_exponential_backoff_interval(RETRY_SECONDS, retries, LONGEST_RETRY_SECONDS, full_jitter=True)
    return task.retry(args=list(names), exc=error, countdown=wait, throw=False)
