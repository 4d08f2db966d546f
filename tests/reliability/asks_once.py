"""A process of its own that asks for an answer which takes a while, when it is told to: KEY NOTES GO."""

import os
import sys
import time
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stormwater.settings")
django.setup()

from stormwater.api.caching import get_or_compute  # noqa: E402 - needs the settings


def main(key: str, notes: Path, go: Path) -> None:
    """Wait for the file `go`, ask, and print the answer; each time that it is worked out is a line of `notes`."""

    def compute() -> bytes:
        with notes.open("a") as file:
            file.write(f"{os.getpid()}\n")
        time.sleep(0.5)
        return b"answer"

    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while not go.exists():
        time.sleep(0.005)
    sys.stdout.write(get_or_compute(key, 60, compute).decode())


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
