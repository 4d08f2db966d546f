"""The geometry of a chart of numbers by year: a row of bars for each kind, one below the other. No drawing.

Each bar carries its number, and each row its name, so that nothing depends on a colour. Units are those
of the view box.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.contrib.humanize.templatetags.humanize import intcomma

from violations.plotting import Tick

WIDTH = 780
NAMES = 190  # the column of the rows' names
ROW, BAR = 52, 30  # height of a row, and of its highest bar
TOP, BOTTOM = 4, 26
GAP = 0.28  # between two bars, as a share of their distance
WIDEST = 46
LEAST = 1.5  # a bar that stands for something can be seen
MOST_YEARS = 12


@dataclass(frozen=True, slots=True)
class Series:
    """A kind, and its numbers by year."""

    name: str
    numbers: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Bar:
    """A number of a year: the bar, and where the number is written."""

    x: float
    y: float
    width: float
    height: float
    middle: float
    number: str
    words: str
    is_open: bool  # the year has not ended


@dataclass(frozen=True, slots=True)
class BarRow:
    """A kind: its name and its bars, on a base line."""

    name: str
    base: float
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class BarChart:
    """All that a template needs to draw."""

    rows: tuple[BarRow, ...]
    ticks: tuple[Tick, ...]
    width: int
    height: int
    names_until: int
    ticks_at: int


def bar_chart(
    series: Sequence[Series],
    years: Sequence[int],
    *,
    names_of_years: Mapping[int, str],
    open_from: int,
    is_one_scale: bool,
) -> BarChart:
    """The chart of some kinds over these years.

    With `is_one_scale` the rows can be compared by height; without, each has its own, and the numbers tell.
    Years from `open_from` on have not ended.
    """
    step = (WIDTH - NAMES) / max(len(years), 1)
    width = round(min(step * (1 - GAP), WIDEST), 1)
    middles = {year: round(NAMES + step * (at + 0.5), 1) for at, year in enumerate(years)}
    highest = [max((kind.numbers.get(year, 0) for year in years), default=0) for kind in series]

    def bars(kind: Series, base: int, top: int) -> Iterator[Bar]:
        for year in years:
            number = kind.numbers.get(year, 0)
            if not number:
                continue
            height = round(max(BAR * number / top, LEAST), 1)
            is_open = year >= open_from
            written = str(intcomma(number))
            yield Bar(
                x=round(middles[year] - width / 2, 1),
                y=round(base - height, 1),
                width=width,
                height=height,
                middle=middles[year],
                number=written,
                words=f"{kind.name}, {names_of_years[year]}: {written}{' so far' if is_open else ''}",
                is_open=is_open,
            )

    rows = []
    for at, kind in enumerate(series):
        base = TOP + ROW * (at + 1)
        rows.append(BarRow(kind.name, base, tuple(bars(kind, base, max(highest) if is_one_scale else highest[at]))))
    height = TOP + ROW * len(series) + BOTTOM
    ticks = tuple(Tick(middles[year], names_of_years[year]) for year in years)
    return BarChart(tuple(rows), ticks, WIDTH, height, NAMES, height - 8)
