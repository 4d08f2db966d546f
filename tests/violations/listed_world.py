"""Records that the unified list is made of, and what the list and its sums should be, worked out row by row."""

import uuid
from collections import defaultdict
from datetime import date
from itertools import count
from typing import Any

from django.db.models import Max
from django.utils import timezone

from enforcement.models import EnforcementAction, Inspection
from facilities.models import EsmrFacility, Facility, SmartsEnrollment
from tests.violations.stored_world import StoredWorld
from violations.models import (
    Benchmark,
    Computation,
    DuplicatePair,
    EraLevel,
    Exceedance,
    FacilitySummary,
    FindingCount,
    InferredEnforcementLink,
    Pollutant,
    RegulatoryViolation,
    UnifiedFinding,
)
from violations.rules.duplicates import Pair, compare, read_mention
from violations.rules.enforcement_links import ActionFacts, ViolationFacts, infer_links
from violations.rules.reporting_year import reporting_year
from violations.rules.vocabulary import LEVELS

BOARD, ESMR, SMARTS = "SMARTS_REGULATORY", "ESMR_COMPUTED", "SMARTS_COMPUTED"


class ListedWorld(StoredWorld):
    """Makes records as syncs and computations leave them."""

    def __init__(self) -> None:
        super().__init__()
        self.pollutants = {pollutant.key: pollutant for pollutant in Pollutant.objects.all()}
        self.ids = count(1)

    def facility(self, **more: Any) -> Facility:
        return Facility.objects.create(public_id=f"fac-a{next(self.ids)}", **more)

    def violation(
        self, enrollment: SmartsEnrollment | None, day: date | None = date(2024, 2, 1), **more: Any
    ) -> RegulatoryViolation:
        values = {
            "violation_id": str(870_000 + next(self.ids)), "wdid": enrollment.wdid if enrollment else None,
            "occurrence_date": day, "status": "Violation", "violation_type": "Late Report", "permit_type": "Industrial",
        }  # fmt: skip
        return RegulatoryViolation.objects.create(**self._record(), enrollment=enrollment, **(values | more))

    def exceedance(
        self, enrollment: SmartsEnrollment | None = None, plant: EsmrFacility | None = None, *,
        rule: str | None = None, pollutant: str = "zinc", start: date = date(2023, 7, 1), end: date | None = None,
        **more: Any,
    ) -> Exceedance:  # fmt: skip
        now = timezone.now()
        rule = rule or ("igp_annual_nal" if enrollment else "secondary_treatment_ph")
        benchmark = Benchmark.objects.filter(rule=rule, pollutant__key=pollutant).first()
        values: dict[str, Any] = {
            "public_id": f"exc-{uuid.uuid4().hex[:20]}", "rule": rule, "rule_version": 1, "enrollment": enrollment,
            "esmr_facility": plant, "pollutant": self.pollutants[pollutant], "reporting_year": reporting_year(start),
            "period_start": start, "period_end": end or date(start.year + 1, 6, 30), "value": 1, "limit_high": 0.26,
            "unit": "mg/L", "benchmark": benchmark, "results": 4, "censored": 0, "is_lower_bound": False,
            "sensitivity": "unchanged", "is_provisional": False, "confidence": "computed", "sample_ids": [],
            "inputs_hash": uuid.uuid4(), "appeared_at": now, "changed_at": now,
        }  # fmt: skip
        return Exceedance.objects.create(**(values | more))

    def inspection(self, enrollment: SmartsEnrollment | None, day: date | None = date(2024, 3, 1), **more: Any) -> Any:
        values = {"inspection_id": str(2_000_000 + next(self.ids)), "inspection_date": day, "purpose": "Complaint"}
        return Inspection.objects.create(**self._record(), enrollment=enrollment, **(values | more))

    def action(self, enrollment: SmartsEnrollment | None, day: date | None = date(2024, 4, 1), **more: Any) -> Any:
        values = {
            "enforcement_id": str(400_000 + next(self.ids)), "issuance_date": day, "status": "Active",
            "enforcement_type": "Notice of Violation",
        }  # fmt: skip
        return EnforcementAction.objects.create(**self._record(), enrollment=enrollment, **(values | more))

    def level(self, enrollment: SmartsEnrollment, level: str, year: int, pollutant: str = "zinc") -> EraLevel:
        return EraLevel.objects.create(
            enrollment=enrollment, pollutant=self.pollutants[pollutant], reporting_year=year, level=level, results=1,
            censored=0, is_exceeded=False, is_sensitive=False,
        )  # fmt: skip

    def computed_as_of(self, day: date) -> None:
        now = timezone.now()
        Computation.objects.create(
            started_at=now, finished_at=now, as_of=day, is_full=True, marks={}, fingerprint=uuid.uuid4(), appeared=0,
            changed=0, went=0,
        )  # fmt: skip

    def _record(self) -> dict[str, Any]:
        now = timezone.now()
        run = self.resources.setdefault("run", self.publish("smarts_violations"))  # type: ignore[arg-type]
        return {
            "run": run, "line": next(self.numbers), "content_hash": uuid.uuid4(), "first_seen_at": now,
            "changed_at": now,
        }  # fmt: skip


