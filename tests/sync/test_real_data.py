"""The real extracts, if they are there: every row accounted for, and nothing written twice."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection
from django.db.models import Q

from facilities.models import EsmrFacility, Facility, IndustrialDetail, SmartsEnrollment, SupersededCertification
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
from sync import rawstore
from sync.contracts import CONTRACTS
from sync.models import DataQualityIssue, QuarantinedRow, RecordChange, Resource, Run
from sync.services import SyncOptions, sync_datasets
from sync.sources import DirectorySource

pytestmark = [pytest.mark.realdata, pytest.mark.django_db, pytest.mark.timeout(300)]

INDUSTRIAL = "smarts_industrial_facilities"
INDUSTRIAL_FILE = "Industrial_Application_Specific_Data_2019-03-12.csv"


def sync(folder: Path, **options: bool):
    report = sync_datasets(source=DirectorySource(folder, CONTRACTS), options=SyncOptions(**options))
    return [result for result in report.runs if result.status != "absent"], report


@pytest.fixture
def published(real_data):
    """The results of the first sync of the whole folder."""
    results, report = sync(real_data)
    assert not report.has_failed
    assert not report.is_held
    return {result.dataset: result for result in results}


@pytest.fixture
def industrial_rows(real_data):
    with (real_data / INDUSTRIAL_FILE).open(encoding="utf-8-sig", newline="", errors="replace") as file:
        return list(csv.DictReader(file))


def test_every_file_is_published_every_row_accounted_for_and_every_value_sound(published, real_data, industrial_rows):
    """One test, since the load takes seconds: what it says in its name, and the facts below."""
    assert {result.status for result in published.values()} == {"published"}
    for result in published.values():
        accounted = result.inserted + result.updated + result.unchanged + result.duplicate + result.quarantined
        assert result.read == accounted > 0, result

    # The industrial file of 2019: all of its rows, and every WDID of it.
    assert published[INDUSTRIAL].read == len(industrial_rows) == 19_757
    enrolled = SmartsEnrollment.objects.filter(program="industrial")
    assert enrolled.count() == published[INDUSTRIAL].inserted
    known = set(enrolled.values_list("wdid", flat=True))
    known |= set(SupersededCertification.objects.values_list("values__wdid", flat=True))
    wdids = {row["WDID"].strip() for row in industrial_rows} - {"", "NA", "NaN"}
    assert len(wdids) > 10_000
    assert wdids <= known
    app_ids = {row["APP_ID"].strip() for row in industrial_rows} - {"", "NA", "NaN"}
    assert app_ids <= set(enrolled.values_list("app_id", flat=True))
    assert not enrolled.filter(facility__isnull=True).exists()

    # Dates like 05/14/2006 and certification times are read.
    american = [row["NOI_PROCESSED_DATE"] for row in industrial_rows if "/" in row["NOI_PROCESSED_DATE"]]
    assert american
    assert enrolled.filter(noi_processed_date__isnull=False).count() > 0.9 * enrolled.count()
    certified = enrolled.filter(certified_at__isnull=False)
    assert certified.filter(certified_at__gt=datetime(2015, 1, 1, tzinfo=UTC)).exists()
    assert certified.exclude(certified_at__hour=0).exists()
    unread = DataQualityIssue.objects.filter(column__in=["NOI_PROCESSED_DATE", "CERTIFICATION_DATE"])
    assert unread.filter(run=published[INDUSTRIAL].run).count() < 20

    # Coordinates lie in California, and repaired signs are on record.
    for model in (SmartsEnrollment, SmartsLocation, EsmrLocation):
        outside = ~Q(latitude__range=(32, 42.1)) | ~Q(longitude__range=(-124.6, -114))
        assert not model.objects.filter(latitude__isnull=False).filter(outside).exists(), model
        assert not model.objects.filter(latitude__isnull=True, longitude__isnull=False).exists()
    repaired = DataQualityIssue.objects.filter(code="longitude_sign_repaired", run=published[INDUSTRIAL].run)
    positive = [row for row in industrial_rows if 114 <= _number(row["FACILITY_LONGITUDE"]) <= 124.6]
    assert repaired.count() == sum(32 <= _number(row["FACILITY_LATITUDE"]) <= 42.1 for row in positive)
    zeros = [
        row for row in industrial_rows if _number(row["FACILITY_LATITUDE"]) == 0 == _number(row["FACILITY_LONGITUDE"])
    ]
    refused = DataQualityIssue.objects.filter(code="coordinate_outside_california", run=published[INDUSTRIAL].run)
    assert refused.count() >= 2 * len(zeros)

    # No NaN anywhere among the results, and every number a number.
    with connection.cursor() as cursor:
        for results, columns in ((EsmrSample, "result mdl ml rl"), (SmartsSample, "result mdl rl")):
            for column in columns.split():
                cursor.execute(f"SELECT count(*) FROM {results._meta.db_table} WHERE {column} = 'NaN'")
                assert cursor.fetchone() == (0,)

    # Years are resources of their own, and each facility has a site.
    assert Resource.objects.filter(dataset="esmr").count() == sum(slug.startswith("esmr:") for slug in published)
    assert not EsmrFacility.objects.filter(facility__isnull=True).exists()

    # The line of a record leads to its text.
    enrollment = enrolled.exclude(wdid=None).order_by("-line").first()
    raw_file = Run.objects.get(pk=enrollment.run_id).raw_file
    assert raw_file is not None
    ((_, text, _),) = rawstore.read_lines(raw_file, [(enrollment.line, None)])
    assert str(enrollment.wdid) in text
    for quarantined in QuarantinedRow.objects.all()[:100]:
        assert quarantined.raw_text
        assert quarantined.detail

    # A second run changes nothing, and neither does a forced one.
    before = _stored()
    again, _ = sync(real_data)
    assert {result.status for result in again} == {"unchanged"}
    forced, _ = sync(real_data, force=True)
    for result in forced:
        assert (result.status, result.inserted, result.updated, result.removed) == ("published", 0, 0, 0)
        assert (result.read, result.duplicate) == (published[result.dataset].read, published[result.dataset].duplicate)
    assert _stored() == before
    assert not RecordChange.objects.exists()


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return -1.0


def _stored() -> dict[str, str]:
    """A fingerprint of every table of records: which version of each row, and where it lies."""
    models = (
        SmartsEnrollment, IndustrialDetail, SupersededCertification, Facility, EsmrFacility, EsmrSample, EsmrLocation,
        EsmrReport, SmartsSample, SmartsReport, SmartsLocation, Parameter, Unit, Method,
    )  # fmt: skip
    found = {}
    with connection.cursor() as cursor:
        for table in (model._meta.db_table for model in models):
            cursor.execute(f"SELECT md5(string_agg(xmin::text || ctid::text, ',' ORDER BY ctid)) FROM {table}")
            found[table] = cursor.fetchone()[0]
    return found
