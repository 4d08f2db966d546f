"""Reads: the results of each parameter of a facility over time, with what they are compared with."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, Q

from facilities.models import EsmrFacility, Facility, SmartsEnrollment
from monitoring.models import EsmrSample, SmartsSample
from violations.computation.reference_tables import read_statistics, read_vocabulary
from violations.models import Benchmark, Exceedance, PermitLimit, Pollutant
from violations.rules.effluent import PlantReading, current_readings, statistic_of
from violations.rules.permit_limits import is_compared
from violations.rules.readings import Judged, Reading, counts_as_stormwater, judge, once_per_sample
from violations.rules.secondary_treatment import rule_of
from violations.rules.vocabulary import PERMIT_LIMIT

_STORMWATER_RULES = {
    "industrial": ("igp_annual_nal", "igp_instantaneous_nal"),
    "construction": ("cgp_ph_nal", "cgp_turbidity_nal"),
}


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """A usable result in the unit of the series. A non-detect has the highest value that it can have."""

    sample_id: int
    day: date
    value: Decimal
    is_non_detect: bool
    is_lower_bound: bool
    location: str

    @property
    def value_text(self) -> str:
        """The value with all its digits, never with a power of ten."""
        return f"{self.value.normalize():f}"


@dataclass(frozen=True, slots=True)
class SeriesLimit:
    """A bound that findings of the series are made with, and when it is valid."""

    rule: str
    value: Decimal
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class SeriesFinding:
    """A standing exceedance: its value holds for the whole period."""

    public_id: str
    rule: str
    value: Decimal
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Series:
    """One parameter of one discharger over time; of a plant one statistic of it, since those never meet."""

    discharger: str
    pollutant: str
    statistic: str
    unit: str
    points: tuple[SeriesPoint, ...]
    limits: tuple[SeriesLimit, ...]
    findings: tuple[SeriesFinding, ...]
    unusable: int  # results that cannot be drawn: no date, no number, another unit


def list_series(facility: Facility) -> Iterator[Series]:
    """Every parameter of the facility's dischargers that a rule or a loaded limit compares, by discharger and name."""
    vocabulary, statistics = read_vocabulary(), read_statistics()
    pollutants = {pollutant.key: pollutant for pollutant in Pollutant.objects.all()}
    for enrollment in facility.enrollments.order_by("wdid", "pk"):
        judged, places = _judge_stormwater(enrollment, vocabulary)
        rules = _STORMWATER_RULES[enrollment.program]
        for key, results in sorted(_by(judged, lambda one: one.substance.key).items()):
            limits = list(_benchmarks(rules, pollutants[key]))
            findings = Exceedance.objects.filter(enrollment=enrollment, pollutant=pollutants[key], rule__in=rules)
            if limits:
                discharger = f"WDID {enrollment.wdid}" if enrollment.wdid else str(enrollment)
                name = (discharger, pollutants[key], "each result")
                yield _series(name, [(one, places[one.reading.id]) for one in results], limits, findings)
    for plant in facility.esmr_facilities.order_by("place_id"):
        yield from _plant_series(plant, vocabulary, statistics, pollutants)


def _judge_stormwater(enrollment: SmartsEnrollment, vocabulary: Any) -> tuple[list[Judged], dict[int, str]]:
    """The results that count, and the outfall of each."""
    rows = SmartsSample.objects.filter(
        enrollment=enrollment, removed_by=None, resource__slug=f"smarts_{enrollment.program}_monitoring"
    ).select_related("parameter", "unit", "report", "location")
    judged, places = [], {}
    for row in rows:
        reading = Reading(
            row.pk, row.parameter.name, row.qualifier, row.result, row.unit.name if row.unit else None,
            row.sample_date, row.rl, row.mdl,
            (row.report_id, row.location_id, row.sample_code, row.sample_date, row.sample_time),
            row.report.event_type,
        )  # fmt: skip
        one = judge(reading, vocabulary)
        if one is not None and counts_as_stormwater(reading.event_type):
            judged.append(one)
            places[row.pk] = row.location.name or ""
    return once_per_sample(judged), places


