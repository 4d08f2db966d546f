"""The oracle of federal secondary treatment (40 CFR 133.102) on eSMR rows: a screening.

Averages are those that the discharger calculated; only effluent is compared; of a resubmitted
report the highest document counts.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import cache

from sync.synthetic.esmr_rows import EFFLUENT, EsmrRow
from sync.synthetic.findings import Finding, FindingsFile
from sync.synthetic.judging import judge, pollutant_of

_MONTHLY = {"Average Monthly (AMEL)", "Monthly Average (Mean)"}
_WEEKLY = {"Average Weekly (AWEL)"}
_LIMITS = {"secondary_treatment_monthly": Decimal(30), "secondary_treatment_weekly": Decimal(45)}  # mg/L
PH_LOW, PH_HIGH = Decimal("6.0"), Decimal("9.0")

_Identity = tuple[int, str, str | None, str, tuple[str | None, str | None], str | None, str | None]


def evaluate(place_id: int, rows: Iterable[EsmrRow], today: date, findings: FindingsFile) -> None:
    """Find what there is to find in the published rows of one plant and sampling year."""
    for row in _current(rows):
        judged, day = judge(row.reading), row.moment.day
        if day is None or judged.problem:
            findings.unusable["secondary_treatment", judged.problem or "bad_date"] += 1
            continue
        rule = _rule(row.reading.parameter, row.reading.base)
        if judged.is_censored:
            if judged.less_than is not None and judged.less_than > _LIMITS.get(rule, judged.less_than):
                findings.add_indeterminate(_finding(place_id, row, rule, day, value=judged.less_than, today=today))
        elif _is_over(rule, judged.value):
            findings.add(_finding(place_id, row, rule, day, value=judged.value, today=today))


def _is_over(rule: str, value: Decimal) -> bool:
    limit = _LIMITS.get(rule)
    return not PH_LOW <= value <= PH_HIGH if limit is None else value > limit


def _finding(place_id: int, row: EsmrRow, rule: str, day: str, *, value: Decimal, today: date) -> Finding:
    start, end = _period(rule, day)
    return Finding(
        rule=rule,
        id=str(place_id),
        parameter=pollutant_of(row.reading.parameter) or "",
        reporting_year=int(day[:4]),
        period_start=start,
        period_end=end,
        value=value,
        limit=str(_LIMITS.get(rule, "6.0-9.0")),
        results=1,
        censored=int(judge(row.reading).is_censored),
        provisional=int(day[:4]) >= today.year,
        location=str(row.location.place_id),
    )


@cache
def _rule(parameter: str, base: str | None) -> str:
    """The rule that an effluent row falls under; empty for none."""
    pollutant = pollutant_of(parameter)
    if pollutant in {"bod5", "tss"}:
        if base in _MONTHLY:
            return "secondary_treatment_monthly"
        if base in _WEEKLY:
            return "secondary_treatment_weekly"
    return "secondary_treatment_ph" if pollutant == "ph" and base is None else ""


def _current(rows: Iterable[EsmrRow]) -> list[EsmrRow]:
    """The rows to compare: effluent, not rejected, and not superseded by a later document."""
    current: dict[_Identity, EsmrRow] = {}
    for row in rows:
        if row.location.kind != EFFLUENT or not _rule(row.reading.parameter, row.reading.base):
            continue
        if row.qa_codes and "R" in row.qa_codes.replace(",", " ").split():
            continue
        reading, moment = row.reading, row.moment
        day = moment.day or moment.text  # a date that is none is no reason to be superseded
        identity = (
            row.location.place_id, reading.parameter, day, moment.time, reading.method, reading.base, reading.unit,
        )  # fmt: skip
        known = current.get(identity)
        if known is None or row.document.number > known.document.number:
            current[identity] = row
    return list(current.values())


def _period(rule: str, day: str) -> tuple[str, str]:
    """The calendar month of a monthly average; else the row's own date."""
    if rule != "secondary_treatment_monthly":
        return day, day
    first = date(int(day[:4]), int(day[5:7]), 1)
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return first.isoformat(), date.fromordinal(following.toordinal() - 1).isoformat()