def expected_rows() -> dict[str, dict[str, Any]]:
    """The list by public id: where, what and when."""
    rows = {}
    for violation in RegulatoryViolation.objects.filter(removed_by=None).select_related("enrollment__facility"):
        enrollment = violation.enrollment
        facility = enrollment and enrollment.facility
        day = violation.occurrence_date
        rows[f"smarts-{violation.violation_id}"] = {
            "source": BOARD, "facility_id": facility and facility.pk, "enrollment_id": enrollment and enrollment.pk,
            "esmr_facility_id": None, "type": violation.violation_type, "pollutant_id": None,
            "status": violation.status, "event_date": day, "reporting_year": day and reporting_year(day),
            "county_id": (enrollment and enrollment.county_id) or (facility and facility.county_id),
            "region_id": violation.region_id or (enrollment and enrollment.region_id)
            or (facility and facility.region_id),
            "priority": violation.priority, "is_serious": violation.is_serious, "is_provisional": None,
        }  # fmt: skip
    for finding in Exceedance.objects.filter(went_at=None).select_related(
        "enrollment__facility", "esmr_facility__facility"
    ):
        member: Any = finding.enrollment or finding.esmr_facility
        facility = member.facility
        rows[finding.public_id] = {
            "source": SMARTS if finding.enrollment_id else ESMR, "facility_id": facility and facility.pk,
            "enrollment_id": finding.enrollment_id, "esmr_facility_id": finding.esmr_facility_id, "type": finding.rule,
            "pollutant_id": finding.pollutant_id,
            "status": "Exceedance dismissed" if finding.is_dismissed else "Exceedance",
            "event_date": finding.period_end, "reporting_year": finding.reporting_year,
            "county_id": getattr(member, "county_id", None) or (facility and facility.county_id),
            "region_id": member.region_id or (facility and facility.region_id), "priority": None,
            "is_serious": finding.is_serious, "is_provisional": finding.is_provisional,
        }  # fmt: skip
    return rows


def expected_counts() -> dict[tuple[Any, ...], tuple[int, int]]:
    """Findings and serious ones by kind, place and month."""
    cells: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0])

    def add(source, kind, status, county, region, year, day, *, is_serious=False):
        cell = cells[source, kind, status, county, region, year, day and day.replace(day=1)]
        cell[0] += 1
        cell[1] += bool(is_serious)

    for row in expected_rows().values():
        add(
            row["source"], row["type"], row["status"], row["county_id"], row["region_id"], row["reporting_year"],
            row["event_date"], is_serious=row["is_serious"],
        )  # fmt: skip
    for model, source, kind, day in (
        (EnforcementAction, "ENFORCEMENT", "enforcement_type", "issuance_date"),
        (Inspection, "INSPECTION", "purpose", "inspection_date"),
    ):
        for event in model.objects.filter(removed_by=None).select_related("enrollment__facility"):
            enrollment = event.enrollment
            facility = enrollment and enrollment.facility
            county = (enrollment and enrollment.county_id) or (facility and facility.county_id)
            region = event.region_id or (enrollment and enrollment.region_id) or (facility and facility.region_id)
            date_of_it = getattr(event, day)
            year = date_of_it and reporting_year(date_of_it)
            add(source, getattr(event, kind), event.status, county, region, year, date_of_it)
    return {cell: (numbers[0], numbers[1]) for cell, numbers in cells.items()}


