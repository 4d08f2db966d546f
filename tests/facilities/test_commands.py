"""The commands of matching: one readable last line, an honest exit status, JSON for programs."""

import csv
import json

import pytest
from django.core.management import call_command

from facilities.matching.bench import synthetic_records
from facilities.matching.index import MatchIndex
from facilities.matching.scoring import Weights
from facilities.models import CrosswalkEntry, MatchCandidate
from facilities.services.matching import run_matching
from stormwater.errors import UserError
from tests.facilities.matching.invented import OAK_TOWN_PLANT, SCRAP_YARD, enrollment, small_world
from tests.facilities.stored import store

pytestmark = pytest.mark.django_db

EVALUATION = {
    "auto_precision", "auto_recall", "found_recall", "recall_at_1", "recall_at_5", "queued_per_facility",
    "automatic_on_unlabelled", "pairs", "counts", "intervals",
}  # fmt: skip


def run(capsys, *arguments, **options):
    """Output and exit status of a command."""
    status: str | int | None = 0
    try:
        call_command(*arguments, **options)
    except SystemExit as ended:
        status = ended.code
    captured = capsys.readouterr()
    return captured.out, captured.err, status


@pytest.fixture
def world():
    store(*small_world())


@pytest.fixture
def judged(tmp_path):
    """Judged pairs of the small world: a true one, one without a record, an opposite, and rows that are none."""
    path = tmp_path / "pairs.csv"
    rows = [
        ("200001", OAK_TOWN_PLANT.key.wdid, "400001", "1"),
        ("200001", enrollment(3).key.wdid.replace("5S51", "5S 51"), "", "1"),
        ("200001", SCRAP_YARD.key.wdid, "400002", "0"),
        ("200002", "5S51I000004", "400004", "1"),
        ("999999", "5S51I000004", "400004", "1"),
        ("200001", OAK_TOWN_PLANT.key.wdid, "400001", "0"),
        ("200001", "", "", "1"),
        ("x", "5S51I000004", "", "1"),
        ("200001", "5S51I000004", "", "maybe"),
    ]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("esmr_facility_place_id", "smarts_wdid", "smarts_app_id", "same"), *rows])
    return path


def test_match_says_what_it_did(world, capsys):
    output, _, status = run(capsys, "match")
    assert status == 0
    assert output.splitlines()[0] == "Matched everything, because nothing was matched before."
    assert output.splitlines()[-1].startswith("4 eSMR facilities matched")
    output, _, _ = run(capsys, "match")
    assert output.splitlines()[-1].startswith("0 eSMR facilities matched (0 of them and 0 enrollments had changed)")
    output, _, _ = run(capsys, "match", "--all", "--json")
    report = json.loads(output)
    assert (report["is_full"], report["why_full"], report["matched"]) == (True, "", 4)
    assert report["states"]["automatic"] == MatchCandidate.objects.filter(state="automatic").count()


def test_evaluate_matching_judges_the_whole_database_and_writes_nothing(world, judged, capsys):
    output, errors, status = run(capsys, "evaluate_matching", "--pairs", str(judged), "--json")
    assert status == 0
    found = json.loads(output)
    assert set(found) == EVALUATION
    assert not MatchCandidate.objects.exists()
    assert [line for line in errors.splitlines() if line.startswith("Left out, line")] == errors.splitlines()
    assert len(errors.splitlines()) == 4
    by_ids = {(one["esmr_id"], one["app_id"]): one for one in found["pairs"]}
    assert set(by_ids[200_001, "400001"]) == {"esmr_id", "wdid", "app_id", "same", "state", "score", "rank"}
    assert by_ids[200_001, "400001"]["state"] == by_ids[200_001, "400003"]["state"] == "automatic"
    assert by_ids[999_999, "400004"] == {
        "esmr_id": 999_999, "wdid": "5S51I000004", "app_id": "400004", "same": True, "state": "none", "score": None,
        "rank": None,
    }  # fmt: skip
    assert (found["auto_precision"], found["auto_recall"]) == (1.0, 0.75)
    assert found["counts"]["found_recall"] == [3, 4]
    run_matching()
    assert found["queued_per_facility"] == MatchCandidate.objects.filter(state="open").count() / 4


