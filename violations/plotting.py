"""The geometry of a plot of results over time: where points, limits, findings and ticks lie. No drawing.

A template draws it as SVG; numbers are in the units of its view box. Non-detects lie at their
reporting limit and are drawn open; a finding is a bar over its period at its value, and wide enough
to be seen beside the mark of a result, however short its period. Each limit has its name on it.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import ClassVar

from violations.rules import vocabulary as words
from violations.selectors.series import Series, SeriesFinding

WIDTH, HEIGHT = 900, 320
LEFT, RIGHT, TOP, BOTTOM = 70, 180, 16, 34  # names of limits stand on the right, where they hide no result
# Values further apart than this would hide all but the largest on a linear scale.
LINEAR_RANGE = 200
TICKS = 5
MOST_YEARS = 12
LEAST_BAR = 16  # twice the width of a mark
LINE_HEIGHT = 14  # of a name
_RULES = {
    words.IGP_ANNUAL: "annual NAL",
    words.IGP_INSTANTANEOUS: "instantaneous NAL",
    words.CGP_PH: "construction NAL",
    words.CGP_TURBIDITY: "construction NAL",
    words.SECONDARY_MONTHLY: "secondary treatment",
    words.SECONDARY_WEEKLY: "secondary treatment",
    words.SECONDARY_PH: "secondary treatment",
    words.PERMIT_LIMIT: "permit limit",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A result: where, what sort, and in words."""

    x: float
    y: float
    kind: str  # measured, non_detect or lower_bound
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """A limit or a finding: from x to x2 at y. A limit has its name beside it, at `name_y`."""

    x: float
    x2: float
    y: float
    words: str
    name: str = ""
    name_y: float = 0.0


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding in the table that says what the drawing shows."""

    rule: str
    start: date
    end: date
    value: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of an axis."""

    at: float
    words: str


@dataclass(frozen=True, slots=True)
class Plot:
    """All that a template needs to draw."""

    left: ClassVar[int] = LEFT
    right: ClassVar[int] = WIDTH - RIGHT
    top: ClassVar[int] = TOP
    bottom: ClassVar[int] = HEIGHT - BOTTOM
    width: ClassVar[int] = WIDTH
    height: ClassVar[int] = HEIGHT
    series: Series
    title: str
    description: str
    marks: tuple[Mark, ...]
    limits: tuple[Line, ...]
    findings: tuple[Line, ...]
    finding_rows: tuple[FindingRow, ...]
    kinds: frozenset[str]  # of the marks that there are
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    is_logarithmic: bool


