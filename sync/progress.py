"""Telling a person what a sync is doing: what the pipeline calls, and a silent version of it."""

from typing import Protocol


class Progress(Protocol):
    """What a run reports while it works."""

    def begin(self, resource: str) -> None:
        """A run of this resource begins."""

    def step(self, name: str) -> None:
        """The run goes on to fetch, stage, validate, merge, link or publish."""

    def downloaded(self, done: int, total: int | None) -> None:
        """So many bytes have been fetched."""

    def size_known(self, size: int) -> None:
        """The file to be read has this many bytes."""

    def bytes_read(self, count: int) -> None:
        """So many more bytes of the file have been read."""

    def end(self, sentence: str) -> None:
        """The run is over; the sentence says how."""


class Silence:
    """Progress for those who do not watch."""

    def begin(self, resource: str) -> None:
        """Say nothing."""

    def step(self, name: str) -> None:
        """Say nothing."""

    def downloaded(self, done: int, total: int | None) -> None:
        """Say nothing."""

    def size_known(self, size: int) -> None:
        """Say nothing."""

    def bytes_read(self, count: int) -> None:
        """Say nothing."""

    def end(self, sentence: str) -> None:
        """Say nothing."""
