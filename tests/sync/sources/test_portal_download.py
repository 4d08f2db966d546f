"""Bringing files from the portal: whole, once, and no more than needed."""

import gzip
import hashlib
import threading

import pytest

from sync.contracts import CONTRACTS
from sync.sources import SourceError, TransportError
from sync.sources.errors import NotPublishedError
from sync.sources.transport import Transport
from tests.sync.sources.conftest import USER_AGENT, as_published
from tests.sync.sources.downloads import NEW, OLD, VIOLATIONS, content, fetch, left_over


def test_a_download_arrives_whole_with_its_hash_and_validators_and_leaves_no_part(portal, source, tmp_path):
    file = portal.publish(VIOLATIONS, OLD)
    steps = []

    fetched = fetch(source, on_bytes=lambda done, total: steps.append((done, total)))

    assert content(fetched) == OLD
    assert fetched.sha256 == hashlib.sha256(OLD).hexdigest()
    assert fetched.size == len(OLD)
    assert (fetched.etag, fetched.last_modified) == (file.current_etag, file.last_modified)
    assert fetched.temporary
    assert not fetched.not_modified
    assert fetched.expected_rows is None
    assert steps[-1] == (len(OLD), len(OLD))
    assert left_over(tmp_path) == [fetched.path.name]


def test_files_are_asked_for_uncompressed_so_that_ranges_count_the_files_own_bytes(portal, source):
    portal.publish(VIOLATIONS, OLD)

    fetch(source)

    assert portal.downloads[0].headers["Accept-Encoding"] == "identity"


def test_a_server_that_compresses_unasked_is_unpacked(portal, source):
    portal.publish(VIOLATIONS, OLD, is_packed=True)

    assert content(fetch(source)) == OLD


def test_a_chunked_answer_without_a_length_is_taken(portal, source):
    portal.publish(VIOLATIONS, OLD, is_chunked=True, piece=10_000)

    assert content(fetch(source)) == OLD


def test_a_gzipped_file_is_hashed_by_what_is_inside(portal, source):
    portal.publish(VIOLATIONS, gzip.compress(OLD), file_name="violations_2026-10-01.csv.gz")

    fetched = fetch(source)

    assert fetched.sha256 == hashlib.sha256(OLD).hexdigest()
    assert content(fetched) == OLD


def test_data_labelled_as_html_are_data(portal, source):
    portal.publish(VIOLATIONS, OLD, content_type="text/html")

    assert content(fetch(source)) == OLD


def test_redirects_are_followed(portal, source):
    portal.publish(VIOLATIONS, OLD, redirect=f"/moved/{VIOLATIONS.resource_id}")

    assert content(fetch(source)) == OLD


@pytest.mark.parametrize("target", ["file:///etc/hostname", "ftp://127.0.0.1/violations.csv"])
def test_redirects_lead_nowhere_but_to_the_web(portal, source, sleeps, target):
    portal.publish(VIOLATIONS, OLD, redirect=target)

    with pytest.raises(SourceError, match="no address that can be fetched"):
        fetch(source)
    assert sleeps.seconds == []


def test_a_redirect_in_a_circle_ends(portal, source, sleeps):
    file = portal.publish(VIOLATIONS, OLD)
    file.redirect = file.path

    with pytest.raises(SourceError, match="redirects"):
        fetch(source)
    assert sleeps.seconds == []


# --- unchanged files


def test_an_unchanged_file_is_not_sent_again(portal, source, tmp_path):
    portal.publish(VIOLATIONS, OLD)
    published = as_published(fetch(source), path=tmp_path / "raw.csv.gz")
    published.path.write_bytes(b"kept")

    again = fetch(source, previous=published)

    assert again.not_modified
    assert not again.temporary
    assert (again.path, again.sha256, again.size) == (published.path, published.sha256, published.size)
    assert (again.etag, again.last_modified) == (published.etag, published.last_modified)
    assert portal.downloads[-1].status == 304
    assert portal.downloads[-1].headers["If-None-Match"] == published.etag
    assert portal.downloads[-1].headers["If-Modified-Since"] == published.last_modified


def test_a_file_that_never_got_published_comes_again_though_it_is_unchanged(portal, source):
    portal.publish(VIOLATIONS, OLD)
    fetch(source)  # the run of this one failed: there is no published file

    again = fetch(source, previous=None)

    assert not again.not_modified
    assert content(again) == OLD
    assert "If-None-Match" not in portal.downloads[-1].headers


