"""A download on its way: the `.part` file and the note beside it that tells how to go on.

What must never happen is that two versions of a file end up in one (same size, other content), so
a part is continued only under the strong ETag it was begun with. Every order of steps here is
such that a kill at any moment leaves a part without a note (begun anew next time) or a part with
the note of its own version.
"""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sync.sources.errors import SourceError


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """From which byte of which version a part goes on."""

    offset: int
    etag: str  # strong
    last_modified: str | None


class PartFile:
    """The unfinished download of one resource, `esmr-2024.part` in the download folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self.path = folder / f"{name}.part"
        self._note = folder / f"{name}.part.json"
        self._lock = folder / f".{name}.lock"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other processes from writing to the same part. Raises SourceError if one does."""
        with _disk(self._lock):
            self._lock.parent.mkdir(parents=True, exist_ok=True)
            # The lock is a file of its own, which stays: the part is renamed in the end, and a
            # lock on it would go with it.
            lock = self._lock.open("ab")
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise SourceError(f"Another process is downloading {self.path.stem} right now.") from error
            yield

    def resume_point(self, url: str) -> ResumePoint | None:
        """Where a download of `url` can go on; None if it has to begin anew."""
        try:
            note = json.loads(self._note.read_text(encoding="utf-8"))
            offset = self.path.stat().st_size
        except (OSError, ValueError):
            return None
        if not isinstance(note, dict) or note.get("url") != url or offset == 0:
            return None
        etag, last_modified = note.get("etag"), note.get("last_modified")
        if not isinstance(etag, str) or not is_strong(etag):
            return None
        return ResumePoint(offset, etag, last_modified if isinstance(last_modified, str) else None)

    def begin(self, url: str, etag: str | None, last_modified: str | None) -> BinaryIO:
        """Open an empty part; without a strong ETag it cannot be continued later."""
        with _disk(self.path):
            self._note.unlink(missing_ok=True)  # before the part changes: it is about the old one
            self.path.write_bytes(b"")
            if etag is not None and is_strong(etag):
                note = {"url": url, "etag": etag, "last_modified": last_modified}
                self._note.write_text(json.dumps(note), encoding="utf-8")
        return self.extend()

    def extend(self) -> BinaryIO:
        """Open the part to write behind what is there."""
        with _disk(self.path):
            return self.path.open("ab")

    def write(self, file: BinaryIO, chunk: bytes) -> None:
        """Write a chunk. Raises SourceError if the disk does not take it."""
        with _disk(self.path):
            file.write(chunk)

    def close(self, file: BinaryIO) -> None:
        """Write out what is still in memory. Raises SourceError if the disk does not take it."""
        with _disk(self.path):
            file.close()

    def discard(self) -> None:
        """Remove the part, so that the next download begins anew."""
        with _disk(self.path):
            self._note.unlink(missing_ok=True)
            self.path.unlink(missing_ok=True)

    def finish(self, target: Path) -> None:
        """Give the part, now complete, its final name."""
        with _disk(target):
            self._note.unlink(missing_ok=True)
            self.path.replace(target)


def is_strong(etag: str) -> bool:
    """Whether an ETag stands for exact bytes; a weak one (`W/"..."`) stands for the meaning."""
    return len(etag) > len('""') and etag.startswith('"') and etag.endswith('"')


@contextmanager
def _disk(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SourceError(f"{path} cannot be written: {error.strerror or error}.") from error
