"""Finding the files at the portal."""

from dataclasses import replace
from datetime import date

import pytest

from sync.contracts import CONTRACTS
from sync.sources import DirectorySource, SourceError
from sync.sources.errors import NotPublishedError, PortalUnreachableError
from sync.sources.portal import PortalSource
from tests.sync.portal import HTML_PAGE, Fault, PortalFile
from tests.sync.sources.conftest import USER_AGENT

VIOLATIONS = CONTRACTS["smarts_violations"]
ESMR = CONTRACTS["esmr"]


def publish_years(portal, *years):
    return {year: portal.publish(ESMR, b"region\nx\n", year=year) for year in years}


def test_a_file_is_found_by_its_resource_id_wherever_it_is_today(portal, source):
    portal.publish(VIOLATIONS, b"A\n1\n", day="2025-08-15", size=4)

    (file,) = source.plan(["smarts_violations"]).files

    assert (file.resource, file.dataset, file.year) == ("smarts_violations", "smarts_violations", None)
    assert file.file_name == "violations_2025-08-15.csv"
    assert file.location.startswith(portal.url)
    assert file.location.endswith(f"{VIOLATIONS.resource_id}/download/violations_2025-08-15.csv")
    assert file.published_on == date(2025, 8, 15)
    assert (file.size, file.resource_id) == (4, VIOLATIONS.resource_id)
    assert not file.is_datastore_dump
    assert [(call.path, call.query) for call in portal.calls] == [
        ("/api/3/action/resource_show", {"id": VIOLATIONS.resource_id})
    ]


def test_every_request_says_who_asks(portal, source):
    portal.publish(VIOLATIONS, b"A\n1\n")

    source.fetch(source.plan(["smarts_violations"]).files[0])

    assert {seen.headers["User-Agent"] for seen in portal.seen} == {USER_AGENT}


def test_a_file_name_without_a_date_takes_the_day_the_portal_says_it_changed(portal, source):
    portal.publish(VIOLATIONS, b"A\n1\n", file_name="export.csv", changed="2026-09-30T23:59:59.1")

    (file,) = source.plan(["smarts_violations"]).files

    assert file.published_on == date(2026, 9, 30)


def test_everything_is_planned_in_the_order_of_the_contracts(portal, source):
    for contract in reversed(CONTRACTS.values()):
        if not contract.is_yearly:
            portal.publish(contract, b"A\n1\n")
    publish_years(portal, 2026, 2025)

    plan = source.plan()

    smarts = [slug for slug in CONTRACTS if slug != "esmr"]
    assert [file.resource for file in plan.files] == [*smarts, "esmr:2025", "esmr:2026"]
    assert plan.unresolved == ()


def test_the_five_newest_sampling_years_are_taken_unless_all_are_asked_for(portal, source):
    publish_years(portal, *range(2018, 2027))

    recent = [file.year for file in source.plan(["esmr"]).files]
    everything = [file.year for file in source.plan(["esmr"], all_years=True).files]

    assert recent == [2022, 2023, 2024, 2025, 2026]
    assert everything == list(range(2018, 2027))


def test_a_year_that_is_asked_for_by_name_is_taken_however_old(portal, source):
    publish_years(portal, *range(2006, 2027))

    alone = source.plan(["esmr:2009"])
    beside = source.plan(["esmr", "esmr:2009"])

    assert [file.resource for file in alone.files] == ["esmr:2009"]
    assert [file.year for file in beside.files] == [2009, 2022, 2023, 2024, 2025, 2026]


def test_a_new_year_is_found_in_the_package_without_a_change_of_ours(portal, source):
    publish_years(portal, 2026, 2027)
    portal.publish(ESMR, b"region\nx\n", year=2028, file_name="export.csv")  # only its title tells

    assert [file.year for file in source.plan(["esmr"]).files] == [2026, 2027, 2028]


def test_a_known_resource_id_tells_the_year_where_name_and_title_do_not(portal, source):
    portal.publish(ESMR, b"region\nx\n", year=2024, file_name="data.csv", title="Results")

    assert [file.resource for file in source.plan(["esmr"]).files] == ["esmr:2024"]


def test_the_file_name_is_believed_over_a_title_that_was_not_renewed(portal, source):
    portal.publish(ESMR, b"region\nx\n", year=2028, title="eSMR - Analytical Export - Year 2027")

    assert [file.resource for file in source.plan(["esmr"]).files] == ["esmr:2028"]


@pytest.mark.parametrize(
    "title, file_name",
    [
        ("eSMR - Analytical Export - Years 2006-2026", "esmr-analytical-export_years-2006-2026_2026-10-01.zip"),
        ("eSMR - Data Dictionary", "esmr-data-dictionary.xlsx"),
        ("eSMR - Toxicity Export - Year 2026", "esmr-toxicity-export_year-2026_2026-10-01.csv"),
        ("Violations - Analytical Export - Year 2026", "violations_2026-10-01.csv"),
    ],
)
def test_other_files_of_the_package_are_left_alone(portal, source, title, file_name):
    publish_years(portal, 2025)
    portal.add(PortalFile("0000", title, ESMR.package, file_name, b"x"))

    assert [file.year for file in source.plan(["esmr"], all_years=True).files] == [2025]


def test_two_yearly_datasets_of_one_package_are_kept_apart(portal, make_source, monkeypatch):
    toxicity = replace(ESMR, slug="toxicity", file_stem="esmr-toxicity-export_year-{year}", years={2020: "t"})
    monkeypatch.setattr("tests.sync.sources.conftest.CONTRACTS", {"esmr": ESMR, "toxicity": toxicity})
    publish_years(portal, 2025)
    portal.publish(toxicity, b"x\n", year=2026)

    files = make_source().plan(all_years=True).files

    assert [file.resource for file in files] == ["esmr:2025", "toxicity:2026"]


