"""A small world in the sample tables, and what the pure rules find in it."""

import uuid
from collections import defaultdict
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from django.utils import timezone

from facilities.models import ConstructionDetail, EsmrFacility, SmartsEnrollment
from monitoring.models import (
    EsmrLocation,
    EsmrReport,
    EsmrSample,
    Method,
    Parameter,
    SmartsLocation,
    SmartsReport,
    SmartsSample,
    Unit,
)
from sync.models import Dataset, Resource, Run
from violations.computation.reference_tables import read_statistics, read_vocabulary
from violations.models import Benchmark, EraLevel, Exceedance, Indeterminate, PermitLimit, UnusableResults
from violations.rules import cgp, permit_limits, reporting_year
from violations.rules.effluent import PlantReading, current_readings, statistic_of
from violations.rules.era_levels import levels_in_force
from violations.rules.findings import Bounds
from violations.rules.igp_annual import find_annual
from violations.rules.igp_instantaneous import find_instantaneous
from violations.rules.readings import Reading, counts_as_stormwater, judge, once_per_sample
from violations.rules.secondary_treatment import judge_row, rule_of
from violations.rules.sensitivity import would_exceed

INDUSTRIAL, CONSTRUCTION = "smarts_industrial_monitoring", "smarts_construction_monitoring"


class StoredWorld:
    """Makes rows as a sync leaves them; each call is a row of the file of a run."""

    def __init__(self) -> None:
        self.numbers = count(1)
        self.resources: dict[str, Resource] = {}

    def publish(self, slug: str) -> Run:
        """A published run of a resource."""
        dataset, _ = Dataset.objects.get_or_create(slug=slug.partition(":")[0], defaults={"title": slug})
        resource, _ = Resource.objects.get_or_create(slug=slug, defaults={"dataset": dataset})
        now = timezone.now()
        run = Run.objects.create(
            resource=resource,
            status=Run.Status.PUBLISHED,
            started_at=now,
            heartbeat_at=now,
            finished_at=now,
            source="directory",
        )
        resource.last_published = run
        resource.save()
        return run

    def enrollment(
        self, wdid: str | None, program: str = "industrial", risk: str | None = None, **more: Any
    ) -> SmartsEnrollment:
        run = Run.objects.filter(resource__slug=f"smarts_{program}_facilities").first() or self.publish(
            f"smarts_{program}_facilities"
        )
        now = timezone.now()
        enrollment = SmartsEnrollment.objects.create(
            run=run, line=next(self.numbers), content_hash=uuid.uuid4(), first_seen_at=now, changed_at=now,
            program=program, wdid=wdid, app_id=f"{next(self.numbers)}", **more,
        )  # fmt: skip
        if program == "construction":
            ConstructionDetail.objects.create(enrollment=enrollment, combined_risk=risk)
        return enrollment

    def plant(self, place_id: int) -> EsmrFacility:
        run = Run.objects.filter(resource__slug="esmr:2023").first() or self.publish("esmr:2023")
        return EsmrFacility.objects.create(place_id=place_id, run=run, line=1)

    def stormwater(
        self, run: Run, enrollment: SmartsEnrollment | None, parameter: str, result: Any = None, *, day: date | None,
        qualifier: str | None = "=", unit: str | None = "mg/L", event: str | None = "Qualifying Storm Event",
        code: str = "1", outfall: str = "SP-1", **more: Any,
    ) -> SmartsSample:  # fmt: skip
        report, _ = SmartsReport.objects.get_or_create(
            enrollment=enrollment, event_type=event, defaults={"run": run, "line": 1, "content_hash": uuid.uuid4()}
        )
        location, _ = SmartsLocation.objects.get_or_create(
            enrollment=enrollment, name=outfall, defaults={"run": run, "line": 1, "content_hash": uuid.uuid4()}
        )
        return SmartsSample.objects.create(
            **self._common(run, parameter, unit), enrollment=enrollment, report=report, location=location,
            sample_code=code, sample_date=day, qualifier=qualifier, result=result, **more,
        )  # fmt: skip

    def effluent(
        self, run: Run, plant: EsmrFacility, parameter: str, result: Any = None, *, day: date | None,
        qualifier: str | None = "=", unit: str | None = "mg/L", base: str | None = None, document: int | None = 1,
        place: tuple[int, str, str] = (11, "EFF-001", "Effluent Monitoring"), **more: Any,
    ) -> EsmrSample:  # fmt: skip
        report, _ = EsmrReport.objects.get_or_create(
            document_id=document, defaults={"run": run, "line": 1, "content_hash": uuid.uuid4()}
        )
        location, _ = EsmrLocation.objects.get_or_create(
            esmr_facility=plant, location_place_id=place[0], name=place[1], location_type=place[2],
            defaults={"run": run, "line": 1, "content_hash": uuid.uuid4()},
        )  # fmt: skip
        return EsmrSample.objects.create(
            **self._common(run, parameter, unit), esmr_facility=plant, report=report, location=location,
            sampling_date=day, qualifier=qualifier, result=result, calculated_method=base, **more,
        )  # fmt: skip

    def _common(self, run: Run, parameter: str, unit: str | None) -> dict[str, Any]:
        return {
            "run": run, "resource": run.resource, "line": next(self.numbers), "copies": 1, "content_hash": uuid.uuid4(),
            "parameter": Parameter.objects.get_or_create(name=parameter)[0],
            "unit": Unit.objects.get_or_create(name=unit)[0] if unit else None,
            "method": Method.objects.get_or_create(code="A", name=None)[0],
        }  # fmt: skip


