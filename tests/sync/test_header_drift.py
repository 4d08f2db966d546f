"""What a file's header may do without harm, and what holds the file, seen from the database."""

import pytest

from enforcement.models import Inspection
from facilities.models import SmartsEnrollment
from sync import rawstore
from sync.contracts import CONTRACTS
from sync.models import DataQualityIssue
from tests.published_files import columns
from violations.models import RegulatoryViolation

pytestmark = pytest.mark.django_db

VIOLATIONS = "smarts_violations"
INDUSTRIAL = "smarts_industrial_facilities"


def issues():
    return list(DataQualityIssue.objects.values_list("line", "column", "code"))


@pytest.mark.parametrize("form", [{"bom": False}, {"line_break": "\r\n"}, {"bom": False, "line_break": "\r\n"}])
def test_a_bom_or_other_line_breaks_change_nothing(publisher, form):
    publisher.load(VIOLATIONS, {}, {})

    result = publisher.load(VIOLATIONS, {}, {}, **form)

    assert (result.unchanged, result.updated, result.issues) == (2, 0, 0)


@pytest.mark.parametrize("respell", [str.lower, str.title, lambda name: name.replace("_", " ")])
def test_another_case_or_spaces_change_nothing(publisher, run_of, respell):
    publisher.load(VIOLATIONS, {}, {})

    result = publisher.load(VIOLATIONS, {}, {}, spelling={name: respell(name) for name in columns(VIOLATIONS)})

    assert result.unchanged == 2
    assert run_of(result).header == {}


def test_another_order_changes_nothing_and_is_noted(publisher, run_of):
    publisher.load(VIOLATIONS, {}, {})

    result = publisher.load(VIOLATIONS, {}, {}, header=sorted(columns(VIOLATIONS)))

    assert (result.unchanged, result.issues) == (2, 0)
    assert run_of(result).header == {"reordered": True}


@pytest.mark.parametrize("slug", [slug for slug, contract in CONTRACTS.items() if not contract.is_yearly])
def test_every_alias_changes_nothing_and_is_noted(publisher, run_of, slug):
    aliases = {column.name: column.aliases[-1] for column in CONTRACTS[slug].columns if column.aliases}
    publisher.load(slug, {})

    result = publisher.load(slug, {}, spelling=aliases)

    assert result.unchanged == 1
    assert run_of(result).header == {"renamed": [[alias, name] for name, alias in aliases.items()]}


@pytest.mark.parametrize("name", ["VIOLATION_ID", "MEMO", "PLACE_CITY"])
def test_a_missing_required_column_holds_and_the_old_data_stay(publisher, run_of, last_published, name):
    first = publisher.load(VIOLATIONS, {}, {})
    publisher.publish(VIOLATIONS, {}, {}, header=[column for column in columns(VIOLATIONS) if column != name])

    result = publisher.sync(VIOLATIONS)

    assert result.status == "held"
    assert result.message == f"The file has no column {name}."
    run = run_of(result)
    assert run.holds == [{"guard": "missing_column", "sentence": f"The file has no column {name}."}]
    assert run.header == {"missing_required": [name]}
    assert last_published(VIOLATIONS).pk == first.run
    assert RegulatoryViolation.objects.filter(run_id=first.run, removed_by=None).count() == 2


def test_the_raw_file_of_a_held_run_is_kept_whole(publisher, run_of, monkeypatch):
    monkeypatch.setattr("sync.reading.BLOCK_BYTES", 500)  # only the header is read to see that it must be held
    path = publisher.publish(VIOLATIONS, *[{}] * 50, header=columns(VIOLATIONS)[1:])

    run = run_of(publisher.sync(VIOLATIONS))

    lines = [text for _, text, _ in rawstore.read_lines(run.raw_file, [(1, None), (51, None)])]
    assert lines == [path.read_text(encoding="utf-8").splitlines()[at] for at in (0, 50)]


def test_a_missing_optional_column_is_null_with_an_issue(publisher, run_of):
    header = [name for name in columns(INDUSTRIAL) if name != "QUESTION_TMDL_ANSWER"]

    result = publisher.load(INDUSTRIAL, {}, header=header)

    assert (result.inserted, result.issues) == (1, 1)
    assert SmartsEnrollment.objects.get().industrial_detail.is_tmdl_discharger is None
    assert issues() == [(1, "QUESTION_TMDL_ANSWER", "missing_optional_column")]
    assert run_of(result).header == {"missing_optional": ["QUESTION_TMDL_ANSWER"]}


def test_an_optional_column_that_comes_later_fills_its_field(publisher):
    header = [name for name in columns("smarts_inspections") if name != "FINAL_INSP_RPT_UPLOAD_DATE"]
    publisher.load("smarts_inspections", {}, header=header)

    result = publisher.load("smarts_inspections", {"FINAL_INSP_RPT_UPLOAD_DATE": "2023-04-01"})

    assert result.updated == 1
    assert Inspection.objects.get().report_upload_date.isoformat() == "2023-04-01"
    assert issues() == []  # of the file that is published now


def test_a_new_column_is_published_without_it_and_warned_of(publisher, run_of):
    publisher.load(VIOLATIONS, {})

    result = publisher.load(VIOLATIONS, {"CASE_WORKER": "Dana"}, header=["CASE_WORKER", *columns(VIOLATIONS)])

    assert (result.unchanged, result.issues) == (1, 1)
    assert issues() == [(1, "CASE_WORKER", "new_column")]
    assert run_of(result).header == {"new": ["CASE_WORKER"]}
    ((_, text, _),) = rawstore.read_lines(run_of(result).raw_file, [(2, None)])
    assert text.startswith("Dana,")


def test_a_column_that_comes_twice_is_taken_once_and_warned_of(publisher):
    publisher.publish(VIOLATIONS, {"MEMO": "first"}, header=[*columns(VIOLATIONS), "memo"])

    result = publisher.sync(VIOLATIONS)

    assert (result.status, result.inserted) == ("published", 1)
    assert RegulatoryViolation.objects.get().memo == "first"
    assert issues() == [(1, "memo", "repeated_column")]


@pytest.mark.parametrize("name", ['weird "quoted", name', "line; DROP TABLE sync_run; --", "%s", "", "\u540d"])
def test_whatever_a_new_column_is_called(publisher, name):
    result = publisher.load(VIOLATIONS, {}, header=[*columns(VIOLATIONS), name])

    assert (result.inserted, result.issues) == (1, 1)
    assert issues() == [(1, name, "new_column")]


@pytest.mark.parametrize("spelling", ["LINE", "line"])
def test_a_new_column_called_line_does_not_meet_our_own(publisher, spelling):
    result = publisher.load(VIOLATIONS, {"LINE": "77"}, header=[spelling, *columns(VIOLATIONS)])

    assert result.inserted == 1
    assert RegulatoryViolation.objects.get().line == 2
