"""Figures: what was measured, against what, and what is allowed.

A time means little on a machine that nobody else has. So a figure is a ratio to a reference that
was measured in the same run, turn by turn, wherever there is a reference.
"""

import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from typing import Any

import psutil
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. `ratio`, `limit` and `stretch` are missing where a value is only recorded."""

    name: str
    value: float
    unit: str  # s, MB, rows/s, or nothing for a number of things
    reference: str = ""  # what the ratio is to
    ratio: float | None = None
    limit: float | None = None  # of the ratio where there is one, else of the value
    stretch: float | None = None
    note: str = ""

    @property
    def is_within_limit(self) -> bool:
        """Whether the figure keeps its limit; one without a limit always does."""
        measured = self.value if self.ratio is None else self.ratio
        return self.limit is None or measured <= self.limit

    @property
    def verdict(self) -> str:
        """The figure in a word."""
        if self.limit is None:
            return "recorded"
        if not self.is_within_limit:
            return "OVER"
        measured = self.value if self.ratio is None else self.ratio
        return "stretch" if self.stretch is not None and measured <= self.stretch else "within"


def paired_ratio(
    name: str,
    measured: Sequence[float],
    references: Sequence[float],
    *,
    reference: str,
    limit: float | None = None,
    stretch: float | None = None,
) -> Figure:
    """A figure from runs taken in turn: the median of the ratios, pair by pair, of seconds."""
    ratios = [value / of for value, of in zip(measured, references, strict=True)]
    return Figure(
        name,
        value=statistics.median(measured),
        unit="s",
        reference=f"{reference} ({statistics.median(references):.2f} s)",
        ratio=statistics.median(ratios),
        limit=limit,
        stretch=stretch,
        note=f"{len(ratios)} pairs, {min(ratios):.1f} to {max(ratios):.1f}",
    )


@dataclass(frozen=True, slots=True)
class Machine:
    """Where and with what the figures were taken."""

    day: str
    processor: str
    cores: int
    memory_gib: int
    python: str
    django: str
    postgresql: str

    @classmethod
    def here(cls, postgresql: str) -> "Machine":
        """This machine today."""
        return cls(
            day=date.today().isoformat(),  # noqa: DTZ011 - the day on the wall of whoever measures
            processor=f"{_processor()} ({platform.machine()})",
            cores=psutil.cpu_count() or 0,
            memory_gib=round(psutil.virtual_memory().total / 2**30),
            python=platform.python_version(),
            django=version("django"),
            postgresql=postgresql,
        )

    def __str__(self) -> str:
        return (
            f"{self.day}: {self.processor}, {self.cores} cores, {self.memory_gib} GiB; "
            f"Python {self.python}, Django {self.django}, PostgreSQL {self.postgresql}"
        )


def as_json(figures: Sequence[Figure], machine: Machine) -> dict[str, Any]:
    """The figures for a program."""
    rows = [asdict(figure) | {"verdict": figure.verdict} for figure in figures]
    return {"machine": asdict(machine), "figures": rows}


def as_table(figures: Sequence[Figure], machine: Machine) -> Table:
    """The figures for a person."""
    table = Table("figure", "value", "ratio", "limit", "to", "", "runs", title=str(machine), title_justify="left")
    for column in table.columns[1:4]:
        column.justify = "right"
    for figure in figures:
        table.add_row(
            figure.name,
            f"{figure.value:,.2f} {figure.unit}" if figure.value < 1000 else f"{figure.value:,.0f} {figure.unit}",
            "" if figure.ratio is None else f"{figure.ratio:.2f}",
            "" if figure.limit is None else f"{figure.limit:g}",
            figure.reference,
            figure.verdict,
            figure.note,
        )
    return table


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123 - a device, not a path of ours
            return next(line.partition(":")[2].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "unknown processor"
