"""A file that looks wrong is held: readers keep the last good data until a person releases it."""

from pathlib import Path

import pytest

from stormwater.errors import UserError
from sync import pipeline, rawstore
from sync.models import DataQualityIssue, QuarantinedRow, RecordChange, Run
from sync.services import release_run
from tests.published_files import columns, csv_bytes, file_name
from violations.models import RegulatoryViolation

pytestmark = pytest.mark.django_db

VIOLATIONS = "smarts_violations"


def rows(count: int, **cells: str):
    return [cells] * count


def published():
    return RegulatoryViolation.objects.filter(removed_by=None)


@pytest.fixture
def held(publisher):
    """A run that was held because the file shrank from 100 rows to 37."""
    publisher.load(VIOLATIONS, *rows(100))
    publisher.publish(VIOLATIONS, *rows(37, VIOLATION_STATUS="Dismissed"))
    result = publisher.sync(VIOLATIONS)
    assert result.status == "held"
    return result


class TestHolding:
    def test_a_file_that_shrank_is_held_and_all_old_rows_survive(self, held, last_published, run_of):
        assert (held.read, held.inserted, held.removed, held.updated) == (37, 0, 0, 0)
        assert "63% fewer" in held.message
        assert published().count() == 100
        assert not RegulatoryViolation.objects.filter(status="Dismissed").exists()
        assert not RecordChange.objects.exists()
        assert last_published(VIOLATIONS).rows_read == 100
        assert [hold["guard"] for hold in run_of(held).holds] == ["row_drop"]

    def test_the_same_file_is_held_again_and_not_taken_for_unchanged(self, held, publisher):
        again = publisher.sync(VIOLATIONS)

        assert again.status == "held"
        assert again.run != held.run

    def test_force_does_not_get_it_past_the_guards(self, held, publisher, run_of):
        again = publisher.sync(VIOLATIONS, force=True)
        assert (again.status, "stage" in run_of(again).timings) == ("held", True)

    def test_a_tenth_less_is_published_and_every_row_that_is_there_survives(self, publisher):
        publisher.load(VIOLATIONS, *rows(100))

        result = publisher.load(VIOLATIONS, *rows(90))

        assert (result.removed, result.unchanged) == (10, 90)
        assert published().count() == 90

    def test_one_row_less_than_that_is_held(self, publisher):
        publisher.load(VIOLATIONS, *rows(100))
        publisher.publish(VIOLATIONS, *rows(89))

        assert publisher.sync(VIOLATIONS).status == "held"
        assert published().count() == 100

    def test_the_drop_is_measured_against_what_was_published_not_against_what_was_held(self, held, publisher):
        publisher.publish(VIOLATIONS, *rows(36))

        assert publisher.sync(VIOLATIONS).status == "held"
        publisher.publish(VIOLATIONS, *rows(100))
        assert publisher.sync(VIOLATIONS).status == "unchanged"

    @pytest.mark.parametrize(
        "content", [csv_bytes(VIOLATIONS, []), csv_bytes(VIOLATIONS, []).rstrip(), csv_bytes(VIOLATIONS, []) + b"\n\n"]
    )
    def test_a_file_without_rows_is_held_even_if_nothing_was_published_yet(self, publisher, content):
        publisher.publish_bytes(VIOLATIONS, content)

        result = publisher.sync(VIOLATIONS)

        assert (result.status, result.message) == ("held", "The file has a header and no data rows.")

    def test_a_file_of_repeated_rows_is_judged_by_its_rows(self, publisher):
        """The drop is one of rows, so that a change of the publisher's join does not hide it."""
        publisher.load(VIOLATIONS, *rows(50))
        result = publisher.load(VIOLATIONS, *[{"VIOLATION_ID": "1"}] * 50)

        assert (result.read, result.inserted, result.duplicate, result.removed) == (50, 1, 49, 50)

    def test_too_many_bad_rows_are_held_with_their_findings(self, publisher, run_of):
        publisher.publish(VIOLATIONS, *rows(949), *rows(51, VIOLATION_ID="NA"))

        result = publisher.sync(VIOLATIONS)

        assert result.status == "held"
        assert [hold["guard"] for hold in run_of(result).holds] == ["bad_rows"]
        assert run_of(result).quarantined_rows.count() == result.quarantined == 51
        assert not RegulatoryViolation.objects.exists()

    def test_bad_cells_are_no_bad_rows(self, publisher):
        result = publisher.load(VIOLATIONS, *rows(1000, OCCURRENCE_DATE="31 February"))

        assert (result.inserted, result.issues) == (1000, 1000)

    @pytest.mark.parametrize(
        "content",
        [b"", b"\xef\xbb\xbf", b"\x00" * 100, b"<!DOCTYPE html>\n<html></html>\n", b'{"error": "down"}\n'],
        ids=["empty", "bom", "nul bytes", "web page", "json"],
    )
    def test_what_is_no_data_is_held_and_the_old_data_stay(self, publisher, content):
        publisher.load(VIOLATIONS, *rows(3))
        publisher.publish_bytes(VIOLATIONS, content)

        result = publisher.sync(VIOLATIONS)

        assert result.status == "held"
        assert published().count() == 3

    @pytest.mark.parametrize("content", [b"VIOLATION_ID\r1\r2\r", b"just some text\n"])
    def test_a_text_that_is_no_such_file_is_held(self, publisher, content):
        publisher.publish_bytes(VIOLATIONS, content)

        assert publisher.sync(VIOLATIONS).status == "held"

    def test_a_file_that_turns_unreadable_half_way_is_held(self, publisher, monkeypatch):
        monkeypatch.setattr("sync.reading.BLOCK_BYTES", 1000)
        monkeypatch.setattr("sync.reading.MAX_LINE_BYTES", 5000)
        publisher.publish_bytes(VIOLATIONS, csv_bytes(VIOLATIONS, rows(20)) + b"x" * 20_000)

        result = publisher.sync(VIOLATIONS)

        assert (result.status, "No line break" in result.message) == ("held", True)
        assert not RegulatoryViolation.objects.exists()


