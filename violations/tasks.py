"""Background tasks: a line that calls a service."""

import logging

from celery import shared_task

from violations.reporting import result_sentence
from violations.services import compute_exceedances

logger = logging.getLogger(__name__)


@shared_task
def compute_findings() -> None:
    """Take in what the sync and the calendar have changed."""
    logger.info("Findings: %s", result_sentence(compute_exceedances()))
