"""What the API's answers say of the datasets behind them: how fresh, how many records.

The ledger belongs to the sync, which stands above everything that answers; it hands its reading
down once, when it starts (`provide_ledger`).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from stormwater.api.caching import get_or_compute

# Together a minute: in the cache that processes share, and then in a process's own memory, without a round trip.
_SECONDS, _OWN_SECONDS = 50, 10
_MOST_KEPT = 32  # data versions; a list's has the families that it depends on


@dataclass(frozen=True, slots=True)
class DatasetFacts:
    """What the ledger knows of one dataset."""

    slug: str
    title: str
    published: date | None  # date that the source gives the newest file that readers see
    last_synced: datetime | None  # when a run last confirmed or replaced the data
    records: int | None  # published records; none as long as nothing was published


LedgerReader = Callable[[], dict[str, DatasetFacts]]


class _Ledger:
    """Where the sync has put its reading."""

    def __init__(self) -> None:
        self.read: LedgerReader = dict
        self.kept: dict[str, tuple[float, dict[str, DatasetFacts]]] = {}


_ledger = _Ledger()


def provide_ledger(read: LedgerReader) -> None:
    """Say how the ledger is read; called by the sync's app when it starts."""
    _ledger.read = read


def ledger_facts(version: str) -> dict[str, DatasetFacts]:
    """The facts by dataset slug, at most a minute old and never older than the data version."""
    until, facts = _ledger.kept.get(version, (0.0, {}))
    now = time.monotonic()
    if now < until:
        return facts
    facts = get_or_compute(f"ledger:{version}", _SECONDS, _ledger.read)
    if len(_ledger.kept) >= _MOST_KEPT:
        _ledger.kept = {}
    _ledger.kept[version] = now + _OWN_SECONDS, facts
    return facts


def forget_ledger_facts() -> None:
    """Forget what this process keeps of them in its own memory."""
    _ledger.kept = {}
