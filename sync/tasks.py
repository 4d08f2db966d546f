"""Background work of the sync. A task calls a service and logs one line; the ledger keeps the rest."""

import logging

from celery import shared_task
from django.contrib.auth import get_user_model

from sync.opening_sources import configured_source
from sync.services import release_run, sync_datasets

logger = logging.getLogger(__name__)


@shared_task
def sync_dataset(slug: str) -> None:
    """Bring a dataset, or one resource of it (`esmr:2024`), up to date from the portal."""
    for result in sync_datasets(source=configured_source(), requests=[slug]).runs:
        logger.info("%s: %s %s", result.dataset, result.status, result.message)


@shared_task
def release_held_run(run_id: int, reason: str, user_id: int | None = None) -> None:
    """Publish the file of a held run on a person's word."""
    user = get_user_model().objects.filter(pk=user_id).first() if user_id is not None else None
    result = release_run(run_id=run_id, reason=reason, user=user)
    logger.info("%s: %s %s", result.dataset, result.status, result.message)
