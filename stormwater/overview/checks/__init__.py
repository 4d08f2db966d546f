"""What can be wrong with an installation, each found by a check of its own: for `manage.py doctor` and `/api/health`.

A check gives its findings, none if all is well. Those that need the database are left out while it is away.
"""

from collections.abc import Callable, Iterable, Iterator

from stormwater.overview.checks.configuration import check_settings
from stormwater.overview.checks.data import (
    check_alerts,
    check_data,
    check_follow_ups,
    check_indexes,
    check_raw_files,
)
from stormwater.overview.checks.database import check_database, check_extensions, check_migrations
from stormwater.overview.checks.finding import Finding, Level
from stormwater.overview.checks.machine import check_clock, check_data_folder, check_disk
from stormwater.overview.checks.workers import check_beat, check_redis, check_workers

__all__ = ["CHECKS", "NEED_TABLES", "QUICK", "Finding", "Level", "run_checks"]

Check = Callable[[], Iterator[Finding]]

# In this order: what is needed for the rest comes first.
CHECKS: dict[str, Check] = {
    "settings": check_settings,
    "database": check_database,
    "migrations": check_migrations,
    "extensions": check_extensions,
    "disk": check_disk,
    "data folder": check_data_folder,
    "clock": check_clock,
    "redis": check_redis,
    "workers": check_workers,
    "beat": check_beat,
    "data": check_data,
    "raw files": check_raw_files,
    "indexes": check_indexes,
    "follow-ups": check_follow_ups,
    "alerts": check_alerts,
}
NEED_DATABASE = {"migrations", "extensions"}
NEED_TABLES = {"clock", "beat", "data", "raw files", "indexes", "follow-ups", "alerts"}
# Cheap enough for an address that is asked every few seconds: no waiting for workers, no reading of settings.
QUICK = ("database", "migrations", "redis", "beat", "data")


def run_checks(names: Iterable[str] = tuple(CHECKS)) -> list[Finding]:
    """Run checks by name, in the order of `CHECKS`, and return what they found.

    Checks that need the database, or its tables, are left out when what they need is found wanting.
    """
    wanted = set(names)
    findings: list[Finding] = []
    for name, check in CHECKS.items():
        broken = {finding.check for finding in findings if finding.level is Level.ERROR}
        needs = {"database"} if name in NEED_DATABASE else {"database", "migrations"} if name in NEED_TABLES else set()
        if name in wanted and not needs & broken:
            findings += check()
    return findings
