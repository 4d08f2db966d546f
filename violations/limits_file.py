"""Reading a CSV of permit limits: every row becomes a limit, or a sentence that says what is wrong with it.

Columns (any order, any case; the others are ignored):

    facility_place_id  CIWQS place id; this or npdes_number
    npdes_number       NPDES permit number, as CA0012345
    location           name or place id of the location; empty: every effluent location
    parameter          published parameter name, or our pollutant key
    statistical_base   such as Average Monthly (AMEL), Maximum Daily (MDEL), Instantaneous Maximum
    limit              the upper bound; of a minimum the lower one
    limit_low          the lower bound, where there is one (pH)
    unit               mg/L, ug/L, SU, lb/day, ...
    valid_from         first day, YYYY-MM-DD; empty: always
    valid_to           last day; empty: still in force
    median             Y if the permit asks for the median of the month's results
    source             order and section, in words
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TextIO

from stormwater.errors import UserError
from violations.rules.names import normalize_name
from violations.rules.permit_limits import LOWER_LIMITS
from violations.rules.readings import Alias, Vocabulary
from violations.rules.units import SU, Conversion

REQUIRED = ("parameter", "statistical_base", "limit", "unit")
PLANT = ("facility_place_id", "npdes_number")
_NPDES = re.compile(r"[A-Z]{2}[A-Z0-9]\d{6}")
_NO_VALUE = {"", "NA", "NAN"}


@dataclass(frozen=True, slots=True)
class LimitRow:
    """A limit as the file gives it, in the canonical unit."""

    facility_place_id: int | None
    npdes_number: str | None
    location: str | None
    pollutant: str  # key
    statistic: str
    low: Decimal | None
    high: Decimal | None
    unit: str
    uses_median: bool
    valid_from: date | None
    valid_to: date | None
    source: str


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is no limit."""

    line: int
    reason: str


class _BadRowError(ValueError):
    """What is wrong with a row."""


def read_limits(
    stream: TextIO, vocabulary: Vocabulary, statistics: Mapping[str, str]
) -> Iterator[tuple[int, LimitRow | BadRow]]:
    """The rows with their line. Raises UserError if the file has not the columns."""
    reader = csv.DictReader(stream)
    names = [(name or "").strip().lower() for name in reader.fieldnames or ()]
    missing = [name for name in REQUIRED if name not in names]
    if missing or not set(PLANT) & set(names):
        wanted = ", ".join(missing) or " or ".join(PLANT)
        raise UserError(f"The file has no column {wanted}. See docs/findings.md for the columns.")
    reader.fieldnames = names
    try:
        for cells in reader:
            line = reader.line_num
            try:
                yield line, _limit_of(cells, vocabulary, statistics)
            except _BadRowError as error:
                yield line, BadRow(line, str(error))
    except (csv.Error, UnicodeDecodeError) as error:
        raise UserError(f"The file cannot be read as CSV in UTF-8: {error}.") from error


def _limit_of(cells: Mapping[str | None, object], vocabulary: Vocabulary, statistics: Mapping[str, str]) -> LimitRow:
    if None in cells or None in cells.values():
        raise _BadRowError("The row has not as many cells as the header.")

    def text(name: str) -> str | None:
        value = str(cells.get(name, "")).strip()
        return None if value.upper() in _NO_VALUE else value

    place_id, npdes_number = _place_id(text("facility_place_id")), _npdes_number(text("npdes_number"))
    if place_id is None and npdes_number is None:
        raise _BadRowError("The row names no plant: facility_place_id and npdes_number are empty.")
    alias = _alias_of(text("parameter"), vocabulary)
    low, high = _number(text("limit_low"), "limit_low"), _number(text("limit"), "limit")
    statistic = _statistic_of(text("statistical_base"), statistics)
    if statistic in LOWER_LIMITS and low is None:
        low, high = high, None  # the limit of a minimum is what must be reached
    if low is None and high is None:
        raise _BadRowError("The row has no limit.")
    if low is not None and high is not None and low > high:
        raise _BadRowError(f"The lower bound {low} is above the upper bound {high}.")
    conversion = _conversion_of(text("unit"), alias, vocabulary)
    factor = conversion.factor * alias.factor
    valid_from, valid_to = _day(text("valid_from"), "valid_from"), _day(text("valid_to"), "valid_to")
    if valid_from and valid_to and valid_from > valid_to:
        raise _BadRowError("The limit ends before it begins.")
    return LimitRow(
        place_id,
        npdes_number,
        text("location"),
        alias.substance.key,
        statistic,
        None if low is None else (low * factor).normalize(),
        None if high is None else (high * factor).normalize(),
        conversion.unit,
        _flag(text("median")),
        valid_from,
        valid_to,
        text("source") or "",
    )


def _place_id(text: str | None) -> int | None:
    if text is None:
        return None
    if not re.fullmatch(r"\d{1,9}", text):
        raise _BadRowError(f"facility_place_id {text!r} is no whole number.")
    return int(text)


def _npdes_number(text: str | None) -> str | None:
    if text is None:
        return None
    if not _NPDES.fullmatch(text.upper()):
        raise _BadRowError(f"npdes_number {text!r} is not of the form CA0012345.")
    return text.upper()


def _alias_of(text: str | None, vocabulary: Vocabulary) -> Alias:
    if text is None:
        raise _BadRowError("The row has no parameter.")
    alias = vocabulary.aliases.get(normalize_name(text))
    if alias is None:
        substances = {known.substance.key: known.substance for known in vocabulary.aliases.values()}
        if text.lower() not in substances:
            raise _BadRowError(f"No pollutant is known by the parameter name {text!r}.")
        alias = Alias(substances[text.lower()])
    return alias


def _conversion_of(text: str | None, alias: Alias, vocabulary: Vocabulary) -> Conversion:
    if alias.substance.unit == SU:
        return Conversion(SU, Decimal(1))
    conversion = vocabulary.units.get(normalize_name(text)) if text else None
    if conversion is None or conversion.unit not in {alias.substance.unit, "lb/day"}:
        raise _BadRowError(f"{alias.substance.key} cannot have a limit in the unit {text!r}.")
    return conversion


def _statistic_of(text: str | None, statistics: Mapping[str, str]) -> str:
    statistic = statistics.get(normalize_name(text)) if text else None
    if statistic is None:
        raise _BadRowError(f"No statistic is known by the statistical base {text!r}.")
    return statistic


def _number(text: str | None, name: str) -> Decimal | None:
    if text is None:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise _BadRowError(f"{name} {text!r} is no number.") from None
    if not number.is_finite() or abs(number) >= Decimal("1e15"):
        raise _BadRowError(f"{name} {text!r} is no number.")
    return number


def _day(text: str | None, name: str) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _BadRowError(f"{name} {text!r} is no day of the form YYYY-MM-DD.") from None


def _flag(text: str | None) -> bool:
    if (text or "N").upper() not in {"Y", "N"}:
        raise _BadRowError(f"median {text!r} is neither Y nor N.")
    return (text or "N").upper() == "Y"
