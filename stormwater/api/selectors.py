"""Reads: the data versions."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connections

from stormwater.api.families import Family
from stormwater.replicas import reading_alias


@dataclass(frozen=True, slots=True)
class DataVersions:
    """The versions of some families at one moment."""

    label: str  # such as facilities-3.violations-7; equal for equal data
    changed_at: datetime | None  # when the youngest of them changed; none before the first publish


def get_data_versions(families: Collection[Family]) -> DataVersions:
    """The versions of these families, in one look-up of at most four rows.

    On the server that the request's rows come from, and to be asked before them: what a replica that is
    behind answers is then kept under the version that it is of, not under the one it has yet to see.
    """
    with connections[reading_alias()].cursor() as cursor:
        cursor.execute("SELECT family, version, changed_at FROM api_dataversion")
        known = {family: (version, changed_at) for family, version, changed_at in cursor.fetchall()}
    names = sorted(families)
    label = ".".join(f"{name}-{known[name][0] if name in known else 0}" for name in names)
    return DataVersions(label, max((known[name][1] for name in names if name in known), default=None))