class TestTheSameFileAgain:
    @pytest.fixture
    def held(self, publisher):
        """Held because too many of its rows are bad, which are its findings."""
        publisher.publish(VIOLATIONS, *rows(949, OCCURRENCE_DATE="31 February"), *rows(51, VIOLATION_ID="NA"))
        return publisher.sync(VIOLATIONS)

    def test_is_held_for_the_same_reasons_and_neither_read_nor_are_its_findings_written_again(
        self, held, publisher, run_of
    ):
        publisher.sync(VIOLATIONS)
        again = publisher.sync(VIOLATIONS)

        first, last = run_of(held), run_of(again)
        assert (last.status, last.holds, last.raw_file) == ("held", first.holds, first.raw_file)
        assert (again.read, again.quarantined, again.issues) == (1000, 51, held.issues)
        assert again.message.startswith(f"The file of run {held.run}, where its findings are, has come again. ")
        assert set(last.timings) == {"fetch"}
        assert set(QuarantinedRow.objects.values_list("run", flat=True)) == {held.run}
        assert set(DataQualityIssue.objects.values_list("run", flat=True)) == {held.run}

    @pytest.mark.parametrize("is_first", [True, False])
    def test_is_released_by_any_of_its_runs(self, held, publisher, is_first):
        again = publisher.sync(VIOLATIONS)

        result = release_run(run_id=held.run if is_first else again.run, reason="Right.")
        assert (result.status, result.inserted, result.quarantined) == ("published", 949, 51)

    def test_after_a_damaged_one_is_still_the_same(self, held, publisher, run_of):
        path = publisher.folder / file_name(VIOLATIONS)
        content = path.read_bytes()
        publisher.publish_bytes(VIOLATIONS, b"<html>")
        publisher.sync(VIOLATIONS)
        path.write_bytes(content)

        assert "stage" not in run_of(publisher.sync(VIOLATIONS)).timings

    def test_is_loaded_if_the_guards_would_let_it_through_now(self, held, publisher, monkeypatch):
        monkeypatch.setattr("sync.guards.BAD_SHARE_FROM_ROWS", 2000)
        assert publisher.sync(VIOLATIONS).status == "published"

    def test_is_read_again_if_its_raw_file_is_gone(self, held, publisher, run_of):
        rawstore.absolute_path(run_of(held).raw_file).unlink()
        again = publisher.sync(VIOLATIONS)

        assert "stage" in run_of(again).timings
        assert release_run(run_id=again.run, reason="Right.").status == "published"

    def test_is_read_again_if_another_came_between(self, publisher, run_of):
        publisher.load(VIOLATIONS, *rows(100))
        for number in (30, 40, 30):
            publisher.publish(VIOLATIONS, *rows(number))
            assert "stage" in run_of(publisher.sync(VIOLATIONS)).timings

    def test_is_told_on_its_page_with_the_way_to_its_findings(self, held, publisher, admin_client):
        again = publisher.sync(VIOLATIONS)

        page = admin_client.get(f"/admin/sync/run/{again.run}/change/").content.decode()
        assert page.count(f'<a href="/admin/sync/run/{held.run}/change/">Run {held.run}</a>') == 3
        assert "51 rows could not be loaded" in page


