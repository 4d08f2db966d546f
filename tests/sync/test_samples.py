"""Monitoring rows have no key: the content of a row is its identity, within its resource."""

from typing import Any

import pytest

from facilities.models import EsmrFacility, Facility
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
from sync.models import DataQualityIssue, RecordChange

pytestmark = pytest.mark.django_db

INDUSTRIAL, CONSTRUCTION = "smarts_industrial_monitoring", "smarts_construction_monitoring"
KINDS: dict[str, Any] = {
    INDUSTRIAL: (SmartsSample, "RESULT", "SAMPLE_DATE", "PARAMETER"),
    CONSTRUCTION: (SmartsSample, "RESULT", "SAMPLE_DATE", "PARAMETER"),
    "esmr:2023": (EsmrSample, "result", "sampling_date", "parameter"),
}


def published(model):
    return model.objects.filter(removed_by__isnull=True)


@pytest.mark.parametrize("resource", KINDS)
class TestIdentity:
    def rows(self, resource, *results):
        return [{KINDS[resource][1]: str(result)} for result in results]

    def test_exact_repeats_are_stored_once_with_their_count(self, publisher, resource):
        model = KINDS[resource][0]

        result = publisher.load(resource, *self.rows(resource, 1, 2, 1, 1))

        assert (result.read, result.inserted, result.duplicate) == (4, 2, 2)
        assert dict(model.objects.values_list("result", "copies")) == {1: 3, 2: 1}
        assert model.objects.get(result=1).line == 2  # the first of them

    def test_rows_that_write_one_value_in_two_ways_are_repeats(self, publisher, resource):
        model, _, date, _ = KINDS[resource]

        rows = [*self.rows(resource, "1.5", "1.50", " 1.5 "), {KINDS[resource][1]: "15e-1", date: "12/20/2023"}]
        rows = [row | {date: row.get(date, "2023-12-20")} for row in rows]
        result = publisher.load(resource, *rows)

        assert (result.inserted, result.duplicate) == (1, 3)
        assert model.objects.get().copies == 4

    def test_a_correction_is_one_row_removed_and_one_added(self, publisher, resource):
        model = KINDS[resource][0]
        publisher.load(resource, *self.rows(resource, *range(10)))

        result = publisher.load(resource, *self.rows(resource, *range(9), 99))

        assert (result.inserted, result.removed, result.unchanged, result.updated) == (1, 1, 9, 0)
        old, new = model.objects.get(result=9), model.objects.get(result=99)
        assert (old.removed_by_id, new.removed_by_id) == (result.run, None)
        assert (new.run_id, new.line) == (result.run, 11)
        assert published(model).count() == 10

    def test_a_row_that_vanishes_and_returns_is_the_same_row_and_counts_as_updated(self, publisher, resource, run_of):
        model = KINDS[resource][0]
        first = publisher.load(resource, *self.rows(resource, *range(10)))
        pk = model.objects.get(result=9).pk
        gone = publisher.load(resource, *self.rows(resource, *range(9)))
        assert (gone.removed, gone.unchanged) == (1, 9)

        back = publisher.load(resource, *self.rows(resource, 9, *range(9)))

        assert (back.updated, back.unchanged, back.inserted) == (1, 9, 0)
        assert run_of(back).returned == 1
        row = model.objects.get(result=9)
        assert (row.pk, row.removed_by_id, row.run_id, row.line) == (pk, None, back.run, 2)
        assert model.objects.filter(run_id=first.run).count() == 9
        assert not RecordChange.objects.exists()  # of keyed records only

    def test_another_number_of_copies_counts_as_updated(self, publisher, resource, run_of):
        model = KINDS[resource][0]
        publisher.load(resource, *self.rows(resource, *range(10)))

        result = publisher.load(resource, *self.rows(resource, *range(10), 3))

        assert (result.updated, result.unchanged, result.duplicate) == (1, 9, 1)
        assert run_of(result).returned == 0
        assert model.objects.get(result=3).copies == 2

    def test_another_order_of_the_file_changes_nothing(self, publisher, resource):
        model = KINDS[resource][0]
        publisher.load(resource, *self.rows(resource, 1, 2, 3, 3))
        before = list(model.objects.order_by("pk").values())

        result = publisher.load(resource, *self.rows(resource, 3, 2, 3, 1))

        assert (result.unchanged, result.updated, result.duplicate) == (3, 0, 1)
        assert list(model.objects.order_by("pk").values()) == before

    def test_rows_that_differ_only_in_an_unreadable_cell_are_two(self, publisher, resource):
        model, name, date, _ = KINDS[resource]

        result = publisher.load(
            resource,
            {name: "lost"},
            {name: "broken"},
            {name: "NaN"},
            {date: "31 February"},
            {date: "30 February"},
            {name: "lost"},
        )

        assert (result.inserted, result.duplicate) == (5, 1)
        assert model.objects.filter(result__isnull=True).count() == 3
        assert publisher.sync(resource, force=True).unchanged == 5

    @pytest.mark.parametrize("group", [0, 1])
    def test_a_row_without_ids_or_parameter_is_quarantined(self, publisher, resource, group):
        name = KINDS[resource][3]
        ids = {"APP_ID": "NA", "WDID": "NA"} if "smarts" in resource else {"facility_place_id": "NaN"}

        result = publisher.load(resource, {}, ids if group == 0 else {name: "NA"})

        assert (result.inserted, result.quarantined) == (1, 1)


