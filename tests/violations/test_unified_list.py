"""The unified list and its sums: what is listed, where and when, and that only what differs is written."""

import threading
from collections import Counter, defaultdict
from datetime import date

import pytest
from django.db import connection, connections, transaction
from django.db.models import Q
from django.utils import timezone

from facilities.models import EsmrFacility, Facility, SmartsEnrollment
from stormwater.api.families import Family
from stormwater.api.selectors import get_data_versions
from stormwater.errors import UserError
from tests.violations.listed_world import ListedWorld, assert_in_line
from violations.models import (
    Exceedance,
    FacilitySummary,
    FindingCount,
    RegulatoryViolation,
    StaleRecord,
    UnifiedFinding,
)
from violations.refreshing import scope
from violations.refreshing.refresh import is_refresh_due, refresh_violations
from violations.selectors.sums import GROUPINGS, add_up_by_each, add_up_findings
from violations.selectors.unified import (
    about_pollutant,
    at_facility,
    list_unified_findings,
    overlaps_period,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    StaleRecord.objects.all().delete()
    return ListedWorld()


@pytest.fixture
def enrollment(world):
    return world.enrollment("4 19I000001", facility=world.facility(county_id=19, region_id="4"))


def row_of(record):
    return UnifiedFinding.objects.get(
        **{"violation" if isinstance(record, RegulatoryViolation) else "exceedance": record}
    )


class TestRows:
    def test_a_record_and_a_finding_are_rows_of_one_list_that_says_who_says_so(self, world, enrollment):
        plant = world.plant(501)
        EsmrFacility.objects.filter(pk=plant.pk).update(facility=world.facility())
        world.violation(enrollment, date(2024, 2, 1), violation_id="800001")
        world.exceedance(enrollment, public_id="exc-a")
        world.exceedance(plant=plant, public_id="exc-b", pollutant="ph", start=date(2024, 1, 9), end=date(2024, 1, 9))
        refresh_violations()
        rows = list_unified_findings().order_by("public_id").values_list("public_id", "source", "event_date", "type")
        assert list(rows) == [
            ("exc-a", "SMARTS_COMPUTED", date(2024, 6, 30), "igp_annual_nal"),
            ("exc-b", "ESMR_COMPUTED", date(2024, 1, 9), "secondary_treatment_ph"),
            ("smarts-800001", "SMARTS_REGULATORY", date(2024, 2, 1), "Late Report"),
        ]
        assert row_of(Exceedance.objects.get(public_id="exc-a")).permit.startswith(
            "Industrial General Permit, Order 2014"
        )

    def test_an_orphan_is_listed_and_keeps_its_row_when_it_finds_its_enrollment(self, world, enrollment):
        violation = world.violation(None)
        refresh_violations()
        before = row_of(violation)
        assert (before.facility_id, before.county_id) == (None, None)
        RegulatoryViolation.objects.update(enrollment=enrollment)
        refresh_violations()
        after = row_of(violation)
        assert (after.pk, after.public_id) == (before.pk, before.public_id)
        assert (after.facility_id, after.county_id) == (enrollment.facility_id, 19)

    def test_a_record_that_moves_between_enrollments_is_one_row_of_the_new_one(self, world, enrollment):
        violation, other = world.violation(enrollment), world.enrollment("4 19I000002", facility=world.facility())
        refresh_violations()
        RegulatoryViolation.objects.update(enrollment=other)
        refresh_violations()
        assert row_of(violation).facility_id == other.facility_id
        assert_in_line()

    def test_what_is_withdrawn_leaves_the_list_and_comes_back_under_its_id(self, world, enrollment):
        violation, finding = world.violation(enrollment), world.exceedance(enrollment)
        refresh_violations()
        ids = set(UnifiedFinding.objects.values_list("public_id", flat=True))
        RegulatoryViolation.objects.update(removed_by=violation.run)
        Exceedance.objects.update(went_at=timezone.now())
        result = refresh_violations()
        assert (result.rows.went, UnifiedFinding.objects.count(), FindingCount.objects.count()) == (2, 0, 0)
        RegulatoryViolation.objects.update(removed_by=None)
        Exceedance.objects.filter(pk=finding.pk).update(went_at=None)
        refresh_violations()
        assert set(UnifiedFinding.objects.values_list("public_id", flat=True)) == ids

    def test_a_finding_of_an_open_year_is_dated_by_its_latest_result(self, world, enrollment):
        run = world.publish("smarts_industrial_monitoring")
        samples = [
            world.stormwater(run, enrollment, "Zinc, Total", 1, day=date(2023, month, 3)).pk for month in (10, 12, 11)
        ]
        finding = world.exceedance(enrollment, is_provisional=True, sample_ids=samples)
        refresh_violations()
        assert row_of(finding).event_date == date(2023, 12, 3)
        Exceedance.objects.update(is_provisional=False)
        refresh_violations()
        assert row_of(finding).event_date == date(2024, 6, 30)

    def test_a_dismissed_finding_stays_and_stands_again_with_other_inputs(self, world, enrollment):
        finding = world.exceedance(enrollment)
        Exceedance.objects.update(dismissed_at=timezone.now(), dismissed_inputs_hash=finding.inputs_hash)
        refresh_violations()
        assert row_of(finding).status == "Exceedance dismissed"
        Exceedance.objects.update(inputs_hash="00000000-0000-0000-0000-000000000001")
        refresh_violations()
        assert row_of(finding).status == "Exceedance"

    def test_an_odd_violation_id_makes_an_id_that_fits_an_address(self, world, enrollment):
        violation = world.violation(enrollment, violation_id="V 1/2")
        refresh_violations()
        assert row_of(violation).public_id.startswith("smarts-x")
        assert row_of(violation).public_id.replace("-", "").isalnum()


class TestFacilities:
    def test_a_facility_that_was_merged_away_has_no_rows_and_no_summary(self, world, enrollment):
        other = world.enrollment("4 19I000002", facility=world.facility(county_id=1))
        world.violation(other)
        world.exceedance(enrollment)
        refresh_violations()
        gone, survivor = other.facility, enrollment.facility
        SmartsEnrollment.objects.filter(pk=other.pk).update(facility=survivor)
        gone.merged_into = survivor
        gone.save()
        refresh_violations()
        assert set(UnifiedFinding.objects.values_list("facility", flat=True)) == {survivor.pk}
        assert not FacilitySummary.objects.filter(pk=gone.pk).exists()
        summary = FacilitySummary.objects.get(pk=survivor.pk)
        assert (summary.violations_on_record, summary.exceedances_smarts) == (1, 1)
        assert_in_line()

    def test_a_facility_without_anything_has_a_summary_of_zeros(self, world, enrollment):
        refresh_violations()
        summary = FacilitySummary.objects.get()
        assert (summary.facility_id, summary.violations_on_record, summary.worst_era_level) == (
            enrollment.facility_id, 0, None,
        )  # fmt: skip

    def test_the_worst_level_is_that_of_the_current_year(self, world, enrollment):
        world.level(enrollment, "level_2", 2022)
        world.level(enrollment, "level_1", 2023)
        world.level(enrollment, "baseline", 2023, "lead")
        world.computed_as_of(date(2024, 5, 1))
        refresh_violations()
        assert FacilitySummary.objects.get().worst_era_level == "level_1"

    def test_an_inspection_goes_with_its_facility_to_another_region(self, world):
        home = world.facility(region_id="4")
        world.inspection(world.enrollment("4 19I000002", facility=home))
        refresh_violations()

        Facility.objects.filter(pk=home.pk).update(region_id="5F")
        refresh_violations()

        assert list(FindingCount.objects.values_list("source", "region_id", "findings")) == [("INSPECTION", "5F", 1)]

    def test_orphans_count_in_the_totals_and_under_no_county(self, world):
        world.violation(None, is_serious=True)
        refresh_violations()
        assert add_up_findings(by=["county", "year"]) == [{"county": None, "year": 2024, "findings": 1, "serious": 1}]


class TestWriting:
    def test_a_refresh_without_changes_writes_nothing_and_makes_no_answer_stale(self, world, enrollment):
        world.violation(enrollment)
        world.exceedance(enrollment)
        world.inspection(enrollment)
        assert refresh_violations().has_written
        before, version = tuples(), get_data_versions([Family.VIOLATIONS])
        RegulatoryViolation.objects.update(memo="something that no list shows")
        assert is_refresh_due()
        for is_full in (False, True):
            assert not refresh_violations(is_full=is_full).has_written
        assert not is_refresh_due()
        assert (tuples(), get_data_versions([Family.VIOLATIONS])) == (before, version)

    def test_a_change_writes_the_rows_of_its_facility_and_no_others(self, world, enrollment):
        other = world.enrollment("4 19I000002", facility=world.facility())
        world.violation(other)
        violation = world.violation(enrollment)
        refresh_violations()
        RegulatoryViolation.objects.filter(pk=violation.pk).update(status="Dismissed")
        result = refresh_violations()
        assert (result.rows.changed, result.rows.appeared, result.summaries, result.cells) == (1, 0, 1, 2)

    def test_it_raises_the_version_of_the_violations(self, world, enrollment):
        version = get_data_versions([Family.VIOLATIONS])
        world.violation(enrollment)
        refresh_violations()
        assert get_data_versions([Family.VIOLATIONS]) != version


class TestNotes:
    def test_many_moves_after_a_single_one_are_noted_without_a_loop_over_all_pairs(self, world, enrollment):
        """A function keeps the plan of its first call: made for one row, a join of old and new rows was a loop."""
        with connection.cursor() as cursor:
            cursor.execute("""
                INSERT INTO facilities_smartsenrollment
                    (program, app_id, run_id, line, content_hash, first_seen_at, changed_at)
                SELECT program, 'many ' || number, run_id, line, content_hash, first_seen_at, changed_at
                FROM facilities_smartsenrollment, generate_series(1, 12000) number
            """)
            StaleRecord.objects.all().delete()
            SmartsEnrollment.objects.filter(pk=enrollment.pk).update(county_id=1)
            cursor.execute("SET LOCAL statement_timeout = '8s'")
            SmartsEnrollment.objects.filter(app_id__startswith="many").update(facility=enrollment.facility)
        kinds = Counter(StaleRecord.objects.values_list("kind", flat=True))
        assert kinds == {"enrollment": 12001, "facility": 2, "events": 2}


def counted(by, condition):
    """The kept numbers that meet the condition, added up one by one."""
    numbers: dict[tuple[object, ...], list[int]] = defaultdict(lambda: [0, 0])
    for cell in FindingCount.objects.filter(condition).select_related("county"):
        values = {
            **{name: getattr(cell, name) for name in ("source", "type", "status", "reporting_year")},
            "county": cell.county and cell.county.name,
            "region": cell.region_id,
            "year": cell.month and cell.month.year,
            "month": cell.month and cell.month.month,
        }
        number = numbers[tuple(values[name] for name in by)]
        number[0] += cell.findings
        number[1] += cell.serious
    return numbers


def as_counted(rows, by):
    return {tuple(row[name] for name in by): [row["findings"], row["serious"]] for row in rows}


class TestReading:
    def test_filters_find_a_facility_a_pollutant_and_a_period(self, world, enrollment):
        annual = world.exceedance(enrollment, start=date(2023, 7, 1))
        day = world.exceedance(enrollment, pollutant="ph", start=date(2024, 7, 2), end=date(2024, 7, 2))
        refresh_violations()
        rows = list_unified_findings()
        assert list(rows.filter(at_facility(enrollment.facility.public_id), about_pollutant("ph"))) == [row_of(day)]
        assert not rows.filter(at_facility("fac-none")).exists()
        assert list(rows.filter(overlaps_period(first=date(2024, 1, 1), last=date(2024, 2, 1)))) == [row_of(annual)]
        assert not rows.filter(overlaps_period(first=date(2024, 7, 3))).exists()

    def test_numbers_are_added_up_by_what_is_asked(self, world, enrollment):
        for day in (date(2024, 1, 3), date(2024, 1, 9), date(2023, 12, 9)):
            world.violation(enrollment, day, is_serious=day.day == 3)
        refresh_violations()
        assert add_up_findings(by=["year", "month"]) == [
            {"year": 2024, "month": 1, "findings": 2, "serious": 1},
            {"year": 2023, "month": 12, "findings": 1, "serious": 0},
        ]
        assert add_up_findings(by=["county", "reporting_year"]) == [
            {"county": "Los Angeles", "reporting_year": 2023, "findings": 3, "serious": 1}
        ]

    def test_several_groupings_at_once_are_the_kept_numbers_added_up_by_each(self, world, enrollment):
        other = world.enrollment("5S34I000002", facility=world.facility(county_id=34, region_id="5S"))
        for day in (date(2024, 1, 3), date(2024, 7, 9), None):
            world.violation(enrollment, day, is_serious=True)
            world.violation(other, day, status=None, violation_type=None)
            world.action(other, day)
            world.inspection(enrollment, day)
        world.violation(None)
        world.exceedance(enrollment)
        refresh_violations()
        groupings = {name: ("source", name) for name in GROUPINGS if name != "source"} | {
            "source": ("source",),
            "months": ("source", "year", "month"),
            "places": ("county", "region"),
            "across": ("year", "county", "status"),
        }
        for condition in (Q(), Q(county=34), Q(month__gte=date(2024, 2, 1)), Q(source__in=[])):
            found = add_up_by_each(groupings, condition=condition)
            for name, by in groupings.items():
                assert as_counted(found[name], by) == counted(by, condition), (name, condition)

    def test_equal_numbers_are_in_the_order_of_what_they_are_by_nulls_last(self, world, enrollment):
        for status in ("Violation", None, "Dismissed", "Potential", "Potential"):
            world.violation(enrollment, status=status)
        refresh_violations()
        assert [row["status"] for row in add_up_findings(by=["source", "status"])] == [
            "Potential",
            "Dismissed",
            "Violation",
            None,
        ]

    def test_an_unknown_grouping_is_named(self):
        with pytest.raises(UserError, match="not counted by colour"):
            add_up_findings(by=["colour"])


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_committed_while_a_refresh_runs_is_the_next_ones(world):
    """Its note is not seen, and so not taken either."""
    enrollment = world.enrollment("4 19I000001", facility=world.facility())
    refresh_violations()
    is_written, may_commit = threading.Event(), threading.Event()

    def write():
        try:
            with transaction.atomic():
                world.violation(enrollment)
                is_written.set()
                may_commit.wait(20)
        finally:
            connections.close_all()

    writer = threading.Thread(target=write)
    writer.start()
    assert is_written.wait(20)
    assert not refresh_violations().has_written
    may_commit.set()
    writer.join()
    assert refresh_violations().rows.appeared == 1
    assert_in_line()


def tuples():
    """Where the rows lie: any write moves one."""
    with connection.cursor() as cursor:
        found = {}
        for model in (UnifiedFinding, FindingCount, FacilitySummary):
            cursor.execute(f"SELECT ctid, xmin FROM {model._meta.db_table} ORDER BY 1")
            found[model] = cursor.fetchall()
    return found


def test_where_most_dischargers_have_changed_everything_is_refreshed(world, monkeypatch):
    monkeypatch.setattr(scope, "MANY", 3)
    for number in range(4):
        enrollment = world.enrollment(f"4 19I00000{number}", facility=world.facility(county_id=19))
        world.violation(enrollment, violation_id=f"80000{number}")
    assert refresh_violations().is_full
    assert_in_line()
    RegulatoryViolation.objects.filter(violation_id="800002").update(status="Dismissed")
    assert not refresh_violations().is_full
    assert_in_line()