def expected_summaries() -> dict[int, dict[str, Any]]:
    """The summary of every facility with members."""
    listed = list(expected_rows().values())
    latest = Computation.objects.first()
    year = reporting_year(latest.as_of) if latest else -1
    summaries = {}
    for facility in Facility.objects.all():
        enrollments = list(facility.enrollments.all())
        if not enrollments and not facility.esmr_facilities.exists():
            continue
        rows = [row for row in listed if row["facility_id"] == facility.pk]
        board = [row for row in rows if row["source"] == BOARD]
        lasting = [row for row in board if row["status"] != "Dismissed"]
        stands = [row for row in rows if row["status"] == "Exceedance" and row["source"] != BOARD]
        levels = EraLevel.objects.filter(enrollment__in=enrollments, reporting_year=year).values_list(
            "level", flat=True
        )
        inspections = Inspection.objects.filter(enrollment__in=enrollments, removed_by=None)
        actions = EnforcementAction.objects.filter(enrollment__in=enrollments, removed_by=None)
        by_status = {status: sum(row["status"] == status for row in board) for status in
                     ("Violation", "Potential", "Dismissed")}  # fmt: skip
        summaries[facility.pk] = {
            "violations_on_record": by_status["Violation"],
            "violations_potential": by_status["Potential"],
            "violations_dismissed": by_status["Dismissed"],
            "violations_other": len(board) - sum(by_status.values()),
            "violations_serious": sum(bool(row["is_serious"]) for row in lasting),
            "latest_violation_date": max((row["event_date"] for row in lasting if row["event_date"]), default=None),
            "exceedances_esmr": sum(row["source"] == ESMR for row in stands),
            "exceedances_smarts": sum(row["source"] == SMARTS for row in stands),
            "exceedances_provisional": sum(row["is_provisional"] for row in stands),
            "exceedances_serious": sum(bool(row["is_serious"]) for row in stands),
            "exceedances_dismissed": sum(row["status"] == "Exceedance dismissed" for row in rows),
            "latest_exceedance_date": max((row["event_date"] for row in stands), default=None),
            "worst_era_level": max(levels, key=LEVELS.index, default=None),
            "inspections": inspections.count(),
            "last_inspection_date": inspections.aggregate(day=Max("inspection_date"))["day"],
            "enforcement_actions": actions.count(),
            "enforcement_active": actions.filter(status__iexact="active").count(),
            "last_enforcement_date": actions.aggregate(day=Max("issuance_date"))["day"],
        }
    return summaries


def expected_pairs() -> dict[tuple[int, int], float]:
    """The pairs that the rules propose, of all violations with all exceedances of their facility."""
    pairs = {}
    findings: list[Any] = list(
        Exceedance.objects.filter(went_at=None).select_related("pollutant", "enrollment", "esmr_facility")
    )
    for violation in RegulatoryViolation.objects.filter(
        removed_by=None, enrollment__facility__isnull=False
    ).select_related("enrollment"):
        if violation.occurrence_date is None:
            continue
        mention = read_mention(violation.violation_type, violation.description, violation.memo)
        for finding in findings:
            member = finding.enrollment or finding.esmr_facility
            if member.facility_id != violation.enrollment.facility_id:
                continue
            is_same = violation.enrollment_id == finding.enrollment_id
            days = (violation.occurrence_date, finding.pollutant.key, finding.period_start, finding.period_end)
            if likeness := compare(Pair(mention, *days, is_same)):
                pairs[violation.pk, finding.pk] = likeness.score
    return pairs


def expected_links() -> dict[tuple[int, int], float]:
    """The links that the rules infer, of every action with all violations of its enrollment."""
    links: dict[tuple[int, int], float] = {}
    for action in EnforcementAction.objects.filter(removed_by=None, enrollment__isnull=False):
        if action.issuance_date is None:
            continue
        facts = ActionFacts(action.issuance_date, action.enforcement_type, action.violation_count)
        violations = [
            ViolationFacts(one.pk, known, one.status, one.linked_enforcement_action)
            for one in RegulatoryViolation.objects.filter(removed_by=None, enrollment=action.enrollment_id)
            if (known := one.discovery_date or one.occurrence_date)
        ]
        links |= {(action.pk, link.violation_id): link.score for link in infer_links(facts, violations)}
    return links


def assert_in_line() -> None:
    """Hold the list, the counts, the summaries, the pairs and the links against what the records say."""
    expected = expected_rows()
    names = list(next(iter(expected.values()), {}))
    stored = {row.pop("public_id"): row for row in UnifiedFinding.objects.values("public_id", *names)}
    assert stored == expected
    cell = ("source", "type", "status", "county_id", "region_id", "reporting_year", "month")
    counts = {row[:-2]: row[-2:] for row in FindingCount.objects.values_list(*cell, "findings", "serious")}
    assert counts == expected_counts(), set(counts.items()) ^ set(expected_counts().items())
    summaries: dict[int, dict[str, Any]] = {row["facility_id"]: dict(row) for row in FacilitySummary.objects.values()}
    kept = {pk: {name: row[name] for name in row if name not in {"facility_id", "changed_at"}}
            for pk, row in summaries.items()}  # fmt: skip
    assert kept == expected_summaries()
    pairs = DuplicatePair.objects.filter(is_proposed=True).values_list("violation_id", "exceedance_id", "score")
    assert {(violation, exceedance): score for violation, exceedance, score in pairs} == expected_pairs()
    links = InferredEnforcementLink.objects.values_list("enforcement_action_id", "violation_id", "score")
    assert {(action, violation): score for action, violation, score in links} == expected_links()