class TestSharedTables:
    def test_parameters_units_and_methods_are_shared_by_both_systems(self, publisher):
        publisher.load(INDUSTRIAL, {"PARAMETER": "Copper, Total", "UNITS": "ug/L"})
        publisher.load(CONSTRUCTION, {})
        publisher.load("esmr:2023", {"analytical_method": "NA"})

        assert sorted(Parameter.objects.values_list("name", flat=True)) == ["Copper, Total", "Turbidity"]
        assert sorted(Unit.objects.values_list("name", flat=True)) == ["NTU", "ug/L"]
        assert list(Method.objects.values_list("code", "name")) == [("E200.8", None)]

    def test_spellings_are_kept_apart(self, publisher):
        publisher.load(INDUSTRIAL, {"PARAMETER": "pH"}, {"PARAMETER": "PH"}, {"PARAMETER": "ph "})

        assert sorted(Parameter.objects.values_list("name", flat=True)) == ["PH", "pH", "ph"]

    def test_a_sample_without_unit_method_or_location_name_is_kept(self, publisher):
        nothing = {"UNITS": "NA", "ANALYTICAL_METHOD": "NA", "MONITORING_LOCATION_NAME": "NA", "REPORT_ID": "NA"}
        publisher.load(INDUSTRIAL, nothing)

        sample = SmartsSample.objects.get()
        assert (sample.unit, sample.method, sample.location.name, sample.report.report_id) == (None, None, None, None)

    def test_one_report_and_one_location_serve_many_samples(self, publisher):
        publisher.load(INDUSTRIAL, *({"RESULT": str(number)} for number in range(5)))

        assert SmartsReport.objects.count() == 1
        assert SmartsLocation.objects.get().samples.count() == 5

    def test_two_descriptions_of_one_outfall_are_two_locations(self, publisher):
        publisher.load(INDUSTRIAL, {}, {"MONITOR_LOCATION_DESCRIPTION": "East gate, moved"})

        assert SmartsLocation.objects.count() == 2
        assert SmartsReport.objects.count() == 1

    def test_two_enrollments_never_share_a_location(self, publisher):
        publisher.load(INDUSTRIAL, {}, {"WDID": "8 33I000001"})

        assert SmartsLocation.objects.count() == 2

    def test_a_report_that_was_certified_again_is_another_row(self, publisher):
        publisher.load(INDUSTRIAL, {}, {"CERTIFIED_DATE": "2024-02-01"})

        assert list(SmartsReport.objects.values_list("report_id", flat=True)) == ["700001", "700001"]

    def test_industrial_and_construction_samples_are_independent(self, publisher):
        publisher.load(INDUSTRIAL, *({"RESULT": str(number)} for number in range(3)))
        result = publisher.load(CONSTRUCTION, *({"RESULT": str(number)} for number in range(3)))

        assert (result.inserted, result.removed) == (3, 0)
        assert published(SmartsSample).count() == 6