class TestReleasing:
    def test_publishes_the_held_file_as_a_run_of_its_own(self, held, django_user_model, run_of, last_published):
        user = django_user_model.objects.create_user("staff")

        result = release_run(run_id=held.run, reason=" Confirmed by the publisher. ", user=user)

        assert (result.status, result.updated, result.removed) == ("published", 37, 63)
        run = run_of(result)
        assert (run.release_of_id, run.released_by, run.release_reason) == (
            held.run,
            user,
            "Confirmed by the publisher.",
        )
        assert (run.raw_file, run.file_name, run.source) == (run_of(held).raw_file, run_of(held).file_name, "directory")
        assert run_of(held).status == "held"
        assert last_published(VIOLATIONS) == run
        assert published().count() == 37

    def test_the_released_file_is_the_one_to_compare_with_from_then_on(self, held, publisher):
        release_run(run_id=held.run, reason="Right.")

        assert publisher.sync(VIOLATIONS).status == "unchanged"
        assert publisher.load(VIOLATIONS, *rows(34)).read == 34

    def test_the_audit_survives_its_user(self, held, django_user_model, run_of):
        user = django_user_model.objects.create_user("staff")
        result = release_run(run_id=held.run, reason="Right.", user=user)

        user.delete()

        assert (run_of(result).released_by, run_of(result).release_reason) == (None, "Right.")

    def test_the_file_need_not_be_at_its_source_any_more(self, held, publisher):
        publisher.withdraw(VIOLATIONS)

        assert release_run(run_id=held.run, reason="Right.").status == "published"

    def test_a_file_with_too_many_bad_rows_can_be_released(self, publisher):
        publisher.publish(VIOLATIONS, *rows(949), *rows(51, VIOLATION_ID="NA"))
        held = publisher.sync(VIOLATIONS)

        result = release_run(run_id=held.run, reason="The other rows are right.")

        assert (result.read, result.inserted, result.quarantined) == (1000, 949, 51)

    def test_a_file_without_an_important_column_is_published_with_nulls_and_an_issue(self, publisher):
        publisher.publish(VIOLATIONS, {}, header=[name for name in columns(VIOLATIONS) if name != "MEMO"])
        held = publisher.sync(VIOLATIONS)

        result = release_run(run_id=held.run, reason="The memo is no longer published.")

        assert (result.status, result.inserted, result.issues) == ("published", 1, 1)
        assert RegulatoryViolation.objects.get().memo is None

    def test_a_release_that_failed_can_be_tried_again(self, held, monkeypatch):
        def fail(*_arguments):
            raise ConnectionError("the cable was cut")

        with monkeypatch.context() as patch:
            patch.setattr(pipeline, "link_merged_records", fail)
            with pytest.raises(ConnectionError):
                release_run(run_id=held.run, reason="Right.")
        assert published().count() == 100

        assert release_run(run_id=held.run, reason="Right.").status == "published"


