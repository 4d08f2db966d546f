"""Which file names are the portal's, and what they say."""

from datetime import date

import pytest

from sync.contracts import CONTRACTS
from sync.sources.file_names import FileNames, year_in_title

NAMES = FileNames(CONTRACTS.values())


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS.keys())
def test_every_contract_recognises_its_own_file_and_no_other(contract):
    name = NAMES.recognise(f"{contract.file_stem.format(year=2024)}_2026-10-01.csv")

    assert name is not None
    assert name.dataset == contract.slug
    assert name.year == (2024 if contract.is_yearly else None)
    assert name.published_on == date(2026, 10, 1)


@pytest.mark.parametrize(
    "file_name",
    [
        "violations_2025-08-15.csv",
        "Violations_2025-08-15.CSV",
        "violations 2025-08-15.csv",
        "violations_20250815.csv",
        "violations_2025_08_15.csv",
        "violations-2025-08-15.csv",
        "violations_08-15-2025.csv",
        "violations_2025-08-15.csv.gz",
        "violations_2025-08-15.csv.zip",
        "violations_2025-08-15.gz",
        "VIOLATIONS_2025-08-15.ZIP",
    ],
)
def test_spellings_of_one_name_are_the_same_file(file_name):
    name = NAMES.recognise(file_name)

    assert name is not None
    assert (name.dataset, name.published_on) == ("smarts_violations", date(2025, 8, 15))
    assert name.is_compressed == file_name.lower().endswith((".gz", ".zip"))


def test_spaces_stand_for_underscores_in_the_longest_name():
    name = NAMES.recognise("Industrial Ad Hoc Reports - Parameter Data 2025-08-15.csv")

    assert name is not None
    assert name.dataset == "smarts_industrial_monitoring"


def test_a_name_without_date_is_recognised_as_undated():
    name = NAMES.recognise("inspections.csv")

    assert name is not None
    assert name.published_on is None


@pytest.mark.parametrize(
    "file_name",
    [
        "violations_2025-02-31.csv",  # no such day
        "violations_final.csv",
        "old_violations_2025-08-15.csv",
        "violations_2025-08-15.xlsx",
        "violations_2025-08-15.csv.part",
        "violations",
        "ciwqs_facilities_2024-09-06.csv",
        "esmr-analytical-export_2024-09-06.csv",  # of which year?
        "esmr-analytical-export_years-2006-2025_2025-11-05.zip",
        "esmr-analytical-export_year-0019_2025-11-05.csv",
        "esmr-toxicity-export_year-2024_2025-11-05.csv",
    ],
)
def test_other_names_are_not_taken_for_the_portals(file_name):
    assert NAMES.recognise(file_name) is None


def test_the_sampling_year_is_not_mistaken_for_the_export_date():
    name = NAMES.recognise("esmr-analytical-export_year-2009_20261001.csv")

    assert name is not None
    assert (name.year, name.published_on) == (2009, date(2026, 10, 1))


@pytest.mark.parametrize(
    "title, year",
    [
        ("Water Quality - Effluent - Electronic Self-Monitoring Report (eSMR) - Analytical Export - Year 2024", 2024),
        ("eSMR analytical export, year-2027", 2027),
        ("eSMR - Analytical Export - Years 2006-2024 (zip)", None),
        ("eSMR - Analytical Export - Year 2006-2024", None),
        ("eSMR - Toxicity Export - Year 2024", None),
        ("eSMR - Analytical Export - Data Dictionary", None),
    ],
)
def test_a_title_gives_the_year_only_for_a_yearly_analytical_export(title, year):
    assert year_in_title(CONTRACTS["esmr"], title) == year