def _plant_series(
    plant: EsmrFacility, vocabulary: Any, statistics: Any, pollutants: dict[str, Pollutant]
) -> Iterator[Series]:
    rows = EsmrSample.objects.filter(esmr_facility=plant, removed_by=None).select_related(
        "parameter", "unit", "report", "location", "method"
    )
    readings = (
        PlantReading(
            Reading(
                row.pk, row.parameter.name, row.qualifier, row.result, row.unit.name if row.unit else None,
                row.sampling_date, row.rl, row.mdl,
            ),
            row.location.name or str(row.location.location_place_id), row.location.location_type,
            row.calculated_method, row.sampling_time, (str(row.method_id), None), row.report.document_id, row.qa_codes,
        )
        for row in rows.iterator()
    )  # fmt: skip
    own_limits = list(PermitLimit.objects.filter(esmr_facility=plant).select_related("pollutant"))
    groups: dict[tuple[str, str, str], list[tuple[Judged, str]]] = defaultdict(list)
    for row in current_readings(readings):
        statistic = statistic_of(row.calculated_method, statistics)
        one = judge(row.reading, vocabulary)
        if one is None or statistic is None:
            continue
        rule = rule_of(one.substance.key, statistic) or ""
        has_limit = any(limit.pollutant.key == one.substance.key for limit in own_limits)
        if rule or has_limit:
            groups[one.substance.key, statistic, rule].append((one, row.location or ""))
    for (key, statistic, rule), results in sorted(groups.items()):
        pollutant = pollutants[key]
        own = [
            limit
            for limit in own_limits
            if limit.pollutant_id == pollutant.pk
            and limit.unit == pollutant.unit
            and is_compared(statistic, limit.statistic)
        ]
        limits = [*_benchmarks((rule,), pollutant), *_bounds(PERMIT_LIMIT, own)]
        made_so = Q(rule=rule) | Q(permit_limit__in=own)
        findings = Exceedance.objects.filter(made_so, esmr_facility=plant, pollutant=pollutant)
        if limits:
            yield _series((f"eSMR {plant.place_id}", pollutant, statistic.replace("_", " ")), results, limits, findings)


def _series(
    name: tuple[str, Pollutant, str], results: list[tuple[Judged, str]], limits: list[SeriesLimit], findings: Any
) -> Series:
    """`name` is the discharger, the pollutant and the statistic."""
    discharger, pollutant, statistic = name
    usable = [(one, place) for one, place in results if not one.problem and one.reading.day is not None]
    points = [
        SeriesPoint(
            one.reading.id,
            one.reading.day,  # type: ignore[arg-type]  # filtered above
            one.at_limit if one.is_censored else one.value,
            one.is_censored,
            one.is_lower_bound,
            place,
        )
        for one, place in usable
    ]
    standing = findings.filter(went_at=None).order_by("period_start", "pk")
    return Series(
        discharger,
        pollutant.name,
        statistic,
        pollutant.unit,
        tuple(sorted(points, key=lambda point: (point.day, point.sample_id))),
        tuple(limits),
        tuple(SeriesFinding(one.public_id, one.rule, one.value, one.period_start, one.period_end) for one in standing),
        len(results) - len(usable),
    )


def _benchmarks(rules: Iterable[str], pollutant: Pollutant) -> Iterator[SeriesLimit]:
    for rule in rules:
        # Both orders of construction have the same bounds: one line.
        first = F("valid_from").asc(nulls_first=True)
        bounds = Benchmark.objects.filter(rule=rule, pollutant=pollutant).order_by(first)[:1]
        yield from _bounds(rule, bounds, is_dated=False)


def _bounds(rule: str, rows: Iterable[Any], *, is_dated: bool = True) -> Iterator[SeriesLimit]:
    for row in rows:
        dates = (row.valid_from, row.valid_to) if is_dated else (row.valid_from, None)
        for bound in (row.low, row.high):
            if bound is not None:
                yield SeriesLimit(rule, bound, *dates)


def _by(judged: Iterable[Judged], key: Any) -> dict[str, list[Judged]]:
    groups: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        groups[key(one)].append(one)
    return groups