def test_a_changed_file_is_sent_in_spite_of_the_conditions(portal, source):
    file = portal.publish(VIOLATIONS, OLD)
    published = as_published(fetch(source))
    file.body, file.last_modified = NEW, "Fri, 02 Oct 2026 08:00:00 GMT"

    assert content(fetch(source, previous=published)) == NEW


def test_a_date_alone_is_condition_enough(portal, source):
    portal.publish(VIOLATIONS, OLD, etag=None)
    published = as_published(fetch(source))

    assert fetch(source, previous=published).not_modified
    assert "If-None-Match" not in portal.downloads[-1].headers


def test_a_weak_etag_is_good_enough_to_learn_that_nothing_changed(portal, source):
    portal.publish(VIOLATIONS, OLD, has_weak_etag=True)
    published = as_published(fetch(source))

    assert fetch(source, previous=published).not_modified


def test_validators_of_another_address_are_not_used(portal, source):
    file = portal.publish(VIOLATIONS, OLD, day="2026-10-01")
    published = as_published(fetch(source))
    file.file_name, file.body = "violations_2026-10-02.csv", NEW

    assert content(fetch(source, previous=published)) == NEW
    assert "If-None-Match" not in portal.downloads[-1].headers
    assert "If-Modified-Since" not in portal.downloads[-1].headers


def test_a_lost_raw_file_is_fetched_again_though_the_portals_is_unchanged(portal, source, tmp_path):
    portal.publish(VIOLATIONS, OLD)
    published = as_published(fetch(source), path=tmp_path / "lost.csv.gz")

    assert content(fetch(source, previous=published)) == OLD


# --- failures that pass, and others


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_passing_failure_is_tried_again(portal, source, sleeps, status):
    portal.publish(VIOLATIONS, OLD).fail(status=status, times=2)

    assert content(fetch(source)) == OLD
    assert sleeps.seconds == [1, 2]


def test_the_portals_wish_to_wait_is_honoured(portal, source, sleeps):
    portal.publish(VIOLATIONS, OLD).fail(status=503, retry_after="40")

    fetch(source)

    assert sleeps.seconds == [40]


def test_a_lasting_failure_is_given_up_after_the_last_try(portal, make_source, sleeps):
    portal.publish(VIOLATIONS, OLD).fail(status=503, times=9)

    with pytest.raises(TransportError, match=r"answered 503 Service Unavailable .*\(tried 3 times\)\.$"):
        fetch(make_source(tries=3))
    assert len(portal.downloads) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 418])
def test_a_refusal_is_not_tried_again(portal, source, sleeps, status):
    portal.publish(VIOLATIONS, OLD).fail(status=status)

    with pytest.raises(SourceError, match=f"answered {status}") as caught:
        fetch(source)
    assert not isinstance(caught.value, TransportError)
    assert sleeps.seconds == []


def test_a_missing_file_is_not_tried_again(portal, source, sleeps):
    portal.publish(VIOLATIONS, OLD, is_gone=True)

    with pytest.raises(NotPublishedError, match="404 Not Found"):
        fetch(source)
    assert sleeps.seconds == []


def test_a_server_that_says_nothing_is_given_up_in_words(portal, source, make_source):
    portal.publish(VIOLATIONS, OLD, pause=0.5)
    planned = source.plan(["smarts_violations"]).files[0]
    impatient = make_source(tries=1, transport=Transport(USER_AGENT, read_timeout=0.05))

    with pytest.raises(TransportError, match=r"could not be reached: nothing came for 0\.05 s\.$"):
        impatient.fetch(planned)


def test_a_disk_that_does_not_take_it_is_one_sentence_and_no_retry(portal, source, tmp_path, sleeps):
    portal.publish(VIOLATIONS, OLD)
    (tmp_path / "downloads").write_text("a file where the folder should be")

    with pytest.raises(SourceError, match="cannot be written"):
        fetch(source)
    assert sleeps.seconds == []


# --- several at once


def test_never_more_than_two_requests_are_under_way_at_once(portal, make_source):
    slugs = [slug for slug, contract in CONTRACTS.items() if not contract.is_yearly]
    for slug in slugs:
        portal.publish(CONTRACTS[slug], OLD, pause=0.05)
    sources = [make_source(), make_source()]  # the limit holds across sources of a process
    planned = sources[0].plan(slugs).files
    results = {}

    def work(number, file):
        results[file.resource] = sources[number % 2].fetch(file)

    threads = [threading.Thread(target=work, args=(number, file)) for number, file in enumerate(planned)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert portal.max_parallel == 2
    assert {content(fetched) == OLD for fetched in results.values()} == {True}
    assert len(results) == len(slugs)
