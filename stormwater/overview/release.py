"""A release: all public data in files, of one moment, with what is needed to read, check and cite them.

One gzip CSV per list of the API, with the API's own columns and rules (`stormwater.api.csv_export`). The folder is
complete or not there: everything is written beside it, flushed to the disk, and renamed at the end.
"""

import gzip
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.http import QueryDict
from django.utils import timezone

from stormwater.api.csv_export import copy_rows
from stormwater.api.families import Family
from stormwater.api.list_query import read_list_query
from stormwater.api.listing import Listing
from stormwater.api.meta import ATTRIBUTION, DISCLAIMER, LICENCE
from stormwater.api.reading import export_rows
from stormwater.api.selectors import get_data_versions
from stormwater.errors import UserError
from stormwater.overview.public_lists import public_listings
from stormwater.overview.release_texts import dictionary_lines, readme
from sync.selectors import read_ledger

# Fast enough to keep up with the database; the next step saves a few percent and takes twice as long.
_COMPRESSION = 6
_BLOCK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ReleasedFile:
    """One file of a release. `rows` without the header; the checksum is that of the compressed file."""

    name: str
    list: str
    title: str
    rows: int
    bytes: int
    sha256: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Release:
    """What was written."""

    folder: Path
    data_version: str
    files: tuple[ReleasedFile, ...]

    @property
    def rows(self) -> int:
        """Rows of all files."""
        return sum(file.rows for file in self.files)

    @property
    def bytes(self) -> int:
        """Compressed size of all tables."""
        return sum(file.bytes for file in self.files)


def export_release(*, folder: Path, say: Callable[[str], None] = lambda _: None) -> Release:
    """Write all public data into a new folder, as of one moment; `say` is told of each file when it is done.

    A sync may publish meanwhile: the release has none of it. Memory does not grow with the data. Raises UserError if
    the folder exists already or cannot be written.
    """
    folder = folder.absolute()
    _check_is_new(folder)
    try:
        with _part_of(folder) as part:
            release = _write(part, folder, say)
            part.chmod(0o755)
            part.rename(folder)
            _flush(folder.parent)
    except OSError as error:
        raise UserError(f"{folder} cannot be written: {error.strerror or error}.") from error
    return release


def _check_is_new(folder: Path) -> None:
    if folder.exists() or folder.is_symlink():
        raise UserError(f"{folder} exists already. Name another folder, or remove that one first.")


@contextmanager
def _part_of(folder: Path) -> Iterator[Path]:
    """A folder beside the one that is wanted, on the same disk; removed, unless it was renamed."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{folder.name}.part-", dir=folder.parent))
    try:
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _write(part: Path, folder: Path, say: Callable[[str], None]) -> Release:
    listings = public_listings()
    with _one_moment():
        taken_at = timezone.now()
        versions = get_data_versions(tuple(Family))
        datasets = [asdict(facts) for facts in read_ledger().values()]
        files = []
        for listing in listings:
            files.append(_write_table(part, listing))
            say(f"{files[-1].name}: {files[-1].rows:,} rows")
    release = Release(folder, versions.label, tuple(files))
    _write_text(part / "data_dictionary.csv", "".join(dictionary_lines(listings, _name_of)))
    _write_text(part / "README.txt", readme(release.data_version, taken_at))
    _write_text(
        part / "manifest.json", json.dumps(_manifest(release, taken_at, datasets), indent=2, default=str) + "\n"
    )
    # Last, so that it covers all others.
    others = sorted(path for path in part.iterdir())
    _write_text(part / "SHA256SUMS", "".join(f"{_checksum(path)}  {path.name}\n" for path in others))
    _flush(part)
    return release


@contextmanager
def _one_moment() -> Iterator[None]:
    """One transaction that sees the data as they are at its first statement, and writes nothing."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        yield


def _write_table(part: Path, listing: Listing) -> ReleasedFile:
    path = part / _name_of(listing)
    query = read_list_query(listing, QueryDict(""), {}, is_export=True)
    fields = query.look.fields
    rows = -1  # the first line is the header
    # Without name and time inside: equal data make equal files.
    with path.open("wb") as file:
        with (
            gzip.GzipFile("", "wb", _COMPRESSION, file, mtime=0) as packed,
            closing(copy_rows(fields, export_rows(fields, query))) as lines,
        ):
            buffer = bytearray()
            for line in lines:
                rows += 1
                buffer += line
                if len(buffer) >= _BLOCK:
                    packed.write(buffer)
                    buffer.clear()
            packed.write(buffer)
        file.flush()
        os.fsync(file.fileno())
    names = tuple(row_field.name for row_field in fields)
    return ReleasedFile(path.name, listing.name, listing.title, rows, path.stat().st_size, _checksum(path), names)


def _name_of(listing: Listing) -> str:
    return f"{listing.name}.csv.gz"


def _manifest(release: Release, taken_at: datetime, datasets: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "title": "Stormwater Watch: public data",
        "taken_at": taken_at.isoformat(),
        "program_version": settings.SPECTACULAR_SETTINGS["VERSION"],
        "data_version": release.data_version,
        "datasets": datasets,
        "files": [asdict(file) for file in release.files],
        "licence": LICENCE,
        "attribution": ATTRIBUTION,
        "disclaimer": DISCLAIMER,
    }


def _write_text(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _checksum(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _flush(folder: Path) -> None:
    """Have the disk keep the names in a folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
