"""The oracle of the Industrial General Permit: numeric action levels and ERA levels.

Order 2014-0057-DWQ as amended, Table 2. Of one enrollment at a time: all its outfalls together.
A NAL exceedance is no violation of the permit.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sync.synthetic.findings import Finding, Findings
from sync.synthetic.judging import Judged, judge
from sync.synthetic.readings import Reading
from sync.synthetic.storms import NO_STORM, Sample

FIRST_DAY = "2015-07-01"  # when the order came into force
FIRST_YEAR = 2015
ANNUAL_NAL = {
    name: Decimal(limit)
    for name, limit in {
        "tss": "100", "oil_grease": "15", "zinc": "0.26", "copper": "0.0332", "cyanide": "0.022", "lead": "0.262",
        "cod": "120", "aluminum": "0.75", "iron": "1.0", "nitrate_nitrite_n": "0.68", "phosphorus": "2.0",
        "ammonia_n": "2.14", "magnesium": "0.064", "arsenic": "0.15", "cadmium": "0.0053", "nickel": "1.02",
        "mercury": "0.0014", "selenium": "0.005", "silver": "0.0183", "bod5": "30",
    }.items()
}  # fmt: skip
INSTANTANEOUS_NAL = {"tss": Decimal(400), "oil_grease": Decimal(25)}
_RULED = {*ANNUAL_NAL, "ph"}
PH_LOW, PH_HIGH = Decimal("6.0"), Decimal("9.0")


@dataclass(slots=True)
class _Year:
    """The results of one parameter in one reporting year."""

    results: int = 0
    censored: int = 0
    total: Decimal = Decimal(0)
    over: list[Decimal] = field(default_factory=list)  # above the instantaneous maximum, or outside the range

    @property
    def mean(self) -> Decimal:
        return self.total / self.results


def reporting_year(day: str) -> int:
    """July 1 to June 30, named by its first year."""
    year = int(day[:4])
    return year if day[5:7] >= "07" else year - 1


def is_open(year: int, today: date) -> bool:
    """Whether the reporting year has not ended."""
    return today <= date(year + 1, 6, 30)


def evaluate(name: str, samples: Iterable[tuple[Sample, list[Reading]]], today: date, findings: Findings) -> None:
    """Find what there is to find in the published samples of one enrollment."""
    years = _gather(samples, findings)
    exceeded: dict[str, set[int]] = {}
    for (pollutant, year), results in sorted(years.items()):
        if _find(name, pollutant, year, results, today=today, findings=findings):
            exceeded.setdefault(pollutant, set()).add(year)
    for pollutant in sorted({pollutant for pollutant, _ in years}):
        first = min(year for other, year in years if other == pollutant)
        _add_levels(name, pollutant, first, exceeded.get(pollutant, set()), today=today, findings=findings)


def _gather(samples: Iterable[tuple[Sample, list[Reading]]], findings: Findings) -> dict[tuple[str, int], _Year]:
    years: dict[tuple[str, int], _Year] = {}
    for sample, readings in samples:
        if sample.report.event_type == NO_STORM or (sample.day is not None and sample.day < FIRST_DAY):
            continue
        seen = set()
        of_year = reporting_year(sample.day) if sample.day else 0
        for reading in readings:
            judged = judge(reading)
            pollutant = judged.pollutant
            if pollutant not in _RULED or pollutant in seen:
                continue  # total and total recoverable of one sample count once
            seen.add(pollutant)
            if sample.day is None or judged.problem:
                findings.unusable["igp", judged.problem or "bad_date"] += 1
                continue
            key = (pollutant, of_year)
            if (year := years.get(key)) is None:
                year = years[key] = _Year()
            _add(year, judged)
    return years


def _add(year: _Year, judged: Judged) -> None:
    year.results += 1
    if judged.is_censored:
        year.censored += 1
        return
    year.total += judged.value
    if judged.pollutant == "ph":
        if not PH_LOW <= judged.value <= PH_HIGH:
            year.over.append(judged.value)
    elif (limit := INSTANTANEOUS_NAL.get(judged.pollutant or "")) is not None and judged.value > limit:
        year.over.append(judged.value)


def _find(name: str, pollutant: str, year: int, results: _Year, *, today: date, findings: Findings) -> bool:
    """Add the findings of a parameter and year; whether there is one."""
    limit = ANNUAL_NAL.get(pollutant)
    is_annual = limit is not None and results.total > limit * results.results
    is_instantaneous = len(results.over) >= 2
    start, end = f"{year}-07-01", f"{year + 1}-06-30"
    counts = (results.results, results.censored, is_open(year, today))
    if is_annual:
        findings.add(Finding("igp_annual_nal", name, pollutant, year, start, end, results.mean, str(limit), *counts))
    if is_instantaneous:
        if pollutant == "ph":
            shown = max(results.over, key=lambda value: (max(PH_LOW - value, value - PH_HIGH), value))
            limits = "6.0-9.0"
        else:
            shown, limits = max(results.over), str(INSTANTANEOUS_NAL[pollutant])
        note = f"{len(results.over)} over"
        findings.add(
            Finding("igp_instantaneous_nal", name, pollutant, year, start, end, shown, limits, *counts, note=note)
        )
    return is_annual or is_instantaneous


def _add_levels(name: str, pollutant: str, first: int, exceeded: set[int], *, today: date, findings: Findings) -> None:
    """The level in force during every reporting year from the first sample to the current one."""
    level = 0
    for year in range(max(first, FIRST_YEAR), reporting_year(today.isoformat()) + 1):
        if level:
            span = (f"{year}-07-01", f"{year + 1}-06-30")
            findings.add(
                Finding("era_level", name, pollutant, year, *span, f"level_{level}", "", 0, 0, is_open(year, today))
            )
        else:
            findings.totals["era_baseline"] += 1  # not written down: most are
        if year in exceeded:
            level = min(level + 1, 2)
