"""Every dataset through the whole pipeline: loaded once, loaded again, loaded by force, tried out."""

import gzip
import hashlib
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection

from enforcement.models import EnforcementAction, Inspection
from facilities.models import ConstructionDetail, Facility, IndustrialDetail, SmartsEnrollment
from monitoring.models import EsmrSample, SmartsSample
from sync import pipeline, rawstore
from sync.contracts import CONTRACTS
from sync.models import DataQualityIssue, QuarantinedRow, RawFile, RecordChange, Resource, Run
from sync.services import SyncOptions, sync_datasets
from sync.sources import DirectorySource
from tests.published_files import columns, row
from violations.models import RegulatoryViolation

pytestmark = pytest.mark.django_db

RESOURCES = [slug if not contract.is_yearly else f"{slug}:2023" for slug, contract in CONTRACTS.items()]
PUBLISHED_APPS = ("facilities", "monitoring", "violations", "enforcement")


def two_rows(resource: str) -> list[dict[str, str]]:
    """Two rows of any dataset that are two records."""
    slug = resource.partition(":")[0]
    if slug == "esmr":
        return [{}, {"parameter": "Zinc, Total", "location": "EFF-002"}]
    return [{}, {"PARAMETER": "pH", "UNITS": "SU", "RESULT": "7.1"}] if "monitoring" in slug else [{}, {}]


def snapshot() -> dict[str, list[tuple]]:
    """Every row version of every table of records: xmin and ctid move when a row is written."""
    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if model._meta.app_label in PUBLISHED_APPS or model is RecordChange:
                cursor.execute(f"SELECT xmin::text, ctid::text, t::text FROM {model._meta.db_table} t ORDER BY 2")
                found[model._meta.label] = cursor.fetchall()
    return found


def left_in_staging() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'staging'")
        return [name for (name,) in cursor.fetchall()]


@pytest.mark.parametrize("resource", RESOURCES)
def test_every_dataset_is_inserted_then_unchanged_and_by_force_writes_nothing(publisher, resource):
    first = publisher.load(resource, *two_rows(resource))
    assert (first.read, first.inserted, first.quarantined, first.issues) == (2, 2, 0, 0)
    before = snapshot()

    second = publisher.sync(resource)
    assert (second.status, second.read, second.inserted) == ("unchanged", 0, 0)

    forced = publisher.sync(resource, force=True)
    assert (forced.status, forced.read, forced.unchanged) == ("published", 2, 2)
    assert (forced.inserted, forced.updated, forced.removed, forced.duplicate) == (0, 0, 0, 0)

    assert snapshot() == before
    assert not RecordChange.objects.exists()
    assert left_in_staging() == []


def test_all_datasets_are_loaded_in_the_order_of_their_links(publisher):
    for resource in RESOURCES:
        publisher.publish(resource, *two_rows(resource))

    report = publisher.sync_all()

    assert [run.dataset for run in report.runs] == RESOURCES
    assert {run.status for run in report.runs} == {"published"}
    assert not report.has_failed
    assert not report.is_held
    assert RegulatoryViolation.objects.filter(enrollment__isnull=False).count() == 2


def test_datasets_that_are_not_in_the_directory_are_absent_and_no_failure(publisher):
    publisher.publish("smarts_violations", {})

    report = publisher.sync_all()

    assert {run.dataset: run.status for run in report.runs} == {
        slug: "published" if slug == "smarts_violations" else "absent" for slug in CONTRACTS
    }
    assert not report.has_failed
    assert Resource.objects.count() == 1


