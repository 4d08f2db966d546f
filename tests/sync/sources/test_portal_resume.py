"""Going on with a download that broke off, without ever mixing two versions of a file."""

import fcntl
import itertools
import json

import pytest

from sync.sources import SourceError, TransportError
from sync.sources import download as download_module
from sync.sources.errors import TruncatedBodyError
from tests.sync.sources.downloads import NEW, OLD, VIOLATIONS, content, fetch, left_over


def test_a_broken_download_is_continued_where_it_stopped(portal, source, sleeps):
    file = portal.publish(VIOLATIONS, OLD)
    file.drop(after=50_000)
    steps = []

    fetched = fetch(source, on_bytes=lambda done, total: steps.append((done, total)))

    assert content(fetched) == OLD
    first, second = portal.downloads
    assert "Range" not in first.headers
    assert (second.headers["Range"], second.headers["If-Range"]) == ("bytes=50000-", file.current_etag)
    assert second.status == 206
    assert (fetched.etag, fetched.last_modified) == (file.current_etag, file.last_modified)
    assert sleeps.seconds == [1]
    assert steps[-1] == (len(OLD), len(OLD))
    assert sorted(steps) == steps


def test_a_download_left_unfinished_is_continued_by_the_next_run(portal, make_source, tmp_path):
    portal.publish(VIOLATIONS, OLD).drop(after=50_000)
    with pytest.raises(TruncatedBodyError, match="the end is missing"):
        fetch(make_source(tries=1))
    assert left_over(tmp_path) == ["smarts_violations.part", "smarts_violations.part.json"]

    assert content(fetch(make_source(tries=1))) == OLD

    assert portal.downloads[-1].headers["Range"] == "bytes=50000-"
    assert left_over(tmp_path) == ["smarts_violations.download"]


def test_a_file_that_changed_to_the_same_size_is_never_mixed(portal, make_source):
    file = portal.publish(VIOLATIONS, OLD)
    file.drop(after=50_000)
    with pytest.raises(TransportError):
        fetch(make_source(tries=1))
    file.body = NEW

    fetched = fetch(make_source(tries=1))

    assert content(fetched) == NEW
    assert portal.downloads[-1].status == 200
    assert fetched.etag == file.current_etag


def test_a_server_that_overlooks_if_range_cannot_make_us_mix_two_versions(portal, make_source):
    file = portal.publish(VIOLATIONS, OLD, ignores_if_range=True)
    file.drop(after=50_000)
    with pytest.raises(TransportError):
        fetch(make_source(tries=1))
    file.body = NEW

    assert content(fetch(make_source(tries=2))) == NEW


def test_a_continuation_that_does_not_say_of_what_is_not_trusted(portal, make_source):
    file = portal.publish(VIOLATIONS, OLD, ignores_if_range=True)
    file.drop(after=50_000)
    with pytest.raises(TransportError):
        fetch(make_source(tries=1))
    file.body, file.etag = NEW, None

    assert content(fetch(make_source(tries=2))) == NEW


@pytest.mark.parametrize("place", [49_999, 50_001])
def test_a_continuation_at_the_wrong_place_is_not_trusted(portal, source, place):
    file = portal.publish(VIOLATIONS, OLD, continues_at=place)
    file.drop(after=50_000)

    assert content(fetch(source)) == OLD
    assert [seen.status for seen in portal.downloads] == [200, 206, 200]


@pytest.mark.parametrize("attributes", [{"has_weak_etag": True}, {"etag": None}, {"is_packed": True}])
def test_without_a_strong_etag_for_the_bytes_a_download_starts_over(portal, source, attributes):
    portal.publish(VIOLATIONS, OLD, **attributes).drop(after=20_000)

    assert content(fetch(source)) == OLD
    assert all("Range" not in seen.headers for seen in portal.downloads)


def test_a_part_begun_anew_without_an_etag_loses_the_note_of_the_old_one(portal, make_source, tmp_path):
    file = portal.publish(VIOLATIONS, OLD)
    file.drop(after=50_000, times=2)
    with pytest.raises(TransportError):
        fetch(make_source(tries=1))
    file.body, file.etag = NEW, None
    with pytest.raises(TransportError):
        fetch(make_source(tries=1))

    assert left_over(tmp_path) == ["smarts_violations.part"]


