"""Violations on record that tell of an exceedance: what staff should be asked about as probably one event.

A violation whose lane means it concerns an enrollment whose samples exceed a level, in a reporting
year that has ended, and says so in the words of such records. The samples of these enrollments are
the same in every week, and so is what the violation says.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import IntEnum
from random import Random

from sync.synthetic.cells import number
from sync.synthetic.dischargers import Discharger, Dischargers
from sync.synthetic.enrollments import Enrollment, Lane
from sync.synthetic.events import Events
from sync.synthetic.findings import Finding, FindingsList
from sync.synthetic.sampling import evaluate, sampling_of
from sync.synthetic.streams import stream

ANNUAL, INSTANTANEOUS = "igp_annual_nal", "igp_instantaneous_nal"
_OF_A_YEAR = {ANNUAL, INSTANTANEOUS}
_RULES = {*_OF_A_YEAR, "cgp_ph_nal", "cgp_turbidity_nal"}
_UNITS = {"ph": "SU", "turbidity": "NTU"}
# How records write what the rules know by a key; a metal by its name.
_WRITTEN = {
    "ammonia_n": ("ammonia", "total ammonia (as N)"),
    "bod5": ("BOD", "biochemical oxygen demand"),
    "cod": ("COD", "chemical oxygen demand"),
    "nitrate_nitrite_n": ("N+N", "nitrate plus nitrite"),
    "oil_grease": ("O&G", "oil and grease"),
    "ph": ("pH",),
    "tss": ("TSS", "total suspended solids"),
}
_OF_NO_USE = {Lane.WITHDRAWN, Lane.SEVERAL_FILINGS}  # not always there; or with so many rows as to tip a guard


class RecordLane(IntEnum):
    """The lanes of the violations that tell of an exceedance: of which program."""

    INDUSTRIAL = 20
    CONSTRUCTION = 21


@dataclass(frozen=True, slots=True)
class ExceedanceRecord:
    """What a violation tells: whose exceedance it was, and what the record says of it."""

    enrollment: Enrollment
    exceedance: Finding
    day: date
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class ExceedanceRecords:
    """The violations of a world that tell of an exceedance."""

    violations: Events
    _known: dict[int, ExceedanceRecord | None] = field(default_factory=dict)  # one violation in twenty

    def get(self, violation: int) -> ExceedanceRecord | None:
        """What the violation of this number tells; None if it is no such record."""
        lane = self.violations.lane(violation)
        if lane not in RecordLane._value2member_map_:
            return None
        if violation not in self._known:
            self._known[violation] = self._find(violation, RecordLane(lane))
        return self._known[violation]

    def _find(self, violation: int, lane: RecordLane) -> ExceedanceRecord | None:
        """The first enrollment with an exceedance from a random one on, and one of its exceedances."""
        of = {RecordLane.INDUSTRIAL: self.violations.industrial, RecordLane.CONSTRUCTION: self.violations.construction}
        enrollments = of[lane]
        dischargers = Dischargers.of(enrollments)
        rng = stream(enrollments.seed, "exceedance record", violation)
        start = rng.randrange(dischargers.monitored)
        for step in range(dischargers.monitored):
            discharger = dischargers.get((start + step) % dischargers.monitored)
            if discharger.enrollment and (found := list(_exceedances(discharger, discharger.enrollment, dischargers))):
                return _record(discharger.enrollment, rng.choice(found), rng)
        return None


def _exceedances(discharger: Discharger, enrollment: Enrollment, dischargers: Dischargers) -> Iterator[Finding]:
    """What the rules find in the enrollment's samples this week, and in every other week."""
    sampling = sampling_of(dischargers.enrollments)
    if discharger.lane in sampling.changing or enrollment.lane in _OF_NO_USE or enrollment.risk == "Level 1":
        return
    findings = FindingsList()
    evaluate(sampling.samples(discharger, week=0), enrollment, 0, findings)
    for finding in findings.found:
        if finding.rule in _RULES and not finding.provisional:
            yield finding


def _record(enrollment: Enrollment, exceedance: Finding, rng: Random) -> ExceedanceRecord:
    start, end = date.fromisoformat(exceedance.period_start), date.fromisoformat(exceedance.period_end)
    names = _WRITTEN.get(exceedance.parameter, (exceedance.parameter, f"total {exceedance.parameter}"))
    text, kind = (
        _text(exceedance, rng.choice(names), rng),
        rng.choice(("Effluent Limitation",) * 3 + ("Order Conditions",)),
    )
    if exceedance.rule not in _OF_A_YEAR:
        day = end + timedelta(days=rng.choice((0, 0, 0, 1, 3)))
        if rng.random() < 0.2:
            text, kind = (
                "Numeric action level exceeded at a discharge point, see the ad hoc report",
                "Effluent Limitation",
            )
    elif rng.random() < 0.25:  # known when the year was over
        day = end + timedelta(days=rng.randrange(1, 6))
    else:
        day = start + timedelta(days=92 + rng.randrange(205))
    return ExceedanceRecord(enrollment, exceedance, day, kind, text)


def _text(exceedance: Finding, name: str, rng: Random) -> str:
    """What the record says of the exceedance, which it calls by this name."""
    value = number(float(exceedance.value), 5)
    limit = f"{exceedance.limit} {_UNITS.get(exceedance.parameter, 'mg/L')}"
    year = f"{exceedance.reporting_year}-{exceedance.reporting_year + 1}"
    if exceedance.rule == ANNUAL:
        return rng.choice(
            (
                f"NAL exceedance for {name}: annual average of {value} against {limit}, reporting year {year}",
                f"Annual average of {name} exceeded the NAL of {limit} in reporting year {year}",
            )
        )
    if exceedance.rule == INSTANTANEOUS:
        return f"Samples beyond the instantaneous NAL for {name}, {limit}, more than once in reporting year {year}"
    return f"NAL exceedance of {exceedance.period_start}: {name} {value}, NAL {limit}"
