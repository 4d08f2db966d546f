"""A header may drift in harmless ways; a required column that is missing holds the file."""

import pytest

from sync.contracts import CONTRACTS
from sync.contracts.base import Column
from sync.header import check_header
from tests.published_files import columns

VIOLATIONS = CONTRACTS["smarts_violations"]
NAMES = columns("smarts_violations")


def test_the_expected_header_has_no_drift():
    check = check_header(NAMES, VIOLATIONS)

    assert check.columns == VIOLATIONS.columns
    assert check.as_json() == {}
    assert check.missing == frozenset()


@pytest.mark.parametrize("slug", CONTRACTS)
def test_every_contract_recognises_its_own_names_and_all_its_aliases(slug):
    contract = CONTRACTS[slug]
    for column in contract.columns:
        for name in (column.name, *column.aliases):
            header = [name if other is column else other.name for other in contract.columns]
            check = check_header(header, contract)
            assert check.columns == contract.columns, name
            assert check.renamed == (() if name == column.name else ((name, column.name),))


@pytest.mark.parametrize(
    "respell",
    [
        str.lower,
        str.title,
        lambda name: name.replace("_", " "),
        lambda name: f"  {name} ",
        lambda name: name.casefold(),
    ],
)
def test_case_spaces_and_underscores_make_no_difference_and_are_no_renaming(respell):
    check = check_header([respell(name) for name in NAMES], VIOLATIONS)

    assert check.columns == VIOLATIONS.columns
    assert check.as_json() == {}


def test_an_alias_is_known_in_any_spelling_and_reported_as_renamed():
    header = ["regional board " if name == "REGIONAL_BOARD" else name for name in NAMES]
    assert check_header(header, VIOLATIONS).renamed == ()

    header = ["Region Board" if name == "REGIONAL_BOARD" else name for name in NAMES]
    assert check_header(header, VIOLATIONS).renamed == (("Region Board", "REGIONAL_BOARD"),)
    assert check_header(header, VIOLATIONS).as_json() == {"renamed": [["Region Board", "REGIONAL_BOARD"]]}


def test_the_columns_follow_the_files_order_and_a_new_order_is_noted():
    header = [NAMES[1], NAMES[0], *NAMES[2:]]

    check = check_header(header, VIOLATIONS)

    assert [column.name for column in check.columns] == header
    assert check.as_json() == {"reordered": True}


def test_a_gap_alone_is_no_new_order():
    assert not check_header(NAMES[1:], VIOLATIONS).is_reordered


def test_a_missing_required_column_is_named():
    check = check_header([name for name in NAMES if name not in {"VIOLATION_ID", "MEMO"}], VIOLATIONS)

    assert check.missing_required == ("VIOLATION_ID", "MEMO")
    assert check.missing_optional == ()
    assert check.missing == {"VIOLATION_ID", "MEMO"}


def test_a_missing_optional_column_is_told_apart():
    contract = CONTRACTS["smarts_industrial_facilities"]
    header = [name for name in columns(contract.slug) if name != "QUESTION_TMDL_ANSWER"]

    check = check_header(header, contract)

    assert check.missing_required == ()
    assert check.missing_optional == ("QUESTION_TMDL_ANSWER",)
    assert check.missing == {"QUESTION_TMDL_ANSWER"}


def test_a_new_column_has_no_place_and_keeps_its_spelling():
    check = check_header([*NAMES[:3], "Case Worker", *NAMES[3:]], VIOLATIONS)

    assert check.columns[3] is None
    assert check.columns[4] == VIOLATIONS.columns[3]
    assert check.as_json() == {"new": ["Case Worker"]}


@pytest.mark.parametrize("again", ["MEMO", "memo", " Memo"])
def test_of_a_repeated_column_the_first_counts(again):
    check = check_header([*NAMES, again], VIOLATIONS)

    assert check.columns[:-1] == VIOLATIONS.columns
    assert check.columns[-1] is None
    assert check.repeated == (again,)
    assert check.new == ()


def test_a_column_under_its_name_and_under_an_alias_is_repeated():
    check = check_header([*NAMES, "REGION"], VIOLATIONS)

    assert check.repeated == ("REGION",)
    assert check.renamed == ()


def test_a_name_of_the_contract_wins_over_an_alias_of_another_column():
    check = check_header([*NAMES], VIOLATIONS)
    assert all(isinstance(column, Column) for column in check.columns)

    # Within every contract, no alias is the name or the alias of another column.
    for contract in CONTRACTS.values():
        spellings = [spelling for column in contract.columns for spelling in (column.name, *column.aliases)]
        assert len(spellings) == len({spelling.casefold() for spelling in spellings}), contract.slug


def test_a_web_page_has_none_of_the_columns():
    check = check_header(["<!DOCTYPE html>"], VIOLATIONS)

    assert check.columns == (None,)
    assert set(check.missing_required) == set(NAMES)