class TestStoredValues:
    """What was published is what is stored, typed."""

    def test_of_an_industrial_enrollment(self, publisher):
        publisher.load(
            "smarts_industrial_facilities",
            {
                "NOI_PROCESSED_DATE": "05/14/2006",
                "CERTIFICATION_DATE": "06-FEB-15 03.58.01.815000 PM",
                "FACILITY_LONGITUDE": "118.26",
                "FACILITY_TOTAL_SIZE": "4.50",
                "QUESTION_TMDL_ANSWER": "Y",
                "OPERATOR_NAME": ' Mu\u00f1oz, "Sons" & Co ',
                "WDID": "4 19I020001",
            },
        )
        enrollment = SmartsEnrollment.objects.get()

        assert enrollment.program == "industrial"
        assert enrollment.noi_processed_date.isoformat() == "2006-05-14"
        assert enrollment.certified_at == datetime(2015, 2, 6, 15, 58, 1, 815000, ZoneInfo("America/Los_Angeles"))
        assert (enrollment.latitude, enrollment.longitude) == (33.78, -118.26)
        assert enrollment.total_size == Decimal("4.5")
        assert enrollment.operator_name == 'Mu\u00f1oz, "Sons" & Co'
        assert enrollment.wdid == "4 19I020001"
        assert enrollment.site_address_2 is None
        assert (enrollment.region_id, enrollment.county.name) == ("4", "Los Angeles")
        assert enrollment.industrial_detail.is_tmdl_discharger is True
        assert enrollment.industrial_detail.primary_sic == "5093"

    def test_of_a_construction_enrollment(self, publisher):
        publisher.load("smarts_construction_facilities", {})
        enrollment = SmartsEnrollment.objects.get()

        assert enrollment.program == "construction"
        assert enrollment.operator_name == "Hillside Homes"
        assert enrollment.construction_detail.disturbed_area == Decimal("12.5")
        assert enrollment.construction_detail.is_residential is True
        assert enrollment.construction_detail.is_commercial is None
        assert not IndustrialDetail.objects.exists()
        assert ConstructionDetail.objects.count() == 1

    def test_of_events(self, publisher):
        for slug in ("smarts_violations", "smarts_enforcement_actions", "smarts_inspections"):
            publisher.load(slug, {})

        violation = RegulatoryViolation.objects.get()
        assert (violation.violation_id, violation.status, violation.is_serious) == ("800001", "Potential", False)
        assert violation.occurrence_date.isoformat() == "2023-07-01"
        assert (violation.place_name, violation.discharges_directly) == ("Harbor Metals", True)
        action = EnforcementAction.objects.get()
        assert (action.total_assessment, action.violation_count) == (Decimal(1500), 1)
        inspection = Inspection.objects.get()
        assert (inspection.start_time, inspection.is_virtual) == ("10:00 AM", False)

    def test_of_samples(self, publisher):
        publisher.load("smarts_industrial_monitoring", {"CERTIFIED_DATE": "15-JAN-24 11.00.00.000000 AM"})
        publisher.load("esmr:2023", {})

        sample = SmartsSample.objects.select_related("report", "location", "parameter", "unit", "method").get()
        assert (sample.result, sample.qualifier, sample.rl) == (Decimal("0.31"), "=", Decimal("0.01"))
        assert (sample.parameter.name, sample.unit.name) == ("Zinc, Total", "mg/L")
        assert (sample.method.code, sample.method.name) == ("E200.8", None)
        assert sample.report.certified_at == datetime(2024, 1, 15, 11, tzinfo=ZoneInfo("America/Los_Angeles"))
        assert (sample.report.reporting_year, sample.report.report_id) == (2023, "700001")
        assert (sample.location.name, sample.location.longitude) == ("Outfall 1", -118.261)
        assert sample.resource.slug == "smarts_industrial_monitoring"
        result = EsmrSample.objects.select_related("location", "method", "report", "esmr_facility").get()
        assert (result.result, result.unit.name) == (Decimal("3.2"), "ug/L")
        assert (result.method.code, result.method.name) == ("E200.8", "Metals by ICP-MS")
        assert (result.report.document_id, result.location.location_place_id) == (55001, 2001)
        assert result.esmr_facility.place_id == 1001

    @pytest.mark.parametrize("resource", RESOURCES)
    def test_of_every_column_of_every_contract(self, publisher, resource):
        """No published cell is lost: each kept column's value is found in the field that its contract names."""
        contract = CONTRACTS[resource.partition(":")[0]]
        cells = {
            column.name: f"text of {column.name}"
            for column in contract.columns
            if column.kind in {"text", "time"} and column.name not in contract.key
        }
        publisher.load(resource, cells)

        record = apps.get_model(contract.target).objects.get()
        for column in contract.kept_columns:
            owner = record
            if column.part == "detail":
                owner = record.industrial_detail if "industrial" in contract.slug else record.construction_detail
            elif column.part not in {"record", "sampling"}:
                owner = getattr(record, column.part)
            stored = getattr(owner, column.field)
            published = row(contract.slug, 0, **cells)[column.name]
            if column.name in cells:
                assert stored == published
            elif published in {"", "NA", "NaN"}:
                assert stored is None, column.name
            else:
                assert stored is not None, column.name


