"""The synthetic files of the demo: reproducible, coherent, and loaded as planned."""

import csv
import json
import re
from datetime import UTC, datetime
from io import StringIO

import pytest
import time_machine

from enforcement.models import Inspection
from facilities.models import SmartsEnrollment
from facilities.reference_data import COUNTIES
from sync.contracts import CONTRACTS
from sync.models import QuarantinedRow
from sync.services import sync_datasets
from sync.sources import DirectorySource
from tests.data.invented.portal_file import BOM
from tests.data.write_portal_files import FOLDER, write_all
from violations.models import RegulatoryViolation

EXPECTED = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))
FILES = sorted(FOLDER.glob("*.csv"))
# The form of all published WDIDs but one.
WDID = re.compile(r"^[1-9S][ ABFRS]\d{2}(I|IN|NEC|NNA|MR|SN|C|CN|W)\d{5,6}$")
COUNTY_COLUMNS = ("FACILITY_COUNTY", "SITE_COUNTY", "PLACE_COUNTY")


def rows_of(path):
    text = path.read_bytes().removeprefix(BOM).replace(b"\x00", b"").decode("utf-8", "replace")
    return [row for row in csv.DictReader(StringIO(text)) if None not in row and None not in row.values()]


def test_writing_the_files_again_gives_the_committed_bytes(tmp_path):
    write_all(tmp_path)
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    committed = {path.name: path.read_bytes() for path in FOLDER.iterdir()}
    assert written.keys() == committed.keys()
    assert [name for name in written if written[name] != committed[name]] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.split("_2026")[0])
def test_every_file_is_in_the_portals_form(path):
    content = path.read_bytes()
    assert content.startswith(BOM)
    assert {b"NA", b"NaN", b""} <= set(re.split(rb"[,\r\n]", content))
    assert (b"\r\n" in content) == path.name.startswith("violations")


def test_every_wdid_has_the_published_form_and_the_number_of_its_county():
    rows = [row for path in FILES for row in rows_of(path) if row.get("WDID", "NA") not in {"NA", "NaN", ""}]
    assert [row["WDID"] for row in rows if not WDID.match(row["WDID"])] == []
    counties = [(row["WDID"], row[name]) for row in rows for name in COUNTY_COLUMNS if row.get(name) in COUNTIES]
    assert len(counties) > 250
    assert [pair for pair in counties if COUNTIES[int(pair[0][2:4]) - 1] != pair[1]] == []


@pytest.fixture
def report(transactional_db):
    # Dates of the files must lie in the past, whatever the clock of this machine says.
    with time_machine.travel(datetime(2026, 11, 24, 12, tzinfo=UTC)):
        return sync_datasets(source=DirectorySource(FOLDER, CONTRACTS))


def test_a_first_sync_reports_what_was_planted(report):
    reported = {
        run.dataset: {name: getattr(run, name) for name in ("read", "inserted", "duplicate", "quarantined", "issues")}
        for run in report.runs
    }
    assert {run.status for run in report.runs} == {"published"}, [run.message for run in report.runs]
    assert report.ignored == ("expected.json",)
    assert reported == EXPECTED


def test_the_files_show_the_datas_oddities(report):
    assert set(QuarantinedRow.objects.values_list("reason", flat=True)) == {"missing_key", "ragged_row", "stray_quote"}
    assert SmartsEnrollment.objects.filter(superseded_certifications__isnull=False).distinct().count() == 3
    assert RegulatoryViolation.objects.filter(enrollment=None).count() > 0
    assert Inspection.objects.filter(violation_links__isnull=False).distinct().count() > 20
    application = SmartsEnrollment.objects.filter(wdid__contains="NEC").first().app_id
    assert SmartsEnrollment.objects.filter(app_id=application).values("facility").distinct().count() == 1
