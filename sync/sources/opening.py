"""Opening dataset files, whatever they are packed in, and looking at what came.

The packing is read from the first bytes, not from the name: browsers unpack `.csv.gz` and keep
the name.
"""

import hashlib
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from isal import igzip, isal_zlib

from sync.sources.base import Progress, no_progress
from sync.sources.errors import DamagedFile, SourceError

_GZIP = b"\x1f\x8b"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # the second one starts an archive without members
_BOM = b"\xef\xbb\xbf"
_CHUNK = 1 << 20
_HEAD = 4096  # enough to get past the blank lines that some error pages begin with
# isal's types are wrong about its error and silent about `open`.
_IsalError: type[Exception] = cast("type[Exception]", isal_zlib.error)
_open_gzip: Callable[[Path], BinaryIO] = igzip.open
# What the unpackers raise for bytes that are not what they should be; RuntimeError is zipfile's
# word for an encrypted member and for a compression it does not know.
_BROKEN = (
    zipfile.BadZipFile,
    igzip.BadGzipFile,
    _IsalError,
    zlib.error,
    EOFError,
    RuntimeError,
)


@dataclass(frozen=True, slots=True)
class Content:
    """The CSV inside a file: its hash, its length, and how it begins."""

    sha256: str
    size: int
    head: bytes


def open_csv(path: Path) -> BinaryIO:
    """Open a plain, gzipped or zipped CSV for reading the CSV's bytes in a stream.

    Raises SourceError if it cannot be read, DamagedFile if it is an archive that is broken or does
    not hold exactly one CSV. Damage further inside shows only while reading: `read_content` finds
    it, and every fetched file has been through that.
    """
    with _readable(path):
        with path.open("rb") as file:
            start = file.read(4)
        if start.startswith(_GZIP):
            return _open_gzip(path)
        if start in _ZIP:
            return _open_zipped(path)
        return path.open("rb")


def read_content(path: Path, on_bytes: Progress = no_progress, total: int | None = None) -> Content:
    """Read the CSV once from end to end, for its hash and to be sure that it can be read.

    Raises as `open_csv`, and DamagedFile wherever in the file the damage is.
    """
    digest = hashlib.sha256()
    size = 0
    head = b""
    with open_csv(path) as stream:
        while True:
            with _readable(path):
                chunk = stream.read(_CHUNK)
            if not chunk:
                break
            digest.update(chunk)
            size += len(chunk)
            if len(head) < _HEAD:
                head += chunk[: _HEAD - len(head)]
            on_bytes(size, total)
    return Content(digest.hexdigest(), size, head)


def let_go_of(path: Path) -> None:
    """Tell the system that nobody reads the file again soon.

    Else its gigabytes stay in memory in place of the database's, which everybody reads.
    """
    if hasattr(os, "posix_fadvise"):
        with suppress(OSError), path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def require_data(content: Content, name: str) -> None:
    """Raise DamagedFile if what came as `name` is empty, a web page or an error message in JSON.

    Judged by the content: portals send error pages with status 200, and data as `text/html`.
    """
    # A file that a power cut left full of NUL bytes has nothing in it either.
    start = content.head.removeprefix(_BOM).strip(b"\x00\t\r\n ")
    if not start:
        raise DamagedFile(f"{name} is empty.")
    shown = " ".join(start[:80].decode("utf-8", "replace").split())
    if start.startswith(b"<"):
        raise DamagedFile(f"{name} is a web page, not data: it begins with {shown!r}.")
    if start.startswith((b"{", b"[")):
        raise DamagedFile(f"{name} is a JSON message, not data: it begins with {shown!r}.")


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        raise DamagedFile(f"{path.name} is a damaged archive: {error}.") from error
    except OSError as error:
        raise SourceError(f"{path.name} cannot be read: {error.strerror or error}.") from error


def _open_zipped(path: Path) -> BinaryIO:
    # The archive may be closed here: zipfile keeps the file open for as long as a member is.
    with zipfile.ZipFile(path) as archive:
        members = [info for info in archive.infolist() if _is_csv(info)]
        if len(members) != 1:
            names = ", ".join(sorted(info.filename for info in members)) or "none"
            raise DamagedFile(f"{path.name} must hold exactly one CSV file, it holds {len(members)}: {names}.")
        return cast("BinaryIO", archive.open(members[0]))


def _is_csv(info: zipfile.ZipInfo) -> bool:
    member = PurePosixPath(info.filename)
    # macOS adds a hidden twin of every member, under the same name.
    is_hidden = member.name.startswith(".") or "__MACOSX" in member.parts
    return not info.is_dir() and not is_hidden and member.suffix.lower() == ".csv"