def test_null_is_never_the_empty_text_nor_nan(publisher):
    for resource in RESOURCES:
        slug = resource.partition(":")[0]
        blank = {"smarts_violations": "VIOLATION_ID", "smarts_enforcement_actions": "ENFORCEMENT_ID"}
        required = {name for group in CONTRACTS[slug].required for name in group} | {blank.get(slug, "")}
        nulls = {name: ("", "NA", "NaN")[at % 3] for at, name in enumerate(columns(slug)) if name not in required}
        result = publisher.load(resource, nulls)
        assert (result.inserted, result.issues) == (1, 0)

    with connection.cursor() as cursor:
        for model in apps.get_models():
            if model._meta.app_label not in PUBLISHED_APPS:
                continue
            for field in model._meta.concrete_fields:
                cursor.execute(
                    f"SELECT count(*) FROM {model._meta.db_table} WHERE {field.column}::text IN ('', 'NA', 'NaN')"
                )
                assert cursor.fetchone() == (0,), field


def test_nothing_that_numbers_may_be_called_is_stored_as_nan_or_infinity(publisher):
    cells = ["NaN", "nan", "+NaN", "-nan", "Infinity", "-inf", "1e999"]

    publisher.load("smarts_industrial_monitoring", *({"RESULT": cell, "MDL": cell, "RL": cell} for cell in cells))

    assert SmartsSample.objects.filter(result__gt=100).count() == 0
    assert set(SmartsSample.objects.values_list("result", "mdl", "rl")) == {(None, None, None)}


# What a power cut or a full disk can make of a stored file.
SPOILED = {
    "empty": lambda _content: b"",
    "cut off": lambda content: content[:-9],
    "zeros": lambda content: bytes(len(content)),
    "zeros at its end": lambda content: content[:-9] + bytes(9),
}


