"""A plant's self-monitoring row, which of them count, and which are current.

An eSMR row is either a laboratory's result or a value that the discharger calculated
(`calculated_method`); the two never meet. Only effluent is compared with effluent limits. Of a
resubmitted report the highest document is current.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from violations.rules.names import is_rejected, normalize_name
from violations.rules.readings import Reading

ANALYTICAL = "analytical"
EFFLUENT = "effluent monitoring"


@dataclass(frozen=True, slots=True)
class PlantReading:
    """One eSMR row; `location` is its place id or, without one, its name."""

    reading: Reading
    location: str | None
    location_type: str | None
    calculated_method: str | None = None
    time: str | None = None
    method: tuple[str | None, str | None] = (None, None)
    document: int | None = None
    qa_codes: str | None = None

    @property
    def identity(self) -> tuple[object, ...]:
        """What rows of a report that was sent in again have in common."""
        reading = self.reading
        return (
            self.location, reading.parameter, reading.day, self.time, self.method, self.calculated_method, reading.unit,
        )  # fmt: skip


def statistic_of(calculated_method: str | None, aliases: Mapping[str, str]) -> str | None:
    """What the value is a statistic of; `analytical` for a laboratory's result, None if nobody knows."""
    if calculated_method is None:
        return ANALYTICAL
    return aliases.get(normalize_name(calculated_method))


def is_effluent(location_type: str | None) -> bool:
    """Whether the location is one of effluent. Influent, internal and receiving water never are."""
    return normalize_name(location_type or "") == EFFLUENT


def current_readings(rows: Iterable[PlantReading]) -> list[PlantReading]:
    """The effluent rows that count: not rejected (qa_codes R), not superseded by a higher document.

    A rejected row supersedes nothing. Rows of one document that differ in their result alone both
    count. A row without a date supersedes nothing and is not superseded: which day it is of, nobody knows.
    """
    counted = [row for row in rows if is_effluent(row.location_type) and not is_rejected(row.qa_codes)]
    undated = [row for row in counted if row.reading.day is None]
    dated = sorted((row for row in counted if row.reading.day is not None), key=lambda row: repr(row.identity))
    current = list(undated)
    for _, group in groupby(dated, key=lambda row: row.identity):
        same = list(group)
        highest = max(_document(row) for row in same)
        current += [row for row in same if _document(row) == highest]
    return current


def _document(row: PlantReading) -> int:
    return -1 if row.document is None else row.document