@dataclass(frozen=True, slots=True)
class _Scale:
    """From days and values to the view box."""

    first: date
    last: date
    low: float
    high: float
    is_logarithmic: bool
    step: float = 1.0  # between two ticks of a linear scale

    def x(self, day: date) -> float:
        days = max((self.last - self.first).days, 1)
        inside = min(max(day, self.first), self.last)
        return round(LEFT + (inside - self.first).days / days * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        low, high, at = self.low, self.high, value
        if self.is_logarithmic:
            low, high, at = math.log10(low), math.log10(high), math.log10(max(value, low))
        return round(HEIGHT - BOTTOM - (at - low) / (high - low) * (HEIGHT - TOP - BOTTOM), 1)


def plot(series: Series) -> Plot | None:
    """The plot of a series; None if it has no usable result."""
    if not series.points:
        return None
    scale = _scale_of(series)
    marks, limits = tuple(_marks(series, scale)), tuple(_limits(series, scale))
    return Plot(
        series,
        f"{series.pollutant}, {series.statistic}, in {series.unit}: {series.discharger}",
        _description(series, limits),
        marks,
        limits,
        tuple(_finding_line(finding, series.unit, scale) for finding in series.findings),
        tuple(FindingRow(_RULES[one.rule], one.start, one.end, number(one.value)) for one in series.findings),
        frozenset(mark.kind for mark in marks),
        tuple(_year_ticks(scale)),
        tuple(Tick(scale.y(value), number(value)) for value in _value_ticks(scale)),
        scale.is_logarithmic,
    )


def _description(series: Series, limits: Iterable[Line]) -> str:
    """The drawing in words, for those who cannot see it."""
    non_detects = sum(point.is_non_detect for point in series.points)
    compared = "; ".join(limit.words for limit in limits) or "none while there were results"
    return (
        f"{len(series.points)} results from {series.points[0].day} to {series.points[-1].day}, {non_detects} of them "
        f"not detected and shown at their reporting limit; {len(series.findings)} exceedances. Limits: {compared}. "
        "All results and exceedances are in the table."
    )


def _marks(series: Series, scale: _Scale) -> Iterable[Mark]:
    for point in series.points:
        yield Mark(
            scale.x(point.day),
            scale.y(float(point.value)),
            "non_detect" if point.is_non_detect else "lower_bound" if point.is_lower_bound else "measured",
            f"{point.day}: {'below ' if point.is_non_detect else ''}{number(point.value)} {series.unit}",
        )


def _limits(series: Series, scale: _Scale) -> Iterable[Line]:
    """The limits that are in force while there are results, the highest first: none has its name on another's."""
    free_from = 0.0
    for limit in sorted(series.limits, key=lambda one: one.value, reverse=True):
        first, last = limit.valid_from or scale.first, limit.valid_to or scale.last
        if first > scale.last or last < scale.first:
            continue
        y = scale.y(float(limit.value))
        name_y = max(y, free_from)
        free_from = name_y + LINE_HEIGHT
        name = f"{_RULES[limit.rule]} {number(limit.value)}"
        yield Line(scale.x(first), scale.x(last), y, f"{name} {series.unit}", name, name_y)


def _finding_line(finding: SeriesFinding, unit: str, scale: _Scale) -> Line:
    x, x2 = scale.x(finding.start), scale.x(finding.end + timedelta(days=1))
    wider = max(LEAST_BAR - (x2 - x), 0) / 2
    text = f"{_RULES[finding.rule]}, {finding.start} to {finding.end}: {number(finding.value)} {unit}"
    return Line(x - wider, x2 + wider, scale.y(float(finding.value)), text)


def number(value: Decimal | float) -> str:
    """A value as people write it, without powers of ten: means have up to four significant digits."""
    return f"{Decimal(f'{float(value):.4g}'):f}"


def _scale_of(series: Series) -> _Scale:
    days = [point.day for point in series.points]
    days += [day for finding in series.findings for day in (finding.start, finding.end)]
    values = [float(point.value) for point in series.points]
    values += [float(limit.value) for limit in series.limits]
    values += [float(finding.value) for finding in series.findings]
    positive = [value for value in values if value > 0]
    is_logarithmic = bool(positive) and max(positive) / min(positive) > LINEAR_RANGE
    if is_logarithmic:
        low, high = 10 ** math.floor(math.log10(min(positive))), 10 ** math.ceil(math.log10(max(positive)))
        return _Scale(min(days), max(days), low, max(high, low * 10), is_logarithmic=True)
    low = 0.0 if series.unit != "SU" else math.floor(min(values))
    span = (max(values) - low) * 1.02
    step = _step(span)
    high = low + step * max(1, math.ceil(span / step))
    return _Scale(min(days), max(days), low, high, is_logarithmic=False, step=step)


def _step(span: float) -> float:
    """A step of 1, 2 or 5 times a power of ten that gives about `TICKS` ticks."""
    if span <= 0:
        return 1.0
    power = 10 ** math.floor(math.log10(span / TICKS))
    return next(power * times for times in (1, 2, 5, 10) if span / (power * times) <= TICKS)


def _value_ticks(scale: _Scale) -> Iterable[float]:
    if scale.is_logarithmic:
        first, last = round(math.log10(scale.low)), round(math.log10(scale.high))
        return [10.0**power for power in range(first, last + 1)]
    return [scale.low + scale.step * at for at in range(round((scale.high - scale.low) / scale.step) + 1)]


def _year_ticks(scale: _Scale) -> Iterable[Tick]:
    """The July 1 of each reporting year, or of every second, third ... where there are many."""
    years = range(scale.first.year, scale.last.year + 1)
    every = max(1, math.ceil(len(years) / MOST_YEARS))
    for year in years[::every]:
        day = date(year, 7, 1)
        if scale.first <= day <= scale.last:
            yield Tick(scale.x(day), f"July {year}")