def test_of_two_files_of_one_year_the_newer_is_taken_in_any_order(portal, source):
    old = portal.publish(ESMR, b"old\n", year=2027, day="2026-09-01")
    new = portal.publish(ESMR, b"new\n", year=2027, day="2026-10-01")

    assert source.plan(["esmr:2027"]).files[0].resource_id == new.resource_id
    portal.withdraw(old)
    portal.add(old)
    assert source.plan(["esmr:2027"]).files[0].resource_id == new.resource_id


def test_a_year_the_package_forgot_is_found_by_its_known_id_and_an_unknown_one_is_absent(portal, source):
    publish_years(portal, 2026)
    portal.publish(ESMR, b"region\nx\n", year=2009, package="elsewhere")

    plan = source.plan(["esmr:2009", "esmr:2010", "esmr:1999"])

    assert [file.resource for file in plan.files] == ["esmr:2009"]
    assert plan.absent == ("esmr:1999", "esmr:2010")


def test_a_renamed_package_does_not_stop_the_known_years(portal, source):
    publish_years(portal, *range(2020, 2027))
    portal.packages_gone.add(ESMR.package)

    assert [file.year for file in source.plan(["esmr"]).files] == [2022, 2023, 2024, 2025, 2026]


def test_a_portal_without_any_yearly_file_has_failed_for_that_dataset(portal, source):
    plan = source.plan(["esmr"])

    assert (plan.files, plan.absent) == ((), ())
    assert [lost.resource for lost in plan.unresolved] == ["esmr"]
    assert "lists no yearly file of esmr" in str(plan.unresolved[0].error)


def test_a_resource_the_portal_lost_fails_alone(portal, source):
    portal.publish(CONTRACTS["smarts_inspections"], b"A\n1\n")

    plan = source.plan(["smarts_violations", "smarts_inspections"])

    assert [file.resource for file in plan.files] == ["smarts_inspections"]
    (lost,) = plan.unresolved
    assert (lost.resource, lost.dataset) == ("smarts_violations", "smarts_violations")
    assert isinstance(lost.error, NotPublishedError)
    assert str(lost.error).endswith(f"refused resource_show {VIOLATIONS.resource_id}: Not found.")


def test_a_resource_without_an_address_fails_alone(portal, source, monkeypatch):
    portal.publish(VIOLATIONS, b"A\n1\n")
    described = portal.describe
    monkeypatch.setattr(portal, "describe", lambda file: described(file) | {"url": ""})

    (lost,) = source.plan(["smarts_violations"]).unresolved

    assert "gives no address for smarts_violations" in str(lost.error)


def test_a_passing_failure_of_the_api_is_tried_again(portal, source, sleeps):
    portal.publish(VIOLATIONS, b"A\n1\n")
    portal.api_faults += [
        Fault(status=503),
        Fault(status=429, retry_after="7"),
        Fault(drop_after=3, body=b'{"success"'),
    ]

    assert len(source.plan(["smarts_violations"]).files) == 1
    assert sleeps.seconds == [1, 7, 4]


def test_a_lasting_failure_of_the_api_is_the_failure_of_that_resource(portal, source):
    portal.publish(VIOLATIONS, b"A\n1\n")
    portal.api_faults += [Fault(status=500)] * 5

    (lost,) = source.plan(["smarts_violations"]).unresolved

    assert "answered 500 Internal Server Error" in str(lost.error)
    assert "tried 5 times" in str(lost.error)


@pytest.mark.parametrize(
    "status, body, words",
    [
        (200, HTML_PAGE, "does not answer like a CKAN portal (status 200"),
        (404, HTML_PAGE, "does not answer like a CKAN portal (status 404"),
        (200, b"[]", "does not answer like a CKAN portal"),
        (200, b'{"success": true}', "refused resource_show"),
        (200, b'{"success": false, "error": {"message": "no"}}', ": no."),
        (409, b'{"success": false, "error": {"id": ["Missing value"], "__type": "x"}}', "Missing value"),
        (403, b'{"success": false, "error": "Access denied"}', "Access denied"),
    ],
)
def test_an_answer_that_is_none_is_said_plainly_and_not_asked_for_again(portal, source, status, body, words):
    portal.api_faults.append(Fault(status=status, body=body))

    (lost,) = source.plan(["smarts_violations"]).unresolved

    assert words in str(lost.error)
    assert len(portal.calls) == 1


def test_an_unreachable_portal_is_one_sentence_at_once_for_all(portal, source, sleeps):
    portal.stop()

    with pytest.raises(PortalUnreachableError) as caught:
        source.plan()

    assert str(caught.value) == (
        f"{portal.url.removeprefix('http://')} could not be reached: it refused the connection (tried 5 times)."
    )
    assert len(sleeps.seconds) == 4


@pytest.mark.parametrize("url", ["data.ca.gov", "ftp://data.ca.gov", "file:///etc", "", "http://"])
def test_an_address_that_is_none_is_refused_at_the_start(tmp_path, url):
    with pytest.raises(SourceError, match="must begin with http"):
        PortalSource(url, CONTRACTS, tmp_path, user_agent=USER_AGENT)


def test_a_portal_below_a_path_is_asked_there(portal, tmp_path):
    source = PortalSource(f"{portal.url}/data/", CONTRACTS, tmp_path, user_agent=USER_AGENT)

    source.plan(["smarts_violations"])

    assert portal.seen[0].path == "/data/api/3/action/resource_show"


def test_both_sources_say_what_they_are(source, tmp_path):
    assert source.kind == "portal"
    assert DirectorySource(tmp_path, CONTRACTS).kind == "directory"