class TestRefusals:
    def refuse(self, run_id, sentence, reason="Right."):
        before = Run.objects.count()
        with pytest.raises(UserError, match=sentence):
            release_run(run_id=run_id, reason=reason)
        assert Run.objects.count() == before

    def test_of_a_run_that_does_not_exist(self, db):
        self.refuse(999_999, "There is no run 999999")

    @pytest.mark.parametrize("reason", ["", "  \n"])
    def test_without_a_reason(self, held, reason):
        self.refuse(held.run, "needs a reason", reason)

    def test_of_a_run_that_is_not_held(self, publisher):
        result = publisher.load(VIOLATIONS, {})
        self.refuse(result.run, "is published, not held")

    def test_twice(self, held):
        release_run(run_id=held.run, reason="Right.")
        self.refuse(held.run, "has been released already")

    def test_after_newer_data_were_published(self, held, publisher):
        newer = publisher.load(VIOLATIONS, *rows(100, VIOLATION_STATUS="Violation"))
        self.refuse(held.run, f"Run {newer.run} found newer data")

    def test_after_the_old_file_was_found_again(self, held, publisher):
        """What readers see is what the source says now: a release would bring back what it took back."""
        publisher.publish(VIOLATIONS, *rows(100))
        again = publisher.sync(VIOLATIONS)
        assert again.status == "unchanged"
        self.refuse(held.run, f"Run {again.run} found newer data")

    def test_in_favor_of_a_later_held_run(self, held, publisher):
        publisher.publish(VIOLATIONS, *rows(11))
        later = publisher.sync(VIOLATIONS)
        assert later.status == "held"
        self.refuse(held.run, f"Run {later.run} holds a later file")

    @pytest.mark.parametrize(
        "content", [b"<html>", b"VIOLATION_ID,A\r1,2\r", csv_bytes(VIOLATIONS, [])], ids=["damaged", "text", "no rows"]
    )
    def test_not_in_favor_of_a_later_one_that_has_no_data(self, held, publisher, content):
        publisher.publish_bytes(VIOLATIONS, content)
        assert publisher.sync(VIOLATIONS).status == "held"

        assert release_run(run_id=held.run, reason="Right.").status == "published"

    def test_of_a_run_that_has_no_file(self, publisher):
        publisher.publish_bytes(VIOLATIONS, b"<html>")
        self.refuse(publisher.sync(VIOLATIONS).run, "nothing to release")

    @pytest.mark.parametrize("spoil", [Path.unlink, lambda stored: stored.write_bytes(b"")], ids=["lost", "empty"])
    def test_of_a_run_whose_raw_file_is_gone(self, held, run_of, spoil):
        spoil(rawstore.absolute_path(run_of(held).raw_file))
        self.refuse(held.run, "is lost or damaged; there is nothing to release")

    def test_of_a_file_without_rows(self, publisher):
        publisher.publish(VIOLATIONS)
        self.refuse(publisher.sync(VIOLATIONS).run, "has no data")

    def test_of_a_file_that_cannot_be_read(self, publisher):
        publisher.publish_bytes(VIOLATIONS, b"VIOLATION_ID,A\r1,2\r")
        self.refuse(publisher.sync(VIOLATIONS).run, "has no data")

    def test_of_a_file_without_the_key(self, publisher):
        publisher.publish(VIOLATIONS, {}, header=[name for name in columns(VIOLATIONS) if name != "VIOLATION_ID"])
        self.refuse(publisher.sync(VIOLATIONS).run, "no column VIOLATION_ID: no row could be loaded")

    def test_not_of_an_enrollment_file_that_has_one_of_its_two_ids(self, publisher):
        slug = "smarts_industrial_facilities"
        publisher.publish(slug, {}, header=[name for name in columns(slug) if name != "APP_ID"])
        held = publisher.sync(slug)
        assert held.status == "held"

        assert release_run(run_id=held.run, reason="APP_ID is gone for good.").inserted == 1
