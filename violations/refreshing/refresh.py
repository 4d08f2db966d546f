"""One call that brings the unified list, and all that is summed up of it, in line with what changed."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import transaction

from stormwater.api.families import Family
from stormwater.api.services import bump_data_versions
from violations.computation.applying import Changes
from violations.computation.statements import execute
from violations.models import StaleRecord
from violations.refreshing.counts import refresh_counts
from violations.refreshing.duplicates import refresh_duplicates, refresh_groups
from violations.refreshing.links import refresh_links
from violations.refreshing.scope import RefreshScope, take_facilities, take_notes
from violations.refreshing.summaries import refresh_summaries
from violations.refreshing.unified_list import refresh_list

# Advisory lock of one refresh at a time; any constants that no other program on the database uses.
_LOCK = (0x53574D42, 1)


@dataclass(slots=True)
class RefreshResult:
    """What a refresh wrote."""

    is_full: bool
    rows: Changes = field(default_factory=Changes)  # of the unified list
    pairs: int = 0  # probable duplicates that came, changed or went
    grouped: int = 0  # rows of the list that joined, changed or left a duplicate group
    links: int = 0  # inferred links of enforcement actions that came, changed or went
    cells: int = 0  # numbers by kind, place and month
    summaries: int = 0  # of facilities

    @property
    def has_written(self) -> bool:
        """Whether anything that readers see has changed."""
        return bool(self.rows.any or self.pairs or self.grouped or self.links or self.cells or self.summaries)

    def as_json(self) -> dict[str, Any]:
        """The result for a program."""
        return asdict(self)


def is_refresh_due() -> bool:
    """Whether anything has changed that the list and the sums do not show yet."""
    return StaleRecord.objects.exists()


def refresh_violations(*, is_full: bool = False) -> RefreshResult:
    """Refresh what the changes since the last refresh concern; with `is_full`, everything.

    To be called after a publish, the matcher and the computation, in this order; it finds out by itself what
    changed, and may be called at any time. One transaction; a second refresh at the same time waits. What
    others change meanwhile is the next refresh's. Writes nothing if nothing differs.
    """
    with _refreshing():
        return _refresh(take_notes(is_full=is_full))


def refresh_facilities_of(*, facility_ids: Collection[int]) -> RefreshResult:
    """Refresh these facilities alone, at once, as after a decision of staff; inside the caller's transaction."""
    with _refreshing():
        return _refresh(take_facilities(facility_ids))


def keep_refreshes_out() -> None:
    """Hold off refreshes until this transaction ends; waits for one that is at work (seconds at most)."""
    execute("SELECT pg_advisory_xact_lock(%s, %s)", _LOCK)


def _refresh(scope: RefreshScope) -> RefreshResult:
    result = RefreshResult(scope.is_everything)
    if scope.is_empty:
        return result
    result.rows = refresh_list(scope)
    result.pairs = refresh_duplicates(scope)
    result.grouped = refresh_groups()
    result.links = refresh_links(scope)
    result.cells = refresh_counts(scope)
    result.summaries = refresh_summaries(scope)
    if result.has_written:
        bump_data_versions(families=[Family.VIOLATIONS, *([Family.ENFORCEMENT] if result.links else [])])
    return result


@contextmanager
def _refreshing() -> Iterator[None]:
    """A transaction that keeps other refreshes out, but no reader and no writer of records.

    Each statement sees what is committed by then. What comes between two of them has its note, so that the
    next refresh makes good whatever this one saw by half.
    """
    with transaction.atomic():
        keep_refreshes_out()
        execute(
            "SET LOCAL jit = off; SET LOCAL work_mem = '64MB'; SET LOCAL statement_timeout = 0; "
            "SET LOCAL client_connection_check_interval = '5s'"
        )
        yield