def test_evaluate_matching_can_do_without_the_crosswalk(world, judged, capsys):
    output, _, _ = run(capsys, "evaluate_matching", "--pairs", str(judged), "--json", "--hide-crosswalk")
    hidden = json.loads(output)
    CrosswalkEntry.objects.all().delete()
    output, _, _ = run(capsys, "evaluate_matching", "--pairs", str(judged), "--json")
    assert json.loads(output) == hidden
    assert {one["state"] for one in hidden["pairs"] if one["esmr_id"] == 200_001} <= {"queued", "none"}
    output, _, _ = run(capsys, "evaluate_matching", "--pairs", str(judged))
    assert "auto_precision" in output
    assert "open pairs per eSMR facility" in output.splitlines()[-1]


@pytest.mark.parametrize("command", ["evaluate_matching", "learn_matching"])
def test_a_file_without_judged_pairs_is_refused(world, tmp_path, command):
    path = tmp_path / "pairs.csv"
    path.write_text("place_id,wdid\n1,2\n")
    with pytest.raises(UserError, match="no column same"):
        call_command(command, pairs=path)
    path.write_text("place_id,wdid,same\n")
    with pytest.raises(UserError, match="no judged pair"):
        call_command(command, pairs=path)
    path.write_text("place_id,app_id,same\n200001,400001,1\n")
    if command == "learn_matching":
        with pytest.raises(UserError, match="too little"):
            call_command(command, pairs=path, out=tmp_path / "weights.json")


def test_learn_matching_writes_weights_that_the_matcher_can_use(tmp_path, capsys):
    plants, filings = synthetic_records(30, 200)
    store(plants, filings)
    pairs, path = tmp_path / "pairs.csv", tmp_path / "weights.json"
    with pairs.open("w", newline="") as file:
        rows: list[tuple[object, ...]] = [("place_id", "app_id", "same")]
        for one in plants:
            # Enrollments of a plant have numbers made from its place id.
            own = [
                filing.key.app_id
                for filing in filings
                if (int(filing.key.app_id) - 400_000) // 2 == one.place_id - 200_000
            ]
            rows += [(one.place_id, app_id, 1) for app_id in own]
            rows += [(one.place_id + 1, app_id, 0) for app_id in own]
        csv.writer(file).writerows(rows)
    output, _, status = run(capsys, "learn_matching", "--pairs", str(pairs), "--out", str(path))
    assert status == 0
    assert output.splitlines()[-1].startswith("Weights 20")
    weights = Weights.from_json(path.read_text())
    assert weights.learned["pairs"]["same"] == sum(row[2] == 1 for row in rows[1:])
    found = MatchIndex(plants, filings, weights=weights).match()
    linked = {(place, one.pair.key.enrollment.app_id) for place in found for one in found[place] if one.is_automatic}
    assert len(linked) > 10
    assert linked <= {(place, app_id) for place, app_id, same in rows[1:] if same}


def test_import_crosswalk_ends_with_a_count_and_status_3_if_rows_are_bad(tmp_path, capsys):
    path = tmp_path / "list.csv"
    path.write_text("facility_place_id,facility_name\n7,Oak Town WWTP\nx,Fennel WWTP\n")
    output, errors, status = run(capsys, "import_crosswalk", str(path))
    assert (status, errors) == (3, "line 3: no place id: x\n")
    assert output.startswith("2 rows read: 1 inserted")
    path.write_text("facility_place_id,facility_name\n7,Oak Town WWTP\n")
    assert run(capsys, "import_crosswalk", str(path))[2] == 0


def test_decisions_are_imported_and_exported_by_command(world, tmp_path, capsys):
    path, out = tmp_path / "mapping.csv", tmp_path / "out.csv"
    path.write_text("place_id,app_id,wdid,verdict\n200004,400002,,\n200001,,,\n300000,400002,,\n")
    output, errors, status = run(capsys, "import_decisions", str(path))
    assert (status, errors) == (3, "line 3: neither APP_ID nor WDID\n")
    assert output == "3 rows read: 2 taken (1 wait for their records), 0 known already, 1 bad.\n"
    output, errors, status = run(capsys, "export_decisions", "--out", str(out))
    assert (output, errors, status) == ("", "2 decisions.\n", 0)
    output, _, _ = run(capsys, "export_decisions")
    assert output == out.read_text()
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["mapping.csv", "out.csv"]
    with pytest.raises(UserError, match="cannot be written"):
        call_command("export_decisions", out=tmp_path / "none" / "out.csv")
