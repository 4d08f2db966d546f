"""A directory of downloaded files as a source."""

import gzip
import hashlib
import os

import pytest

from sync.contracts import CONTRACTS
from sync.sources import DamagedFile, DirectorySource, SourceError

CSV = b"VIOLATION_ID\n1\n"


@pytest.fixture
def directory(tmp_path):
    return tmp_path


def put(directory, *names, content=CSV):
    for name in names:
        (directory / name).write_bytes(content)


def plan(directory, *requests, **arguments):
    return DirectorySource(directory, CONTRACTS).plan(requests, **arguments)


def test_recognised_files_are_planned_in_the_order_of_the_contracts_and_the_rest_is_named(directory):
    put(
        directory,
        "esmr-analytical-export_year-2024_2026-10-01.csv",
        "esmr-analytical-export_year-2009_2026-10-01.csv",
        "Industrial_Application_Specific_Data_2019-03-12.csv",
        "ciwqs_facilities_2024-09-06.csv",
        "notes.txt",
        ".DS_Store",
        ".violations_2025-08-15.csv",
    )
    (directory / "old").mkdir()
    put(directory / "old", "violations_2025-08-15.csv")

    found = plan(directory)

    assert [file.resource for file in found.files] == ["smarts_industrial_facilities", "esmr:2009", "esmr:2024"]
    assert found.ignored == ("ciwqs_facilities_2024-09-06.csv", "notes.txt")
    assert set(found.absent) == set(CONTRACTS) - {"smarts_industrial_facilities", "esmr"}


def test_a_planned_file_says_what_the_ledger_needs(directory):
    put(directory, "Violations_2025-08-15.csv")

    (file,) = plan(directory, "smarts_violations").files

    assert (file.resource, file.dataset, file.year) == ("smarts_violations", "smarts_violations", None)
    assert file.file_name == "Violations_2025-08-15.csv"
    assert file.location == str(directory / "Violations_2025-08-15.csv")
    assert file.published_on is not None
    assert file.published_on.isoformat() == "2025-08-15"
    assert file.size == len(CSV)


def test_the_newest_date_wins_whatever_the_spelling(directory):
    put(
        directory,
        "violations.csv",
        "violations_2025-08-15.csv",
        "VIOLATIONS_20250901.csv.gz",
        "violations_08-20-2025.csv",
    )

    found = plan(directory, "smarts_violations")

    assert [file.file_name for file in found.files] == ["VIOLATIONS_20250901.csv.gz"]
    assert found.superseded == ("violations.csv", "violations_08-20-2025.csv", "violations_2025-08-15.csv")
    assert found.ignored == ()


def test_of_equal_dates_the_plain_file_wins_then_the_last_name(directory):
    put(directory, "violations_2025-08-15.zip", "violations_2025-08-15.csv.gz", "violations_2025-08-15.csv")
    put(directory, "inspections_2025-08-15.gz", "inspections_2025-08-15.zip")

    found = plan(directory, "smarts_violations", "smarts_inspections")

    assert {file.file_name for file in found.files} == {"violations_2025-08-15.csv", "inspections_2025-08-15.zip"}


def test_an_undated_file_is_the_oldest_but_taken_if_alone(directory):
    put(directory, "violations.csv", "inspections.csv", "inspections_1999-01-01.csv")

    names = {file.file_name for file in plan(directory).files}

    assert names == {"violations.csv", "inspections_1999-01-01.csv"}


def test_the_newest_file_is_chosen_for_each_sampling_year_apart(directory):
    put(
        directory,
        "esmr-analytical-export_year-2023_2026-10-01.csv",
        "esmr-analytical-export_year-2023_2026-09-01.csv",
        "esmr-analytical-export_year-2024_2026-09-01.csv",
    )

    names = [file.file_name for file in plan(directory, "esmr").files]

    assert names == [
        "esmr-analytical-export_year-2023_2026-10-01.csv",
        "esmr-analytical-export_year-2024_2026-09-01.csv",
    ]


def test_all_sampling_years_of_a_directory_are_taken_without_asking(directory):
    put(directory, *(f"esmr-analytical-export_year-{year}.csv" for year in range(2006, 2027)))

    assert len(plan(directory).files) == 21


def test_what_was_asked_for_and_is_not_there_is_absent(directory):
    put(directory, "esmr-analytical-export_year-2024_2026-10-01.csv", "violations_2025-08-15.csv")

    found = plan(directory, "smarts_inspections", "esmr:2009", "esmr:2024")

    assert [file.resource for file in found.files] == ["esmr:2024"]
    assert found.absent == ("smarts_inspections", "esmr:2009")


def test_a_directory_without_any_file_of_ours_is_an_error_that_shows_what_is_there(directory):
    put(directory, "notes.txt")

    with pytest.raises(SourceError, match=r"No file in .* is named like one of the portal's.*\(notes\.txt\)"):
        plan(directory)


def test_an_empty_directory_is_an_error(directory):
    with pytest.raises(SourceError, match="No file in"):
        plan(directory)


def test_a_wrong_directory_is_one_clear_sentence(directory):
    put(directory, "violations.csv")

    with pytest.raises(SourceError, match="There is no directory"):
        plan(directory / "nowhere")
    with pytest.raises(SourceError, match="is not a directory"):
        plan(directory / "violations.csv")


def test_a_pipe_that_is_named_like_a_file_does_not_hang_the_sync(directory):
    put(directory, "inspections.csv")
    os.mkfifo(directory / "violations.csv")

    assert [file.resource for file in plan(directory).files] == ["smarts_inspections"]


def test_fetching_reads_the_file_in_place_and_hashes_what_is_inside(directory):
    put(directory, "violations_2025-08-15.csv.gz", content=gzip.compress(CSV))
    source = DirectorySource(directory, CONTRACTS)
    (file,) = source.plan(["smarts_violations"]).files
    steps = []

    fetched = source.fetch(file, on_bytes=lambda done, total: steps.append((done, total)))

    assert fetched.path == directory / "violations_2025-08-15.csv.gz"
    assert fetched.sha256 == hashlib.sha256(CSV).hexdigest()
    assert fetched.size == len(CSV)
    assert not fetched.temporary
    assert not fetched.not_modified
    assert steps == [(len(CSV), None)]


@pytest.mark.parametrize("content", [b"", b"<html>Not found</html>"])
def test_a_saved_error_page_or_an_empty_file_is_held(directory, content):
    put(directory, "violations_2025-08-15.csv", content=content)
    source = DirectorySource(directory, CONTRACTS)

    with pytest.raises(DamagedFile, match=r"^violations_2025-08-15\.csv is "):
        source.fetch(source.plan(["smarts_violations"]).files[0])


def test_a_file_that_goes_away_between_plan_and_fetch_is_one_sentence(directory):
    put(directory, "violations_2025-08-15.csv")
    source = DirectorySource(directory, CONTRACTS)
    (file,) = source.plan(["smarts_violations"]).files
    (directory / "violations_2025-08-15.csv").unlink()

    with pytest.raises(SourceError, match="cannot be read"):
        source.fetch(file)
