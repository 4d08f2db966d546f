"""Answers with a success status that are not the data, and tables that come back short."""

import gzip

import pytest

from sync.sources import DamagedFile, SourceError
from tests.sync.portal import HTML_PAGE
from tests.sync.sources.downloads import OLD, VIOLATIONS, content, fetch, left_over


@pytest.mark.parametrize(
    "page, words",
    [
        (HTML_PAGE, "is a web page, not data: it begins with '<!DOCTYPE html>"),
        (b"", "is empty"),
        (b'{"success": false, "error": {"message": "Internal"}}', "is a JSON message"),
    ],
)
def test_an_error_page_with_status_200_is_damaged_named_and_not_kept(portal, source, tmp_path, page, words):
    portal.publish(VIOLATIONS, OLD).send_page(page)

    with pytest.raises(DamagedFile) as caught:
        fetch(source)

    assert str(caught.value).startswith("violations_2026-10-01.csv is ")
    assert words in str(caught.value)
    assert len(portal.downloads) == 1
    assert left_over(tmp_path) == []
    assert content(fetch(source)) == OLD


@pytest.mark.parametrize("status", [202, 204])
def test_a_success_without_a_file_is_damaged(portal, source, status):
    portal.publish(VIOLATIONS, OLD).send_page(b"", status=status)

    with pytest.raises(DamagedFile, match=f"answered {status} instead of a file"):
        fetch(source)


def test_an_error_page_in_place_of_the_rest_does_not_end_up_behind_the_first_half(portal, source, tmp_path):
    file = portal.publish(VIOLATIONS, OLD)
    file.drop(after=50_000)
    file.send_page()

    with pytest.raises(DamagedFile, match="is a web page"):
        fetch(source)
    assert left_over(tmp_path) == []


def test_a_broken_archive_is_damaged_under_the_portals_name_for_it(portal, source):
    portal.publish(VIOLATIONS, gzip.compress(OLD)[:-30], file_name="violations_2026-10-01.csv.gz")

    with pytest.raises(DamagedFile, match=r"^violations_2026-10-01\.csv\.gz is a damaged archive"):
        fetch(source)


def test_a_304_nobody_asked_for_is_an_error_not_an_empty_file(portal, source):
    portal.publish(VIOLATIONS, OLD).send_page(b"", status=304)

    with pytest.raises(SourceError, match="304 to a request without conditions"):
        fetch(source)


def test_a_dump_comes_with_the_number_of_rows_it_must_have(portal, source):
    portal.publish(VIOLATIONS, OLD, is_dump=True, table_rows=20_001)

    planned = source.plan(["smarts_violations"]).files[0]
    fetched = source.fetch(planned)

    assert planned.is_datastore_dump
    assert planned.location == f"{portal.url}/datastore/dump/{VIOLATIONS.resource_id}"
    assert fetched.expected_rows == 20_001
    assert portal.calls[-1].path.endswith("/datastore_search")
    assert portal.calls[-1].query == {"resource_id": VIOLATIONS.resource_id, "limit": "0"}


def test_a_dump_of_a_table_that_is_gone_has_no_expected_number(portal, source):
    portal.publish(VIOLATIONS, OLD, is_dump=True)

    assert fetch(source).expected_rows is None


def test_the_table_is_not_counted_for_an_uploaded_file(portal, source):
    portal.publish(VIOLATIONS, OLD, table_rows=5)

    assert fetch(source).expected_rows is None
    assert not any(call.path.endswith("/datastore_search") for call in portal.calls)