class TestOrphans:
    """Samples of a facility that is in no facility file are kept, and linked when it appears."""

    def test_reports_locations_and_samples_are_linked_when_their_facility_appears(self, publisher):
        publisher.load(INDUSTRIAL, {}, {"RESULT": "2"}, {"WDID": "8 33I000001", "APP_ID": "9"})
        for model in (SmartsReport, SmartsLocation, SmartsSample):
            assert not model.objects.filter(enrollment__isnull=False).exists()
        assert SmartsReport.objects.filter(wdid="4 19I020001", app_id="400001").exists()

        publisher.load("smarts_industrial_facilities", {})

        assert SmartsReport.objects.filter(enrollment__app_id="400001").count() == 1
        assert SmartsLocation.objects.filter(enrollment__app_id="400001").count() == 1
        assert SmartsSample.objects.filter(enrollment__app_id="400001").count() == 2
        assert SmartsSample.objects.filter(enrollment__isnull=True).count() == 1

    def test_they_are_linked_at_once_if_the_facility_is_there(self, publisher):
        publisher.load("smarts_industrial_facilities", {})
        publisher.load(INDUSTRIAL, {})

        sample = SmartsSample.objects.get()
        assert sample.enrollment_id is not None
        assert sample.enrollment_id == sample.report.enrollment_id == sample.location.enrollment_id

    def test_linking_does_not_make_a_sample_another_one(self, publisher):
        publisher.load(INDUSTRIAL, {})
        publisher.load("smarts_industrial_facilities", {})

        forced = publisher.sync(INDUSTRIAL, force=True)

        assert (forced.unchanged, forced.inserted, forced.removed) == (1, 0, 0)

    @pytest.mark.parametrize("ids", [{"APP_ID": "NA"}, {"WDID": "NA"}])
    def test_half_an_id_links_where_it_names_one_enrollment(self, publisher, ids):
        publisher.load(INDUSTRIAL, ids)
        publisher.load("smarts_industrial_facilities", {})

        sample = SmartsSample.objects.get()
        assert sample.enrollment.app_id == "400001"
        assert sample.location.enrollment.app_id == "400001"


class TestSamplingYears:
    """Every eSMR year is a resource of its own."""

    def rows(self, year: int, *results: int, **cells: str):
        return [{"result": str(result), "sampling_date": f"{year}-05-06"} | cells for result in results]

    def test_a_removal_in_one_year_does_not_touch_the_other(self, publisher):
        publisher.load("esmr:2023", *self.rows(2023, *range(10)))
        publisher.load("esmr:2024", *self.rows(2024, *range(10)))

        result = publisher.load("esmr:2023", *self.rows(2023, *range(9)))

        assert result.removed == 1
        gone = EsmrSample.objects.get(removed_by__isnull=False)
        assert gone.resource.slug == "esmr:2023"
        assert published(EsmrSample).filter(resource__slug="esmr:2024").count() == 10

    def test_an_equal_row_in_two_years_is_two_rows(self, publisher):
        row = {"sampling_date": "2023-12-31"}
        publisher.load("esmr:2023", row)
        result = publisher.load("esmr:2024", row)

        assert (result.inserted, result.duplicate) == (1, 0)
        assert EsmrSample.objects.count() == 2
        assert EsmrLocation.objects.count() == EsmrReport.objects.count() == 1

    def test_a_drop_is_measured_against_the_same_year(self, publisher):
        publisher.load("esmr:2023", *self.rows(2023, *range(50)))

        assert publisher.load("esmr:2024", *self.rows(2024, 1)).inserted == 1

    def test_all_years_of_a_directory_are_taken_in_order(self, publisher):
        for year in (2024, 2006, 2019):
            publisher.publish(f"esmr:{year}", *self.rows(year, 1))

        report = publisher.sync_all("esmr")

        assert [run.dataset for run in report.runs] == ["esmr:2006", "esmr:2019", "esmr:2024"]

    def test_one_year_can_be_asked_for(self, publisher):
        for year in (2023, 2024):
            publisher.publish(f"esmr:{year}", *self.rows(year, 1))

        report = publisher.sync_all("esmr:2024", "esmr:2025")

        assert [(run.dataset, run.status) for run in report.runs] == [
            ("esmr:2024", "published"),
            ("esmr:2025", "absent"),
        ]
        assert EsmrSample.objects.get().resource.sampling_year == 2024


