"""The geometry of a plot of results over time: where points, limits, findings and ticks lie. No drawing.

A template draws it as SVG; numbers are in the units of its view box. Non-detects lie at their
reporting limit and are drawn open; a finding is a bar over its period at its value.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from violations.selectors.series import Series

WIDTH, HEIGHT = 900, 320
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 16, 34
# Values further apart than this would hide all but the largest on a linear scale.
LINEAR_RANGE = 200
TICKS = 5
MOST_YEARS = 12


@dataclass(frozen=True, slots=True)
class Mark:
    """A result: where, what sort, and in words."""

    x: float
    y: float
    kind: str  # measured, non_detect or lower_bound
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """A limit or a finding: from x to x2 at y."""

    x: float
    x2: float
    y: float
    words: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of an axis."""

    at: float
    words: str


@dataclass(frozen=True, slots=True)
class Plot:
    """All that a template needs to draw."""

    series: Series
    title: str
    description: str
    marks: tuple[Mark, ...]
    limits: tuple[Line, ...]
    findings: tuple[Line, ...]
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
    non_detects = sum(point.is_non_detect for point in series.points)
    name = f"{series.pollutant}, {series.statistic}, of {series.discharger}"
    return Plot(
        series,
        f"{name} in {series.unit}",
        f"{len(series.points)} results from {series.points[0].day} to {series.points[-1].day}, {non_detects} of them "
        f"not detected and shown at their reporting limit; {len(series.findings)} exceedances. All are in the table.",
        tuple(
            Mark(
                scale.x(point.day),
                scale.y(float(point.value)),
                "non_detect" if point.is_non_detect else "lower_bound" if point.is_lower_bound else "measured",
                f"{point.day}: {'below ' if point.is_non_detect else ''}{number(point.value)} {series.unit}",
            )
            for point in series.points
        ),
        tuple(
            Line(
                scale.x(limit.valid_from or scale.first),
                scale.x(limit.valid_to or scale.last),
                scale.y(float(limit.value)),
                f"{limit.name.replace('_', ' ')}: {number(limit.value)} {series.unit}",
            )
            for limit in series.limits
            if (limit.valid_from or scale.first) <= scale.last and (limit.valid_to or scale.last) >= scale.first
        ),
        tuple(
            Line(
                scale.x(finding.start),
                scale.x(finding.end + timedelta(days=1)),
                scale.y(float(finding.value)),
                f"{finding.rule.replace('_', ' ')} {finding.start} to {finding.end}: "
                f"{number(finding.value)} {series.unit}",
            )
            for finding in series.findings
        ),
        tuple(_year_ticks(scale)),
        tuple(Tick(scale.y(value), f"{value:g}") for value in _value_ticks(scale)),
        scale.is_logarithmic,
    )


def number(value: Decimal) -> str:
    """A value as people write it: means have up to four significant digits."""
    return f"{float(value):.4g}"


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
