"""How the eight datasets stand, for people: the state of each in a word, and what is wrong in sentences."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils import timezone
from django.utils.text import Truncator
from django.utils.timesince import timesince

from sync.contracts import CONTRACTS
from sync.contracts.base import DatasetContract
from sync.models import Run
from sync.selectors import ResourceStatus, list_resource_statuses

# A message can have the whole of a server's answer in it; the run's page shows all of it.
LONGEST_MESSAGE = 300


class State(StrEnum):
    """How a dataset stands, the worst last."""

    OK = "ok"
    NEVER = "never loaded"
    LATE = "late"
    HELD = "held"
    FAILED = "failed"


_GRAVITY = list(State)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is wrong with one file of a dataset."""

    state: State
    resource: str
    run: int | None  # to look at
    sentence: str


@dataclass(frozen=True, slots=True)
class DatasetHealth:
    """How one dataset stands; of one that comes in years, as its worst year."""

    slug: str
    title: str
    published_at: datetime | None  # when readers last got new data
    confirmed_at: datetime | None  # when a sync last found them to be the newest; of years the longest ago
    stale_after_days: int
    troubles: tuple[Trouble, ...]  # the worst first
    last_run: int | None
    running: int | None  # a run that is at work

    @property
    def state(self) -> State:
        """The worst of what is wrong."""
        return self.troubles[0].state if self.troubles else State.OK

    @property
    def is_known(self) -> bool:
        """Whether the ledger has a run of it."""
        return self.last_run is not None

    @property
    def published_ago(self) -> str:
        """Since when readers have the present data, in words."""
        return ago(self.published_at) if self.published_at else ""

    @property
    def confirmed_ago(self) -> str:
        """How long ago a sync confirmed them, in words."""
        return ago(self.confirmed_at) if self.confirmed_at else ""


def list_dataset_health() -> list[DatasetHealth]:
    """Every dataset, in the order of loading; three queries."""
    statuses = list_resource_statuses()
    return [
        _health(contract, [status for status in statuses if status.resource.partition(":")[0] == slug])
        for slug, contract in CONTRACTS.items()
    ]


def ago(moment: datetime) -> str:
    """How long ago, by its largest unit: `3 days ago`."""
    return "just now" if (timezone.now() - moment).total_seconds() < 60 else f"{timesince(moment, depth=1)} ago"


def health_in_a_sentence(datasets: Sequence[DatasetHealth]) -> str:
    """All of them in one sentence, for somebody who reads no further."""
    troubled = [dataset for dataset in datasets if dataset.state is not State.OK]
    if not troubled:
        return f"All {len(datasets)} datasets are in order."
    named = ", ".join(f"{dataset.title} ({dataset.state})" for dataset in troubled)
    verb = "needs" if len(troubled) == 1 else "need"
    return f"{len(troubled)} of {len(datasets)} datasets {verb} attention: {named}."


def _health(contract: DatasetContract, members: list[ResourceStatus]) -> DatasetHealth:
    troubles = [trouble for status in members for trouble in _troubles(status, contract)]
    confirmed = [status.confirmed_at for status in members if status.ages and status.confirmed_at]
    return DatasetHealth(
        slug=contract.slug,
        title=contract.title,
        published_at=max((status.published_at for status in members if status.published_at), default=None),
        confirmed_at=min(confirmed, default=None),
        stale_after_days=contract.cadence.stale_after.days,
        troubles=tuple(sorted(troubles, key=lambda trouble: -_GRAVITY.index(trouble.state))),
        last_run=max((status.last_run for status in members if status.last_run), default=None),
        running=next((status.last_run for status in members if status.last_status == Run.Status.RUNNING), None),
    )


def _troubles(status: ResourceStatus, contract: DatasetContract) -> Iterator[Trouble]:
    """What is wrong with a file: how its last run ended, and whether it is too old."""
    readers = _what_readers_have(status)
    message = Truncator(status.last_message).chars(LONGEST_MESSAGE)
    if status.last_status == Run.Status.FAILED:
        when = f" {ago(status.last_finished_at)}" if status.last_finished_at else ""
        yield Trouble(
            State.FAILED, status.resource, status.last_run, f"The last sync failed{when}: {message} {readers}"
        )
    if status.last_status == Run.Status.HELD:
        yield Trouble(
            State.HELD, status.resource, status.last_run, f"A file is held and waits for a person: {message} {readers}"
        )
    if status.confirmed_at is None:
        if status.last_status not in (Run.Status.FAILED, Run.Status.HELD):
            yield Trouble(State.NEVER, status.resource, status.last_run, readers)
    elif status.is_stale:
        days = (timezone.now() - status.confirmed_at).days
        allowed = contract.cadence.stale_after.days
        sentence = f"No sync has confirmed it for {days} days, where {allowed} are allowed. {readers}"
        yield Trouble(State.LATE, status.resource, status.last_run, sentence)


def _what_readers_have(status: ResourceStatus) -> str:
    if status.published_at is None:
        return "There are no data of it yet."
    return f"Readers have the data that were published {ago(status.published_at)}."
