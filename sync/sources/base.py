"""What every source offers to the pipeline, and the plain values that pass between them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from sync.sources.errors import SourceError

RECENT_YEARS = 5  # sampling years of eSMR that are synced unless all are asked for

# Called while a file is read: bytes so far, and bytes in all where that is known. The first number
# falls back when a download has to start over.
Progress = Callable[[int, int | None], None]


def no_progress(_done: int, _total: int | None) -> None:
    """Be the `Progress` of callers that want none."""


def resource_name(dataset: str, year: int | None) -> str:
    """How a resource is called in commands and in the ledger: `smarts_violations`, `esmr:2024`."""
    return dataset if year is None else f"{dataset}:{year}"


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A file that the source says it has."""

    resource: str  # "smarts_violations" or "esmr:2024"
    dataset: str  # contract slug
    year: int | None
    file_name: str  # as the source names it
    location: str  # URL or path
    published_on: date | None  # date in the file name; else the day the portal says it changed
    size: int | None  # bytes as stored at the source; a hint, portals do get it wrong
    resource_id: str = ""  # CKAN resource; empty for a directory
    is_datastore_dump: bool = False  # written by the portal row by row, so that it can come back short


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A resource that the portal should have and cannot name a file for: that run has failed."""

    resource: str
    dataset: str
    error: SourceError


@dataclass(frozen=True, slots=True)
class Plan:
    """The answer to "what is there to sync?", in the order of the contracts, then by year."""

    files: tuple[PlannedFile, ...]
    absent: tuple[str, ...] = ()  # requested resources for which there is no file: no failure
    ignored: tuple[str, ...] = ()  # directory: names of files that are not recognised
    superseded: tuple[str, ...] = ()  # directory: names of files of which a newer one is there
    unresolved: tuple[Unresolved, ...] = ()  # portal: what it should have, and the reason it has not


@dataclass(frozen=True, slots=True)
class Validators:
    """What is known of the last *published* file of a resource, to ask only for a newer one.

    Of the last published one, never of the last seen: a file that came in a run that failed
    must come again. Give `None` instead to get the file in any case (`--force`).
    """

    location: str  # where that file came from: an ETag means nothing at another URL
    etag: str | None
    last_modified: str | None
    sha256: str
    size: int  # uncompressed bytes
    path: Path  # the raw file we kept


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """A complete file that can be read with `opening.open_csv`."""

    planned: PlannedFile
    path: Path  # plain CSV, gzip, or a zip with one CSV member
    sha256: str  # of the CSV itself, so that another compression is not another file
    size: int  # bytes of the CSV itself
    etag: str | None = None
    last_modified: str | None = None
    not_modified: bool = False  # the portal said so: path, hash and size are the published file's
    temporary: bool = False  # the caller removes `path` when it is done
    expected_rows: int | None = None  # data rows the portal counts in its own table; dumps only


class Source(Protocol):
    """A place that dataset files come from."""

    @property
    def kind(self) -> str:
        """What the ledger calls this source: "portal" or "directory"."""

    def plan(self, requests: Sequence[str] = (), *, all_years: bool = False) -> Plan:
        """Find the files of the requested datasets or resources; of all if none is named.

        Raises SourceError for an unknown name or a place that cannot be read at all.
        """

    def fetch(
        self,
        planned: PlannedFile,
        previous: Validators | None = None,
        on_bytes: Progress = no_progress,
    ) -> FetchedFile:
        """Make one planned file readable on this machine. May be called from several threads.

        Raises TransportError where a later try may help, DamagedFile for what is no data, and
        SourceError for the rest.
        """
