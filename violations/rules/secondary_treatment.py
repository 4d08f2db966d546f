"""Federal secondary treatment as a screening of eSMR effluent: 40 CFR 133.102.

(a) BOD5 and (b) TSS: 30 mg/L monthly average, 45 mg/L weekly average, as the discharger calculated
them; (c) pH 6.0 to 9.0, laboratory results only. They bind publicly owned treatment works, and a
plant's permit can have other limits: a screening, of unknown applicability unless somebody knows.
No average is built here, and loads in lb/day are compared with nothing.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from violations.rules.effluent import ANALYTICAL, PlantReading
from violations.rules.findings import Bounds, Finding, sensitivity_of_exceedance
from violations.rules.readings import Judged
from violations.rules.reporting_year import is_calendar_year_open, reporting_year
from violations.rules.vocabulary import SECONDARY_MONTHLY, SECONDARY_PH, SECONDARY_WEEKLY

MONTHLY_AVERAGE, WEEKLY_AVERAGE = "monthly_average", "weekly_average"


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What one row comes to: an exceedance, an indeterminate comparison, or neither."""

    exceedance: Finding | None = None
    indeterminate: Finding | None = None


def rule_of(pollutant: str, statistic: str | None) -> str | None:
    """The rule that a row falls under, by its pollutant and what it is a statistic of."""
    if pollutant in {"bod5", "tss"}:
        return {MONTHLY_AVERAGE: SECONDARY_MONTHLY, WEEKLY_AVERAGE: SECONDARY_WEEKLY}.get(statistic or "")
    return SECONDARY_PH if pollutant == "ph" and statistic == ANALYTICAL else None


def period_of(statistic: str, day: date) -> tuple[date, date]:
    """The calendar month of a monthly value; else the row's own date, since a week's days are not published."""
    if not statistic.startswith("monthly"):
        return day, day
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def judge_row(row: PlantReading, judged: Judged, *, rule: str, statistic: str, bounds: Bounds, today: date) -> Verdicts:
    """Compare one usable row with its limit.

    `<` with a number is a limit and never an exceedance; above the upper bound it is indeterminate. So is `>`
    with a number below the lower bound.
    """
    day = row.reading.day
    if day is None:
        raise ValueError("A row without a date is unusable.")
    below = judged.below
    is_over = not judged.is_censored and bounds.are_exceeded_by(judged.value, is_lower_bound=judged.is_lower_bound)
    may_be_over = below is not None and bounds.high is not None and below > bounds.high
    may_be_under = judged.is_lower_bound and bounds.low is not None and judged.value < bounds.low
    is_open_question = may_be_over or may_be_under
    if not is_over and not is_open_question:
        return Verdicts()
    start, end = period_of(statistic, day)
    finding = Finding(
        rule=rule,
        pollutant=judged.substance.key,
        reporting_year=reporting_year(day),
        period_start=start,
        period_end=end,
        value=judged.value if is_over else judged.at_limit,
        bounds=bounds,
        results=1,
        censored=int(judged.is_censored),
        is_lower_bound=judged.is_lower_bound,
        sensitivity=sensitivity_of_exceedance(int(judged.is_censored)),
        is_provisional=is_calendar_year_open(day, today),
        sample_ids=(row.reading.id,),
        location=row.location,
    )
    return Verdicts(exceedance=finding) if is_over else Verdicts(indeterminate=finding)