class PureJudgement:
    """What the pure rules find in the published samples, in comparable rows."""

    def __init__(self, today: date) -> None:
        self.today, self.vocabulary, self.statistics = today, read_vocabulary(), read_statistics()
        self.benchmarks: dict[tuple[str, str], list[Benchmark]] = defaultdict(list)
        for benchmark in Benchmark.objects.select_related("pollutant"):
            self.benchmarks[benchmark.rule, benchmark.pollutant.key].append(benchmark)
        self.exceedances: set[tuple[Any, ...]] = set()
        self.indeterminate: set[tuple[Any, ...]] = set()
        self.levels: set[tuple[Any, ...]] = set()
        self.unusable: dict[tuple[Any, ...], int] = defaultdict(int)
        self.counted: set[tuple[int, str]] = set()
        for enrollment in SmartsEnrollment.objects.filter(pk__in=SmartsSample.objects.values("enrollment")):
            self._industrial(enrollment)
            self._construction(enrollment)
        for plant in EsmrFacility.objects.all():
            self._plant(plant)

    def _bounds(self, rule: str, pollutant: str) -> Any:
        """The bounds; None if there are none. Both orders of construction have the same."""
        for benchmark in self.benchmarks[rule, pollutant]:
            return Bounds(benchmark.low, benchmark.high)
        return None

    def _stormwater(self, enrollment, dataset, pollutants, first_day):
        rows = SmartsSample.objects.filter(
            enrollment=enrollment, removed_by=None, resource__slug=dataset
        ).select_related("parameter", "unit", "report")
        judged = []
        for row in rows:
            reading = Reading(
                row.pk, row.parameter.name, row.qualifier, row.result, row.unit.name if row.unit else None,
                row.sample_date,
                row.rl, row.mdl, (row.report_id, row.location_id, row.sample_code, row.sample_date, row.sample_time),
                row.report.event_type,
            )  # fmt: skip
            one = judge(reading, self.vocabulary)
            is_early = first_day and row.sample_date and row.sample_date < first_day
            if one and one.substance.key in pollutants and counts_as_stormwater(reading.event_type) and not is_early:
                judged.append(one)
        return once_per_sample(judged)

    def _count(self, family, name, one):
        day = one.reading.day
        year = day and reporting_year.reporting_year(day)
        self.unusable[family, name, one.substance.key, year, one.problem] += 1

    def _add(self, found, name, finding, *extra):
        found.add(
            (finding.rule, name, finding.pollutant, finding.location, finding.reporting_year, finding.period_start,
             finding.period_end, finding.value, finding.bounds.low, finding.bounds.high, finding.results,
             finding.censored, finding.results_over, finding.is_lower_bound, finding.sensitivity,
             finding.is_provisional, finding.sample_ids, *extra)
        )  # fmt: skip

    def _industrial(self, enrollment):
        pollutants = {key for rule, key in self.benchmarks if rule.startswith("igp")}
        units = defaultdict(list)
        for one in self._stormwater(enrollment, INDUSTRIAL, pollutants, date(2015, 7, 1)):
            if one.problem:
                self._count("igp", enrollment.wdid, one)
            else:
                units[one.substance.key, reporting_year.reporting_year(one.reading.day)].append(one)
        exceeded = defaultdict(set)
        for (key, year), results in units.items():
            annual, maximum = self._bounds("igp_annual_nal", key), self._bounds("igp_instantaneous_nal", key)
            found = [annual and find_annual(results, annual, year, self.today)]
            found.append(maximum and find_instantaneous(results, maximum, year, self.today))
            for finding in filter(None, found):
                self._add(self.exceedances, enrollment.wdid, finding, "computed", None)
                exceeded[key].add(year)
        for key in {key for key, _ in units}:
            years = {year: results for (other, year), results in units.items() if other == key}
            annual = self._bounds("igp_annual_nal", key)
            for level in levels_in_force(min(years), exceeded[key], self.today):
                results = years.get(level.reporting_year, [])
                is_sensitive = bool(results and annual and would_exceed(results, annual))
                self.levels.add(
                    (
                        enrollment.wdid,
                        key,
                        level.reporting_year,
                        level.level,
                        level.entered_year,
                        len(results),
                        is_sensitive,
                    )
                )

    def _construction(self, enrollment):
        detail = getattr(enrollment, "construction_detail", None)
        risk = detail and detail.combined_risk
        if not cgp.is_held_to_action_levels(risk):
            return
        days = defaultdict(list)
        for one in self._stormwater(enrollment, CONSTRUCTION, {"ph", "turbidity"}, None):
            if one.problem:
                self._count("cgp", enrollment.wdid, one)
            else:
                days[one.substance.key, one.reading.day].append(one)
        for (key, day), results in days.items():
            finding = cgp.find_of_day(results, self._bounds(cgp.RULE_OF[key], key), day, self.today)
            if finding:
                order = cgp.order_of(day, enrollment.noi_processed_date)
                self._add(self.exceedances, enrollment.wdid, finding, cgp.confidence_of(risk), order)

    def _plant(self, plant):
        rows = EsmrSample.objects.filter(esmr_facility=plant, removed_by=None).select_related(
            "parameter", "unit", "report", "location", "method"
        )
        every = [
            PlantReading(
                Reading(row.pk, row.parameter.name, row.qualifier, row.result, row.unit.name if row.unit else None,
                        row.sampling_date, row.rl, row.mdl),
                str(row.location.location_place_id), row.location.location_type, row.calculated_method,
                row.sampling_time, (str(row.method_id), None), row.report.document_id, row.qa_codes,
            )
            for row in rows
        ]  # fmt: skip
        limits = list(PermitLimit.objects.filter(esmr_facility=plant).select_related("pollutant"))
        for row in current_readings(every):
            statistic = statistic_of(row.calculated_method, self.statistics)
            self._screen(plant, row, statistic)
            for limit in limits:
                self._compare(plant, row, statistic, limit)

    def _screen(self, plant, row, statistic):
        one: Any = judge(row.reading, self.vocabulary)
        rule = one and rule_of(one.substance.key, statistic)
        if not rule:
            return
        if one.problem:
            self._count("secondary_treatment", plant.place_id, one)
            return
        verdicts = judge_row(
            row, one, rule=rule, statistic=statistic, bounds=self._bounds(rule, one.substance.key), today=self.today
        )
        for found, finding in ((self.exceedances, verdicts.exceedance), (self.indeterminate, verdicts.indeterminate)):
            if finding:
                self._add(found, plant.place_id, finding, "screening, applicability unknown", None)

    def _compare(self, plant, row, statistic, limit):
        one = judge(row.reading, self.vocabulary, unit=limit.unit)
        label = self.vocabulary.units.get((row.reading.unit or "").casefold())
        is_other_kind = limit.unit != "SU" and label is not None and label.unit != limit.unit
        if one is None or one.substance.key != limit.pollutant.key or is_other_kind:
            return
        if not permit_limits.is_compared(statistic, limit.statistic) or limit.location not in {None, row.location}:
            return
        if one.problem:
            if (one.reading.id, one.problem) not in self.counted:  # once, however many limits would take it
                self.counted.add((one.reading.id, one.problem))
                self._count("permit_limit", plant.place_id, one)
            return
        bounds = Bounds(limit.low, limit.high)
        verdicts = judge_row(row, one, rule="permit_limit", statistic=limit.statistic, bounds=bounds, today=self.today)
        for found, finding in ((self.exceedances, verdicts.exceedance), (self.indeterminate, verdicts.indeterminate)):
            if finding:
                self._add(found, plant.place_id, finding, "limit as loaded", None)


