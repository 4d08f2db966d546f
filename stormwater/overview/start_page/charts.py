"""What the charts of the start page show: computed exceedances, and the regulatory record over time.

From the kept numbers (`FindingCount`), a query each; nothing here reads a record or a sample.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Q

from stormwater.admin.records import list_link
from stormwater.overview.start_page.bar_rows import MOST_YEARS, BarChart, Series, bar_chart
from violations.rules import unified
from violations.rules.reporting_year import reporting_year
from violations.rules.vocabulary import (
    CGP_PH,
    CGP_TURBIDITY,
    FAMILY_OF,
    IGP_ANNUAL,
    IGP_INSTANTANEOUS,
    PERMIT_LIMIT,
    SECONDARY_MONTHLY,
    SECONDARY_PH,
    SECONDARY_WEEKLY,
)
from violations.selectors.sums import add_up_findings

RULES = {
    IGP_ANNUAL: "Industrial, annual NAL",
    IGP_INSTANTANEOUS: "Industrial, instantaneous NAL",
    CGP_PH: "Construction, pH NAL",
    CGP_TURBIDITY: "Construction, turbidity NAL",
    SECONDARY_MONTHLY: "Secondary treatment, month",
    SECONDARY_WEEKLY: "Secondary treatment, week",
    SECONDARY_PH: "Secondary treatment, pH",
    PERMIT_LIMIT: "Permit limits as loaded",
}
NOT_DISMISSED, DISMISSED, ACTIONS = "Violations, not dismissed", "Violations, dismissed", "Enforcement actions"


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of the table: its words, and the list behind it; no address for who may not see it."""

    words: str
    address: str


@dataclass(frozen=True, slots=True)
class YearRow:
    """A year of the table, the newest first."""

    words: str
    address: str
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with its text alternative and its table."""

    title: str
    description: str
    remarks: tuple[str, ...]
    chart: BarChart
    columns: tuple[Heading, ...]
    years: tuple[YearRow, ...]
    year_column: str
    has_open_year: bool


Numbers = Mapping[str, Mapping[int | None, int]]


def exceedances_by_rule(seen: Collection[str], today: date) -> Figure | None:
    """Computed exceedances that stand, by rule and reporting year; None if there are none."""
    rows = add_up_findings(by=("type", "status", "reporting_year"), condition=Q(source__in=unified.COMPUTED))
    numbers: dict[str, dict[int | None, int]] = defaultdict(dict)
    dismissed = 0
    for row in rows:
        if row["status"] == unified.STANDS:
            numbers[row["type"]][row["reporting_year"]] = row["findings"]
        else:
            dismissed += row["findings"]
    shown = [rule for rule in FAMILY_OF if rule in numbers]
    if not shown:
        return None
    silent = [RULES[rule] for rule in FAMILY_OF if rule not in numbers]
    remarks = ["Each row has a scale of its own."]
    if dismissed:
        remarks.append(f"Dismissed by staff, and not counted: {intcomma(dismissed)}.")
    if silent:
        remarks.append(f"None of: {'; '.join(silent)}.")
    return _figure(
        title="Computed exceedances by rule and reporting year",
        numbers={RULES[rule]: numbers[rule] for rule in shown},
        addresses={RULES[rule]: list_link("violations.Exceedance", rule=rule, standing="stands") for rule in shown},
        years_listed="violations.UnifiedFinding" in seen,
        is_reporting_year=True,
        open_from=reporting_year(today),
        remarks=remarks,
    )


def record_over_time(seen: Collection[str], today: date) -> Figure | None:
    """Violations on record and enforcement actions by year, of what the reader may see; None if there are none."""
    lists = {
        unified.SMARTS_REGULATORY: "violations.RegulatoryViolation",
        unified.ENFORCEMENT: "enforcement.EnforcementAction",
    }
    sources = [source for source, label in lists.items() if label in seen]
    rows = add_up_findings(by=("source", "status", "year"), condition=Q(source__in=sources)) if sources else []
    numbers: dict[str, dict[int | None, int]] = {}
    for name in (NOT_DISMISSED, DISMISSED, ACTIONS):
        numbers[name] = defaultdict(int)
    for row in rows:
        if row["source"] == unified.ENFORCEMENT:
            name = ACTIONS
        else:
            name = DISMISSED if row["status"] == unified.DISMISSED_BY_BOARD else NOT_DISMISSED
        numbers[name][row["year"]] += row["findings"]
    shown = {name: by_year for name, by_year in numbers.items() if by_year}
    if not shown:
        return None
    return _figure(
        title="Violations on record and enforcement actions by year",
        numbers=shown,
        addresses={
            name: list_link(lists[unified.ENFORCEMENT if name == ACTIONS else unified.SMARTS_REGULATORY])
            for name in shown
        },
        years_listed=False,
        is_reporting_year=False,
        open_from=today.year,
        remarks=["All rows have one scale."],
    )


def _figure(
    *,
    title: str,
    numbers: Numbers,
    addresses: Mapping[str, str],
    years_listed: bool,
    is_reporting_year: bool,
    open_from: int,
    remarks: Sequence[str],
) -> Figure:
    """The chart of the latest years, and the table of all."""
    years = sorted({year for by_year in numbers.values() for year in by_year if year is not None})
    drawn = list(range(years[0], years[-1] + 1))[-MOST_YEARS:] if years else []
    words = {year: _year_in_words(year, is_reporting_year=is_reporting_year) for year in {*years, *drawn}}
    undated = sum(by_year.get(None, 0) for by_year in numbers.values())
    said = list(remarks)
    if undated:
        said.append(f"Without a date, and in the table alone: {intcomma(undated)}.")
    if years and years[0] < drawn[0]:
        said.append("Earlier years are in the table.")
    series = [
        Series(name, {year: number for year, number in by_year.items() if year is not None})
        for name, by_year in numbers.items()
    ]
    listed: list[int | None] = [*reversed(years), *([None] if undated else [])]
    return Figure(
        title=title,
        description=" ".join([*(_in_words(name, by_year) for name, by_year in numbers.items()), *said]),
        remarks=tuple(said),
        chart=bar_chart(series, drawn, names_of_years=words, open_from=open_from, is_one_scale=not is_reporting_year),
        columns=tuple(Heading(name, addresses[name]) for name in numbers),
        years=tuple(
            YearRow(
                "no date" if year is None else words[year],
                list_link("violations.UnifiedFinding", reporting_year=year) if years_listed and year else "",
                tuple(str(intcomma(by_year.get(year, 0))) for by_year in numbers.values()),
            )
            for year in listed
        ),
        year_column="Reporting year" if is_reporting_year else "Year",
        has_open_year=any(year >= open_from for year in drawn),
    )


def _year_in_words(year: int, *, is_reporting_year: bool) -> str:
    """A reporting year by both of its years."""
    return f"{year}-{(year + 1) % 100:02}" if is_reporting_year else str(year)


def _in_words(name: str, by_year: Mapping[int | None, int]) -> str:
    return f"{name}: {intcomma(sum(by_year.values()))}."
