"""A release has all public data of one moment, reads back as they are, and is complete or not there."""

import csv
import gzip
import hashlib
import json
import tracemalloc
from decimal import Decimal

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from enforcement.models import Inspection
from facilities.models import County, Facility
from stormwater.api.families import Family
from stormwater.api.row_fields import Kind
from stormwater.api.selectors import get_data_versions
from stormwater.errors import UserError
from stormwater.overview.public_lists import public_listings
from stormwater.overview.release import export_release
from sync.contracts import CONTRACTS
from sync.services import sync_datasets
from sync.sources import DirectorySource
from tests.docs.test_api_guide import reference_data
from tests.sample_findings import compute_findings
from tests.stormwater.api.conftest import SAMPLES
from tests.stormwater.api.lists import LISTINGS
from tests.stormwater.api.test_csv import load_csv

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def inspections(settings, tmp_path):
    """The inspections of the sample files alone."""
    settings.DATA_DIR = tmp_path / "data"
    settings.RAW_DIR = tmp_path / "data" / "raw"
    if not County.objects.exists():
        reference_data.load(apps, None)
    sync_datasets(source=DirectorySource(SAMPLES, CONTRACTS), requests=["smarts_inspections"])


def table(folder, name):
    listing = LISTINGS[name]
    return load_csv(gzip.decompress((folder / f"{name}.csv.gz").read_bytes()), listing)


def manifest_of(folder):
    return json.loads((folder / "manifest.json").read_text())


def left_in(folder):
    return sorted(path.name for path in folder.iterdir())


def as_read(kind, value):
    """A value of the database as the file has it: a number by its shortest digits."""
    return Decimal(repr(value)) if kind is Kind.NUMBER and isinstance(value, float) else value


def test_every_public_table_reads_back_as_it_is_in_the_database(settings, tmp_path):
    settings.DATA_DIR, settings.RAW_DIR = tmp_path / "data", tmp_path / "data" / "raw"
    if not County.objects.exists():
        reference_data.load(apps, None)
    sync_datasets(source=DirectorySource(SAMPLES, CONTRACTS))
    compute_findings()
    Facility.objects.filter(pk=Facility.objects.order_by("pk")[0].pk).update(
        name="=cmd()", city="", address='a "b"\n,c'
    )
    folder = tmp_path / "release"

    call_command("export_release", out=folder)

    files = {file["list"]: file for file in manifest_of(folder)["files"]}
    assert set(files) == {listing.name for listing in public_listings()}
    assert {"facilities", "exceedances", "esmr_samples", "smarts_monitoring", "unusable_results"} <= set(files)
    for name, file in files.items():
        listing = LISTINGS[name]
        rows = table(folder, name)
        expected = [
            {field.name: as_read(field.kind, value) for field, value in zip(listing.fields, values, strict=True)}
            for values in listing.rows().order_by("pk").values_list(*(field.source for field in listing.fields))
        ]
        key = listing.fields[0].name
        assert len(rows) == file["rows"] == len(expected) > 0, name
        pairs = zip(*(sorted(found, key=lambda row: str(row[key])) for found in (rows, expected)), strict=True)
        assert [(ours, theirs) for ours, theirs in pairs if ours != theirs][:2] == [], name
        assert file["columns"] == list(expected[0])
    assert table(folder, "facilities")[0]["name"] == "=cmd()"
    assert left_in(tmp_path) == ["data", "release"]


def test_checksums_dictionary_licence_and_versions_are_there_and_true(inspections, tmp_path):
    folder = tmp_path / "release"
    release = export_release(folder=folder)
    sums = dict(reversed(line.split("  ")) for line in (folder / "SHA256SUMS").read_text().splitlines())
    assert set(sums) == set(left_in(folder)) - {"SHA256SUMS"}
    for name, checksum in sums.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == checksum
    manifest = manifest_of(folder)
    assert {file["name"]: file["sha256"] for file in manifest["files"]}.items() <= sums.items()
    assert manifest["data_version"] == release.data_version == get_data_versions(tuple(Family)).label
    assert manifest["licence"]
    assert manifest["disclaimer"] in (folder / "README.txt").read_text()
    (dataset,) = [one for one in manifest["datasets"] if one["slug"] == "smarts_inspections"]
    assert dataset["records"] == Inspection.objects.count()
    dictionary = list(csv.DictReader((folder / "data_dictionary.csv").read_text().splitlines()))
    for listing in public_listings():
        described = [row for row in dictionary if row["file"] == f"{listing.name}.csv.gz"]
        assert [row["column"] for row in described] == [field.name for field in listing.fields]
        assert all(row["meaning"] and row["type"] for row in described)


def test_equal_data_make_equal_files(inspections, tmp_path):
    first, second = (export_release(folder=tmp_path / name) for name in ("first", "second"))
    assert first.files == second.files


def test_what_is_published_meanwhile_is_not_in_it(inspections, tmp_path):
    before = Inspection.objects.count()
    version = get_data_versions(tuple(Family)).label
    meanwhile = connection.copy()

    def publish(_line):
        with meanwhile.cursor() as cursor:
            cursor.execute("UPDATE enforcement_inspection SET purpose = 'Changed meanwhile'")
            cursor.execute("UPDATE api_dataversion SET version = version + 1")

    try:
        export_release(folder=tmp_path / "release", say=publish)
    finally:
        meanwhile.close()
    rows = table(tmp_path / "release", "smarts_inspections")
    assert len(rows) == before
    assert "Changed meanwhile" not in {row["purpose"] for row in rows}
    assert set(Inspection.objects.values_list("purpose", flat=True)) == {"Changed meanwhile"}
    assert manifest_of(tmp_path / "release")["data_version"] == version


def test_a_folder_that_exists_is_left_as_it_is(inspections, tmp_path):
    folder = tmp_path / "release"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    with pytest.raises(UserError, match="exists already"):
        export_release(folder=folder)
    assert left_in(folder) == ["mine.txt"]

    (folder / "mine.txt").unlink()
    folder.rmdir()

    def come_between(line):
        if line.startswith("facilities"):
            folder.mkdir()
            (folder / "mine.txt").write_text("mine")

    with pytest.raises(UserError, match="cannot be written"):
        export_release(folder=folder, say=come_between)
    assert left_in(folder) == ["mine.txt"]
    assert left_in(tmp_path) == ["data", "release"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_whatever_stops_it_nothing_is_left(inspections, tmp_path, error):
    def stop(_line):
        raise error

    with pytest.raises((KeyboardInterrupt, UserError)):
        export_release(folder=tmp_path / "release", say=stop)
    assert left_in(tmp_path) == ["data"]
    assert Inspection.objects.exists()  # the connection can be used again


def test_memory_does_not_grow_with_the_data(tmp_path):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO facilities_facility (public_id, name, has_esmr, has_smarts, created_at) "
            "SELECT 'fac-' || n, repeat(md5(n::text), 20), false, false, now() FROM generate_series(1, 20000) AS n"
        )
    export_release(folder=tmp_path / "warm")
    tracemalloc.start()
    try:
        release = export_release(folder=tmp_path / "release")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert next(file.rows for file in release.files if file.list == "facilities") == 20_000
    assert peak < 6_000_000  # the table is 13 MB of text