class TestProvenance:
    def test_the_raw_file_is_kept_whole_under_the_hash_of_its_content(self, publisher, run_of):
        path = publisher.publish("smarts_violations", {}, {}, line_break="\r\n")

        run = run_of(publisher.sync("smarts_violations"))

        content = path.read_bytes()
        assert run.raw_file.sha256 == hashlib.sha256(content).hexdigest()
        assert run.raw_file.size == len(content)
        assert gzip.decompress(rawstore.absolute_path(run.raw_file).read_bytes()) == content
        assert run.raw_file.path == f"smarts_violations/{run.raw_file.sha256}.csv.gz"

    def test_no_part_of_a_file_is_left_beside_it(self, publisher):
        publisher.load("esmr:2023", {})

        names = [path.name for path in settings.RAW_DIR.rglob("*") if path.is_file()]
        assert len(names) == 1
        assert names[0].endswith(".csv.gz")

    def test_the_line_of_a_record_leads_to_the_text_it_was_read_from(self, publisher, run_of):
        result = publisher.load(
            "smarts_violations",
            {"MEMO": 'two\nlines, "quoted"'},
            {"MEMO": "the second"},
            {"MEMO": "the third"},
        )

        third = RegulatoryViolation.objects.get(memo="the third")
        assert third.run_id == result.run
        assert third.line == 5
        ((line, text, _),) = rawstore.read_lines(run_of(result).raw_file, [(third.line, None)])
        assert line == 5
        assert text.startswith("4 19I020001,400001,800003,")
        assert "the third" in text

    def test_samples_and_what_they_point_to_know_their_line(self, publisher):
        result = publisher.load("esmr:2023", {}, {"parameter": "Zinc, Total", "location": "EFF-002"})

        zinc = EsmrSample.objects.get(parameter__name="Zinc, Total")
        assert (zinc.run_id, zinc.line) == (result.run, 3)
        assert (zinc.location.run_id, zinc.location.line) == (result.run, 3)
        assert (zinc.report.run_id, zinc.report.line) == (result.run, 2)

    def test_the_run_says_where_the_file_came_from_and_how_long_each_step_took(self, publisher, run_of):
        path = publisher.publish("smarts_violations", {})

        run = run_of(publisher.sync("smarts_violations"))

        assert (run.source, run.file_name, run.location) == ("directory", path.name, str(path))
        assert run.published_on.isoformat() == "2026-10-01"
        assert set(run.timings) >= {"fetch", "stage", "validate", "merge", "link"}
        assert run.finished_at >= run.started_at

    def test_a_raw_file_that_was_lost_is_kept_again_by_force(self, publisher, run_of):
        result = publisher.load("smarts_violations", {})
        rawstore.absolute_path(run_of(result).raw_file).unlink()

        publisher.sync("smarts_violations", force=True)

        assert rawstore.absolute_path(run_of(result).raw_file).exists()
        assert RawFile.objects.count() == 1

    @pytest.mark.parametrize("force", [True, False])
    @pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
    def test_a_raw_file_that_was_spoiled_is_kept_again(self, publisher, run_of, spoil, force):
        path = publisher.publish("smarts_violations", {})
        stored = rawstore.absolute_path(run_of(publisher.sync("smarts_violations")).raw_file)
        stored.write_bytes(spoil(stored.read_bytes()))

        assert publisher.sync("smarts_violations", force=force).status == "published"
        assert gzip.decompress(stored.read_bytes()) == path.read_bytes()
        assert publisher.sync("smarts_violations").status == "unchanged"

    def test_a_raw_file_has_its_name_when_the_disk_has_it(self, publisher, run_of, monkeypatch):
        flushed = []

        def note(descriptor):
            path = Path(f"/proc/self/fd/{descriptor}").readlink()
            flushed.append((path.suffix, sorted(file.suffix for file in settings.RAW_DIR.glob("*/*"))))

        monkeypatch.setattr("sync.rawstore.os.fsync", note)
        publisher.load("smarts_violations", {})

        assert flushed == [(".part", [".part"]), ("", [".gz"])]


class TestAfterAFailure:
    def test_the_same_file_is_loaded_if_its_last_run_failed(self, publisher, monkeypatch, run_of):
        publisher.publish("smarts_violations", {})
        with monkeypatch.context() as patch:
            patch.setattr(pipeline, "link_merged_records", _raise)
            failed = publisher.sync("smarts_violations")
        assert failed.status == "failed"
        assert "the cable was cut" in failed.message
        assert not RegulatoryViolation.objects.exists()

        again = publisher.sync("smarts_violations")

        assert (again.status, again.inserted) == ("published", 1)
        assert [run.status for run in Run.objects.order_by("pk")] == ["failed", "published"]

    def test_a_failure_on_the_way_leaves_the_published_data_and_no_work_tables(self, publisher, monkeypatch):
        publisher.load("smarts_violations", {})
        before = snapshot()
        publisher.publish("smarts_violations", {"VIOLATION_STATUS": "Dismissed"}, {})

        with monkeypatch.context() as patch:
            patch.setattr(pipeline, "link_merged_records", _raise)
            assert publisher.sync("smarts_violations").status == "failed"

        assert snapshot() == before
        assert left_in_staging() == []
        assert Resource.objects.get().last_published.status == "published"
        assert publisher.sync("smarts_violations").updated == 1

    def test_one_dataset_that_fails_does_not_stop_the_next(self, publisher, monkeypatch):
        publisher.publish("smarts_inspections", {})
        publisher.publish("smarts_violations", {})
        link = pipeline.link_merged_records

        def fail_for_inspections(contract, run):
            if contract.slug == "smarts_inspections":
                _raise()
            link(contract, run)

        monkeypatch.setattr(pipeline, "link_merged_records", fail_for_inspections)

        report = publisher.sync_all("smarts_inspections", "smarts_violations")

        assert [run.status for run in report.runs] == ["failed", "published"]
        assert report.has_failed

    def test_a_run_whose_rows_do_not_add_up_is_rolled_back(self, publisher, monkeypatch):
        publisher.publish("smarts_violations", {}, {})
        merge = pipeline.merge_keyed

        def miscount(*arguments, **options):
            counts = merge(*arguments, **options)
            counts.unchanged += 1
            return counts

        monkeypatch.setattr(pipeline, "merge_keyed", miscount)

        result = publisher.sync("smarts_violations")

        assert result.status == "failed"
        assert "run_published_is_balanced" in result.message
        assert not RegulatoryViolation.objects.exists()


