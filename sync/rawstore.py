"""The store of raw files: every file that a run read, compressed, named by its hash.

A raw file is the evidence behind every record: `run` and `line` of a record lead to a line of
one of these. Files are written beside their final name and renamed when complete, and when the disk
has them: else a power cut could leave the name with nothing behind it.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TypeVar

from django.conf import settings
from isal import igzip_threaded

from sync.models import RawFile, Resource
from sync.reading import MAX_LINE_BYTES
from sync.sources.opening import open_csv

# Level 1 is several times as fast as the default and the files are only a tenth larger.
COMPRESSION_LEVEL = 1
_GZIP = b"\x1f\x8b"
_LENGTH_BYTES = 4  # at the end of a gzip file: how long its content is, modulo 2^32

T = TypeVar("T")


class _Tee:
    """A stream that writes down what is read from it."""

    def __init__(self, stream: BinaryIO, copy: BinaryIO) -> None:
        self._stream = stream
        self._copy = copy

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(size)
        self._copy.write(data)
        return data


def absolute_path(raw_file: RawFile) -> Path:
    """Where the raw file lies on this machine."""
    return Path(settings.RAW_DIR) / raw_file.path


def find(resource: Resource, sha256: str) -> RawFile | None:
    """The stored file with this content, if it is (still) there and whole."""
    raw_file = RawFile.objects.filter(resource=resource, sha256=sha256).first()
    return raw_file if raw_file and is_whole(raw_file) else None


def is_whole(raw_file: RawFile) -> bool:
    """Whether the stored file is there and can be read, as far as its two ends tell.

    One that was cut off, emptied or overwritten by nothing is as good as lost.
    """
    try:
        with absolute_path(raw_file).open("rb") as file:
            start = file.read(len(_GZIP))
            file.seek(-_LENGTH_BYTES, os.SEEK_END)
            length = int.from_bytes(file.read(), "little")
    except OSError:  # also when it is shorter than that
        return False
    return start == _GZIP and length == raw_file.size % 2**32


def forget_unrecorded(resource: Resource, sha256: str) -> None:
    """Remove the stored file with this content if no row tells of it: its run was rolled back."""
    if not RawFile.objects.filter(resource=resource, sha256=sha256).exists():
        (Path(settings.RAW_DIR) / _name(resource, sha256)).unlink(missing_ok=True)


def folder_of(resource: Resource) -> Path:
    """Where the raw files of a resource lie."""
    return Path(settings.RAW_DIR) / resource.slug.replace(":", "-")


def _name(resource: Resource, sha256: str) -> str:
    return f"{folder_of(resource).name}/{sha256}.csv.gz"


@contextmanager
def keeping(path: Path, resource: Resource, sha256: str, size: int) -> Iterator[tuple[BinaryIO, RawFile]]:
    """Open the CSV file at `path` for one complete reading, and store what is read.

    Gives the stream and the stored file's row. If the block raises, nothing is stored.
    """
    if raw_file := find(resource, sha256):
        with open_csv(path) as stream:
            yield stream, raw_file
        return
    name = _name(resource, sha256)
    target = Path(settings.RAW_DIR) / name
    # Published files hold personal contact data, which not every account of a machine should read.
    Path(settings.RAW_DIR).mkdir(mode=0o700, parents=True, exist_ok=True)
    target.parent.mkdir(exist_ok=True)
    part = target.with_suffix(".part")
    raw_file, _ = RawFile.objects.update_or_create(
        resource=resource, sha256=sha256, defaults={"size": size, "path": name, "removed_at": None}
    )
    try:
        with open_csv(path) as stream, igzip_threaded.open(part, "wb", COMPRESSION_LEVEL, threads=1) as copy:
            tee = _Tee(stream, copy)
            yield tee, raw_file  # type: ignore[misc]  # the reader only reads
            while tee.read(1 << 20):
                pass  # a reader that gave up early: the evidence is still the whole file
        _flush(part)
        part.replace(target)
        _flush(target.parent)
    finally:
        part.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    """Have the disk keep a file's content, or the names in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_stored(raw_file: RawFile | None) -> BinaryIO:
    """Open a stored file to read the CSV's bytes again."""
    if raw_file is None:
        raise ValueError("A file is staged through the raw store.")
    return open_csv(absolute_path(raw_file))


def read_lines(raw_file: RawFile, wanted: Iterable[tuple[int, T]]) -> Iterator[tuple[int, str, T]]:
    """Give the text of some physical lines of a stored file (the header is line 1).

    `wanted` are line numbers in ascending order, each with something that comes back with its text.
    """
    with open_stored(raw_file) as stream:
        at = 0
        for line, companion in wanted:
            while at < line:
                text = stream.readline(MAX_LINE_BYTES)
                at += 1
            yield (
                line,
                text.rstrip(b"\r\n").replace(b"\x00", "\u2400".encode()).decode(errors="backslashreplace"),
                companion,
            )