def stored_findings(model) -> set[tuple[Any, ...]]:
    """The standing findings as comparable rows."""
    rows = set()
    for finding in model.objects.filter(went_at=None).select_related(
        "enrollment", "esmr_facility", "pollutant", "benchmark"
    ):
        name = finding.enrollment.wdid if finding.enrollment_id else finding.esmr_facility.place_id
        order = None
        if finding.rule.startswith("cgp"):
            order = finding.benchmark.permit.rpartition(" ")[2]
        rows.add(
            (finding.rule, name, finding.pollutant.key, finding.location, finding.reporting_year, finding.period_start,
             finding.period_end, finding.value, finding.limit_low, finding.limit_high, finding.results,
             finding.censored, finding.results_over, finding.is_lower_bound, finding.sensitivity,
             finding.is_provisional, tuple(finding.sample_ids), finding.confidence, order)
        )  # fmt: skip
    return rows


def stored_levels() -> set[tuple[Any, ...]]:
    return {
        (level.enrollment.wdid, level.pollutant.key, level.reporting_year, level.level, level.entered_year,
         level.results, level.is_sensitive)
        for level in EraLevel.objects.select_related("enrollment", "pollutant")
    }  # fmt: skip


def stored_unusable() -> dict[tuple[Any, ...], int]:
    """Numbers by reporting year."""
    counts: dict[tuple[Any, ...], int] = defaultdict(int)
    for row in UnusableResults.objects.select_related("enrollment", "esmr_facility", "pollutant"):
        name = row.enrollment.wdid if row.enrollment_id else row.esmr_facility.place_id
        counts[row.family, name, row.pollutant.key, row.reporting_year, row.reason] += row.results
    return counts


def assert_equal_to_the_rules(today: date) -> PureJudgement:
    """Hold what is stored against the pure rules."""
    pure = PureJudgement(today)
    for found, expected in (
        (stored_findings(Exceedance), pure.exceedances),
        (stored_findings(Indeterminate), pure.indeterminate),
        (stored_levels(), pure.levels),
        (set(stored_unusable().items()), set(pure.unusable.items())),
    ):
        assert found == expected, f"stored and not expected: {found - expected}, expected: {expected - found}"
    return pure


def number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
