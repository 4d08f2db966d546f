"""The guards hold what looks wrong, exactly from the limit on, and nothing else."""

import pytest

from sync.contracts import CONTRACTS
from sync.contracts.base import Guards
from sync.guards import check_columns, check_counts
from sync.header import check_header
from tests.published_files import columns

GUARDS = Guards(min_rows=100, max_drop=0.10, max_bad_share=0.05)


def held_by(*, guards=GUARDS, source="directory", rows_read=10_000, quarantined=0, last=None, expected=None):
    holds = check_counts(
        guards,
        source=source,
        rows_read=rows_read,
        quarantined=quarantined,
        last_published_rows=last,
        expected_rows=expected,
    )
    assert all(hold.sentence.endswith(".") for hold in holds)
    return [hold.guard for hold in holds]


def test_a_file_in_order_is_let_through():
    assert held_by() == []
    assert held_by(source="portal", rows_read=100, last=100, expected=100) == []


@pytest.mark.parametrize("source", ["portal", "directory"])
def test_no_rows_at_all_are_held_whatever_was_published_before(source):
    assert held_by(source=source, rows_read=0) == ["no_rows"]
    assert held_by(source=source, rows_read=0, last=0, expected=0) == ["no_rows"]
    assert held_by(source=source, rows_read=0, last=28_619) == ["no_rows"]


@pytest.mark.parametrize(
    "source, rows_read, expected",
    [("portal", 99, ["min_rows"]), ("portal", 100, []), ("directory", 99, []), ("directory", 1, [])],
)
def test_the_least_number_of_rows_is_the_portals_alone(source, rows_read, expected):
    assert held_by(source=source, rows_read=rows_read) == expected


@pytest.mark.parametrize(
    "last, rows_read, expected",
    [
        (1000, 900, []),
        (1000, 899, ["row_drop"]),
        (1000, 1000, []),
        (1000, 5000, []),
        (28_619, 37, ["row_drop"]),
        (28_619, 25_758, []),  # 9.997 %
        (28_619, 25_757, ["row_drop"]),  # 10.0003 %
        (10, 9, []),
        (10, 8, ["row_drop"]),
        (1, 1, []),
        (None, 1, []),
        (0, 1, []),
    ],
)
def test_a_drop_of_the_tolerated_share_is_let_through_and_one_row_more_is_held(last, rows_read, expected):
    assert held_by(last=last, rows_read=rows_read) == expected


def test_the_tolerated_drop_is_exact_for_every_round_number():
    for last in range(10, 200_000, 10):
        kept = last * 9 // 10
        assert held_by(last=last, rows_read=kept) == []
        assert held_by(last=last, rows_read=kept - 1)[0] == ("row_drop" if kept > 1 else "no_rows")


@pytest.mark.parametrize(
    "rows_read, quarantined, expected",
    [
        (999, 998, []),
        (999, 999, ["no_good_rows"]),
        (999, 50, []),
        (1000, 50, []),
        (1000, 51, ["bad_rows"]),
        (1000, 999, ["bad_rows"]),
        (1000, 1000, ["no_good_rows"]),
        (1, 1, ["no_good_rows"]),
        (1000, 0, []),
        (2_000_000, 100_000, []),
        (2_000_000, 100_001, ["bad_rows"]),
    ],
)
def test_bad_rows_count_from_a_thousand_rows_on_and_above_the_tolerated_share(rows_read, quarantined, expected):
    assert held_by(rows_read=rows_read, quarantined=quarantined) == expected


def test_the_tolerated_share_of_bad_rows_is_exact_for_every_round_number():
    for rows_read in range(1000, 200_000, 20):
        assert held_by(rows_read=rows_read, quarantined=rows_read // 20) == []
        assert held_by(rows_read=rows_read, quarantined=rows_read // 20 + 1) == ["bad_rows"]


@pytest.mark.parametrize(
    "counted, rows_read, expected", [(500, 499, ["short_file"]), (500, 500, []), (500, 501, []), (None, 1, [])]
)
def test_fewer_rows_than_the_portals_own_table_are_held(counted, rows_read, expected):
    assert held_by(expected=counted, rows_read=rows_read) == expected


def test_everything_that_is_wrong_is_said_at_once():
    guards = Guards(min_rows=5000)

    found = held_by(guards=guards, source="portal", rows_read=1000, quarantined=900, last=28_619, expected=28_620)

    assert found == ["min_rows", "short_file", "row_drop", "bad_rows"]


def test_the_sentences_name_the_numbers():
    holds = check_counts(GUARDS, source="portal", rows_read=2000, quarantined=500, last_published_rows=28_619)

    drop, bad = holds
    assert drop.sentence == (
        "2,000 rows where the last published file had 28,619: 93% fewer, at most 10% is let through."
    )
    assert bad.sentence == "500 of 2,000 rows cannot be loaded (25.0%), at most 5% is let through."
    assert bad.as_json() == {"guard": "bad_rows", "sentence": bad.sentence}


def test_a_required_column_that_is_missing_holds_and_is_named():
    contract = CONTRACTS["smarts_violations"]
    names = columns(contract.slug)

    assert check_columns(check_header(names, contract)) == []
    (hold,) = check_columns(check_header(names[1:], contract))
    assert (hold.guard, hold.sentence) == ("missing_column", "The file has no column WDID.")


def test_an_optional_or_new_column_does_not_hold():
    contract = CONTRACTS["smarts_inspections"]
    names = [name for name in columns(contract.slug) if name != "FINAL_INSP_RPT_UPLOAD_DATE"]

    assert check_columns(check_header([*names, "NEW"], contract)) == []


@pytest.mark.parametrize("slug", CONTRACTS)
def test_the_guards_of_every_contract_tolerate_something_and_not_everything(slug):
    guards = CONTRACTS[slug].guards

    assert guards.min_rows > 0
    assert 0 < guards.max_drop < 0.5
    assert 0 < guards.max_bad_share < 0.5