def _raise(*_arguments):
    raise ConnectionError("the cable was cut")


class TestDryRun:
    def test_it_counts_and_keeps_nothing(self, publisher):
        publisher.publish("smarts_violations", {}, {"OCCURRENCE_DATE": "31 February"}, {"VIOLATION_ID": "NA"})

        result = publisher.sync("smarts_violations", is_dry_run=True)

        assert (result.status, result.read, result.inserted, result.quarantined) == ("published", 3, 2, 1)
        assert result.issues == 1
        assert result.run is None
        for model in (Run, RegulatoryViolation, QuarantinedRow, DataQualityIssue, RecordChange, RawFile):
            assert not model.objects.exists(), model
        assert left_in_staging() == []
        assert [path for path in settings.RAW_DIR.rglob("*") if path.is_file()] == []

    def test_it_leaves_what_was_published_and_does_not_stand_for_a_real_run(self, publisher):
        publisher.load("smarts_violations", {})
        before = snapshot()
        publisher.publish("smarts_violations", {"VIOLATION_STATUS": "Dismissed"})

        tried = publisher.sync("smarts_violations", is_dry_run=True)
        assert (tried.status, tried.updated) == ("published", 1)
        assert snapshot() == before
        assert len([path for path in settings.RAW_DIR.rglob("*") if path.is_file()]) == 1

        assert publisher.sync("smarts_violations").updated == 1

    def test_it_keeps_the_raw_file_of_the_published_data(self, publisher, last_published):
        publisher.load("smarts_violations", {})

        publisher.sync("smarts_violations", is_dry_run=True, force=True)

        assert rawstore.absolute_path(last_published("smarts_violations").raw_file).exists()

    def test_it_tells_of_a_hold_and_keeps_no_run(self, publisher):
        publisher.publish("smarts_violations", {}, header=columns("smarts_violations")[1:])

        result = publisher.sync("smarts_violations", is_dry_run=True)

        assert (result.status, result.run) == ("held", None)
        assert not Run.objects.exists()


def test_the_newest_file_of_a_dataset_is_taken_and_others_are_named(publisher):
    publisher.publish("smarts_violations", {"VIOLATION_STATUS": "Dismissed"})
    old = publisher.publish("smarts_violations", {}).rename(publisher.folder / "violations_2024-01-01.csv")
    publisher.publish("smarts_violations", {"VIOLATION_STATUS": "Dismissed"})
    (publisher.folder / "notes.txt").write_text("read me")
    assert old.exists()

    report = sync_datasets(
        source=DirectorySource(publisher.folder, CONTRACTS), requests=["smarts_violations"], options=SyncOptions()
    )

    assert RegulatoryViolation.objects.get().status == "Dismissed"
    assert report.ignored == ("notes.txt",)


@pytest.mark.parametrize("packing", [".csv.gz", ".CSV"])
def test_a_packed_or_differently_named_file_is_the_same_file(publisher, packing):
    publisher.load("smarts_violations", {})
    path = publisher.publish("smarts_violations", {})
    content = path.read_bytes()
    path.unlink()
    name = "Violations_2026-10-02" + packing
    (publisher.folder / name).write_bytes(gzip.compress(content) if "gz" in packing else content)

    assert publisher.sync("smarts_violations").status == "unchanged"


def test_each_enrollment_and_esmr_facility_has_a_facility_after_all_loads(publisher):
    for resource in RESOURCES:
        publisher.publish(resource, *two_rows(resource))
    publisher.sync_all()

    assert not SmartsEnrollment.objects.filter(facility__isnull=True).exists()
    assert not EsmrSample.objects.filter(esmr_facility__facility__isnull=True).exists()
    assert Facility.objects.count() == 2 + 2 + 1
