"""The oracle of the Construction General Permit: pH and turbidity by site and day.

Orders 2009-0009-DWQ and 2022-0057-DWQ; sites of Risk Level 1 are not held to the action levels.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from sync.synthetic.findings import Finding, Findings
from sync.synthetic.igp_truth import is_open, reporting_year
from sync.synthetic.judging import judge
from sync.synthetic.readings import Reading
from sync.synthetic.storms import NO_STORM, Sample

PH_LOW, PH_HIGH = Decimal("6.5"), Decimal("8.5")
TURBIDITY = Decimal(250)


def evaluate(
    name: str, risk: str | None, samples: Iterable[tuple[Sample, list[Reading]]], today: date, findings: Findings
) -> None:
    """Find what there is to find in the published samples of one enrollment."""
    if risk == "Level 1":
        return
    days: dict[tuple[str, str], list[tuple[Decimal, bool]]] = {}
    for sample, readings in samples:
        if sample.report.event_type == NO_STORM:
            continue
        for reading in readings:
            judged = judge(reading)
            if judged.pollutant not in {"ph", "turbidity"}:
                continue
            if sample.day is None or judged.problem:
                findings.unusable["cgp", judged.problem or "bad_date"] += 1
                continue
            days.setdefault((sample.day, judged.pollutant), []).append((judged.value, judged.is_censored))
    for (day, pollutant), values in sorted(days.items()):
        mean = sum((value for value, _ in values), Decimal(0)) / len(values)
        if pollutant == "ph":
            is_over, rule, limit = not PH_LOW <= mean <= PH_HIGH, "cgp_ph_nal", "6.5-8.5"
        else:
            is_over, rule, limit = mean > TURBIDITY, "cgp_turbidity_nal", "250"
        if is_over:
            year = reporting_year(day)
            censored = sum(is_censored for _, is_censored in values)
            note = "" if risk else "risk unknown"
            counts = (len(values), censored, is_open(year, today))
            findings.add(Finding(rule, name, pollutant, year, day, day, mean, limit, *counts, note=note))
