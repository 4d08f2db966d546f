"""The families of data: what a write makes stale."""

from enum import StrEnum


class Family(StrEnum):
    """A group of tables that share one data version, which caches and ETags carry."""

    FACILITIES = "facilities"
    MONITORING = "monitoring"
    VIOLATIONS = "violations"
    ENFORCEMENT = "enforcement"
