"""Whether the disk of the data folder has room for the next load."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

GIB = 2**30
# A file of samples has more than a gigabyte, lies here as it came, compressed, and as a work table of the database.
ROOM_NEEDED = 2 * GIB
ROOM_WANTED = 10 * GIB


@dataclass(frozen=True, slots=True)
class DiskRoom:
    """How much is free on the disk that a folder is on, in bytes."""

    folder: Path
    free: int

    @property
    def is_scarce(self) -> bool:
        """Whether somebody should see to it before it is gone."""
        return self.free < ROOM_WANTED

    @property
    def is_too_little(self) -> bool:
        """Whether the next load of samples may not find its room."""
        return self.free < ROOM_NEEDED

    def sentence(self) -> str:
        """The room for people."""
        return (
            f"{self.free / GIB:.1f} GiB are free under {self.folder}; "
            f"a load of samples needs about {ROOM_NEEDED // GIB}."
        )


def measure_room() -> DiskRoom:
    """How much room the data folder has."""
    folder = existing_folder(Path(settings.DATA_DIR))
    return DiskRoom(folder, shutil.disk_usage(folder).free)


def existing_folder(folder: Path) -> Path:
    """The folder, or what will become its parent."""
    return next(path for path in (folder, *folder.parents) if path.exists())
