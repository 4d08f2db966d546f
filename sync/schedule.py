"""When beat runs the syncs: one entry per dataset, from the cadence of its contract; and what follows from them.

Read before Django is set up, so no models here.
"""

from datetime import timedelta
from typing import Any

from celery.schedules import crontab

from sync.contracts import CONTRACTS
from sync.contracts.base import DatasetContract

SYNC_TASK = "sync.tasks.sync_dataset"
MATCH_TASK = "facilities.tasks.match_changes"
FINDINGS_TASK = "violations.tasks.compute_findings"
DAILY = timedelta(days=1)
# Early morning in California: the portal is idle, and staff find fresh data.
HOUR = 3
SUNDAY = 0
# Datasets start this far apart, in the order of their links. They queue behind one another anyway;
# this keeps the order when nothing is late.
MINUTES_APART = 5
# Findings follow the syncs. Every night, for years close and levels begin whether or not there was one.
FINDINGS_HOUR = 5


def beat_schedule() -> dict[str, dict[str, Any]]:
    """One entry per dataset: every night, or on Sunday night where the cadence is weekly; then what follows."""
    return sync_entries() | {
        "match": _nightly(MATCH_TASK, HOUR, len(CONTRACTS) * MINUTES_APART),
        "compute findings": _nightly(FINDINGS_TASK, FINDINGS_HOUR, 0),
    }


def sync_entries() -> dict[str, dict[str, Any]]:
    """The entries of the datasets."""
    return {
        f"sync {contract.slug}": _entry(contract, position * MINUTES_APART)
        for position, contract in enumerate(CONTRACTS.values())
    }


def _nightly(task: str, hour: int, minute: int) -> dict[str, Any]:
    return {
        "task": task,
        "args": [],
        "schedule": crontab(hour=hour, minute=minute),
        "options": {"expires": DAILY.total_seconds()},
    }


def _entry(contract: DatasetContract, minute: int) -> dict[str, Any]:
    is_daily = contract.cadence.sync_every <= DAILY
    return {
        "task": SYNC_TASK,
        "args": [contract.slug],
        "schedule": crontab(hour=HOUR, minute=minute, day_of_week="*" if is_daily else SUNDAY),
        # A message that no worker took before the next one is due would only do the work twice.
        "options": {"expires": contract.cadence.sync_every.total_seconds()},
    }