def test_a_server_that_ignores_ranges_is_taken_from_the_start(portal, source):
    portal.publish(VIOLATIONS, OLD, ignores_range=True).drop(after=50_000)

    assert content(fetch(source)) == OLD
    assert [seen.status for seen in portal.downloads] == [200, 200]


def test_a_part_of_another_address_is_not_continued(portal, make_source):
    file = portal.publish(VIOLATIONS, OLD, day="2026-10-01")
    file.drop(after=50_000)
    with pytest.raises(TransportError):
        fetch(make_source(tries=1))
    file.file_name = "violations_2026-10-02.csv"

    assert content(fetch(make_source(tries=1))) == OLD
    assert "Range" not in portal.downloads[-1].headers


@pytest.mark.parametrize("note", ["", "{", "[]", "{}", '{"etag": 5}', '{"etag": "W/\\"1\\""}'])
def test_a_part_with_a_spoilt_note_is_not_continued(portal, make_source, tmp_path, note):
    portal.publish(VIOLATIONS, OLD).drop(after=50_000)
    with pytest.raises(TransportError):
        fetch(make_source(tries=1))
    path = tmp_path / "downloads" / "smarts_violations.part.json"
    if note.startswith("{") and note.endswith("}"):
        note = json.dumps({"url": json.loads(path.read_text())["url"]} | json.loads(note))
    path.write_text(note)

    assert content(fetch(make_source(tries=1))) == OLD
    assert "Range" not in portal.downloads[-1].headers


def test_a_part_that_is_already_whole_is_not_taken_on_trust(portal, make_source, tmp_path):
    """A kill between the last byte and the renaming: the server has nothing to add (416)."""
    portal.publish(VIOLATIONS, OLD).drop(after=len(OLD) - 1)
    with pytest.raises(TransportError):
        fetch(make_source(tries=1))
    with (tmp_path / "downloads" / "smarts_violations.part").open("ab") as part:
        part.write(OLD[-1:])

    assert content(fetch(make_source(tries=2))) == OLD
    assert [seen.status for seen in portal.downloads] == [200, 416, 200]


def test_a_truncated_body_is_never_taken_for_the_file(portal, make_source, tmp_path):
    portal.publish(VIOLATIONS, OLD, claimed_length=len(OLD) + 10, etag=None)

    with pytest.raises(TruncatedBodyError, match="the end is missing"):
        fetch(make_source(tries=2))
    assert "smarts_violations.download" not in left_over(tmp_path)


def test_a_truncated_chunked_body_is_never_taken_for_the_file(portal, make_source, tmp_path):
    portal.publish(VIOLATIONS, OLD, is_chunked=True, piece=1000).drop(after=50_000)

    with pytest.raises(TransportError, match="broke off"):
        fetch(make_source(tries=1))
    assert "smarts_violations.download" not in left_over(tmp_path)


def test_a_download_that_was_stopped_from_outside_is_continued_later(portal, make_source):
    portal.publish(VIOLATIONS, OLD, piece=20_000)

    def stop(done, _total):
        if done >= 40_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(make_source(), on_bytes=stop)

    assert content(fetch(make_source())) == OLD
    assert portal.downloads[-1].status == 206


def test_a_trickle_is_given_up_although_every_byte_comes_in_time(portal, make_source, monkeypatch):
    clock = itertools.count(step=61)  # seconds from one piece to the next
    original = download_module.Download
    monkeypatch.setattr(
        "sync.sources.portal.Download",
        lambda *args, **kwargs: original(*args, **kwargs, clock=lambda: float(next(clock))),
    )
    portal.publish(VIOLATIONS, OLD[:2000], piece=1, claimed_length=len(OLD))

    with pytest.raises(TransportError, match=r"sent only \d+ bytes in 61 s"):
        fetch(make_source(tries=1))


def test_small_pieces_that_keep_coming_are_fine(portal, source):
    portal.publish(VIOLATIONS, OLD, piece=500)

    assert content(fetch(source)) == OLD


def test_two_processes_do_not_write_the_same_part(portal, source, tmp_path):
    portal.publish(VIOLATIONS, OLD)
    folder = tmp_path / "downloads"
    folder.mkdir()
    with (folder / ".smarts_violations.lock").open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(SourceError, match="Another process is downloading smarts_violations"):
            fetch(source)

    assert content(fetch(source)) == OLD