class TestEsmrFacilities:
    def load(self, publisher, year, name, **cells):
        row = {"sampling_date": f"{year}-05-06", "facility_name": name} | cells
        return publisher.load(f"esmr:{year}", row)

    def test_are_known_by_their_place_id_and_have_a_facility(self, publisher):
        self.load(publisher, 2023, "Bay Treatment Plant")

        esmr = EsmrFacility.objects.get()
        assert (esmr.place_id, esmr.name, esmr.region_id) == (1001, "Bay Treatment Plant", "4")
        site = esmr.facility
        assert (site.public_id, site.name, site.has_esmr, site.has_smarts) == (
            "fac-e1001",
            "Bay Treatment Plant",
            True,
            False,
        )
        assert (site.latitude, site.longitude) == (33.9, -118.4)

    def test_are_renamed_by_a_later_year_and_not_by_an_older_one(self, publisher):
        self.load(publisher, 2023, "Middle Name")
        self.load(publisher, 2019, "Old Name")
        assert EsmrFacility.objects.get().name == Facility.objects.get().name == "Middle Name"

        self.load(publisher, 2024, "New Name", region="Region 5F - Fresno")
        assert EsmrFacility.objects.get().name == Facility.objects.get().name == "New Name"
        assert EsmrFacility.objects.get().region_id == Facility.objects.get().region_id == "5F"

        # The published name stays with the location of each sample.
        assert set(EsmrLocation.objects.values_list("facility_name", flat=True)) == {
            "Middle Name",
            "New Name",
            "Old Name",
        }

    def test_are_described_by_their_latest_sample_within_a_file(self, publisher):
        publisher.load(
            "esmr:2023",
            {"sampling_date": "2023-09-01", "facility_name": "Late"},
            {"sampling_date": "2023-01-01", "facility_name": "Early"},
            {"sampling_date": "NA", "facility_name": "Undated"},
        )

        assert EsmrFacility.objects.get().name == "Late"

    def test_without_any_usable_date_are_described_all_the_same(self, publisher):
        publisher.load("esmr:2023", {"sampling_date": "31 February"})
        assert EsmrFacility.objects.get().name == "Bay Treatment Plant"

        self.load(publisher, 2019, "Dated Name")
        assert EsmrFacility.objects.get().name == "Dated Name"

    def test_a_location_without_coordinates_is_kept_and_gives_the_site_none(self, publisher):
        publisher.load("esmr:2023", {"latitude": "NaN", "longitude": "NaN"})

        assert EsmrLocation.objects.get().latitude is None
        assert Facility.objects.get().latitude is None

    def test_lie_where_their_effluent_is_monitored(self, publisher):
        receiving = {
            "location": "RSW-001",
            "location_place_type": "Receiving Water",
            "latitude": "33.5",
            "sampling_date": "2023-12-01",
        }
        publisher.load("esmr:2023", {"latitude": "33.9"}, receiving)

        assert Facility.objects.get().latitude == 33.9

    def test_are_several_in_one_file(self, publisher):
        publisher.load("esmr:2023", {}, {"facility_place_id": "1002", "facility_name": "Other Plant"})

        assert sorted(Facility.objects.values_list("public_id", flat=True)) == ["fac-e1001", "fac-e1002"]


def test_a_cell_with_a_comma_quotes_or_a_line_break_is_kept(publisher):
    comments = 'Lab said "no", twice,\nthen yes'
    publisher.load("esmr:2023", {"comments": comments}, {})

    assert EsmrSample.objects.get(line=2).comments == comments
    assert EsmrSample.objects.get(comments=None).line == 4


def test_samples_of_tomorrow_lose_their_date_and_stay(publisher, time_machine):
    time_machine.move_to("2024-03-01 12:00 -0800")

    result = publisher.load("esmr:2024", {"sampling_date": "2024-03-01"}, {"sampling_date": "2024-03-02"})

    assert (result.inserted, result.issues) == (2, 1)
    issue = DataQualityIssue.objects.get()
    assert (issue.line, issue.column, issue.code, issue.raw_value) == (3, "sampling_date", "future_date", "2024-03-02")
    assert EsmrSample.objects.get(line=3).sampling_date is None
