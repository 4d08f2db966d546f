"""The first load of a table of samples: where it has several files, the indexes are built after the last.

The files of a sync are merged one by one, and each is there for readers as soon as it is published. Between
the first and the last of a first load they read a table without indexes, slowly, and nothing that follows
a publish begins. That is once in the life of a table; a refresh finds all indexes in their place.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sync.contracts import CONTRACTS
from sync.contracts.base import Shape
from sync.follow_ups import announce_publish, hold_off_follow_ups
from sync.merging.targets import table_of
from sync.models import Resource
from sync.pending_indexes import build_pending_indexes, list_pending_indexes
from sync.progress import Progress
from sync.sources.base import PlannedFile


class FirstLoads:
    """The files still to come in a sync that are the first of their resource, with the tables that they fill."""

    def __init__(self, files: Sequence[PlannedFile], progress: Progress) -> None:
        known = set(Resource.objects.filter(last_published__isnull=False).values_list("slug", flat=True))
        self._coming = {
            file.resource: table_of(CONTRACTS[file.dataset].target)
            for file in files
            if CONTRACTS[file.dataset].shape is Shape.SAMPLES and file.resource not in known
        }
        self._progress = progress

    def have_sequels(self) -> bool:
        """Whether some table gets more than one of them."""
        tables = list(self._coming.values())
        return len(set(tables)) < len(tables)

    def forget(self) -> None:
        """Let every file be merged as if it were the only one."""
        self._coming.clear()

    def has_sequel(self, file: PlannedFile) -> bool:
        """Whether this file is one of them, and another one of its table is still to come."""
        table = self._coming.get(file.resource)
        return list(self._coming.values()).count(table) > 1 if table else False

    def end(self, file: PlannedFile) -> None:
        """Take note that the file's run is over; after the last of a table its indexes are built."""
        table = self._coming.pop(file.resource, None)
        if table and table not in self._coming.values():
            _build(self._progress, table)


@contextmanager
def first_loads(files: Sequence[PlannedFile], progress: Progress) -> Iterator[FirstLoads]:
    """The first loads among the files of a sync, for as long as it works.

    While follow-ups are at work they are loaded as if each were the only one. What a sync that died has left
    without indexes is mended first.
    """
    loads = FirstLoads(files, progress)
    if not loads.have_sequels() and not list_pending_indexes().exists():
        yield loads
        return
    with hold_off_follow_ups() as are_held_off:
        if are_held_off:
            _build(progress)
        else:
            loads.forget()
        yield loads
    announce_publish()  # those of the publishes meanwhile have found no work that was free


def _build(progress: Progress, table: str | None = None) -> None:
    """Build the indexes that are pending, of one table or of all, if there are any."""
    if not list_pending_indexes(table).exists():
        return
    progress.begin("indexes")
    progress.step("build")
    start = time.monotonic()
    tables = build_pending_indexes(table)
    progress.end(f"Indexes of {' and '.join(tables)} built in {time.monotonic() - start:.1f} s.")
