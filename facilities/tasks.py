"""Background work of matching: a task calls a service and logs one line; the matcher's runs keep the rest."""

import logging

from celery import shared_task

from facilities.services.matching import run_matching

logger = logging.getLogger(__name__)


@shared_task
def match_changes() -> None:
    """Match what the latest syncs have changed. Done twice, it does nothing the second time."""
    report = run_matching()
    logger.info("%s eSMR facilities matched, %s pairs wait for a person.", report.matched, report.queued)
