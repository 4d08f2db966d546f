"""The history and its files: every decision with who, when, why and what the machine had said."""

import csv
from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from facilities.models import MatchCandidate, MatchDecision
from facilities.review import history_page
from facilities.services.decision_files import import_decisions
from facilities.services.matching import run_matching
from tests.facilities.matching.invented import small_world
from tests.facilities.review.conftest import page
from tests.facilities.stored import empty_database, matched_state, store

pytestmark = pytest.mark.django_db


@pytest.fixture
def decided(rivera, okafor, opened):
    """A verdict, another in its place, and that one taken back."""
    rivera.decide(opened, "no_match", reason_code="other_place", note="=Another street")
    opened.refresh_from_db()
    okafor.decide(opened, "match", reason_code="document")
    rivera.post(page("undo", MatchDecision.objects.filter(rule="").latest("pk").pk))
    return list(MatchDecision.objects.filter(rule="").order_by("-pk"))


def told(answer):
    return [one.decision.pk for one in answer.context["history"]]


def test_it_tells_the_latest_first_with_what_was_taken_back(rivera, decided):
    answer = rivera.page("history")
    assert told(answer) == [decision.pk for decision in decided]
    text = rivera.text("history")
    assert "Taken back: Match by okafor; again Not a match" in text
    assert "rivera (you)" in text
    assert "=Another street" in text


def test_only_the_decision_in_force_can_be_taken_back_and_no_link_of_the_machine(rivera, decided):
    answer = rivera.page("history", query="by=all")
    offered = {one.decision.pk for one in answer.context["history"] if one.can_be_undone}
    assert offered == {decided[0].pk}
    assert len(told(answer)) > len(decided)


@pytest.mark.parametrize(
    "query, number",
    [("reviewer=okafor", 1), ("verdict=match", 1), ("verdict=no_match", 2), ("place_id=1", 0), ("verdict=x", 0)],
)
def test_it_is_narrowed_by_the_address(rivera, decided, query, number):
    assert len(told(rivera.page("history", query=query))) == number


def test_pages_show_each_decision_once_also_at_one_moment(rivera, decided, monkeypatch):
    monkeypatch.setattr(history_page, "ROWS", 1)
    seen, query = [], ""
    while True:
        answer = rivera.page("history", query=query)
        seen += told(answer)
        if answer.context["older"] is None:
            break
        query = f"before={answer.context['older']}"
        assert f"?{query}" in answer.content.decode()
    assert seen == [decision.pk for decision in decided]
    assert told(rivera.page("history", query="before=999999999")) == []


def test_the_file_of_decisions_in_force_loads_back(rivera, decided, tmp_path):
    before = matched_state()
    answer = rivera.page("decisions_file")
    assert f'filename="decisions-{timezone.localdate()}.csv"' in answer.headers["Content-Disposition"]
    path = tmp_path / "decisions.csv"
    path.write_bytes(answer.content)
    empty_database()
    store(*small_world())
    run_matching()
    report = import_decisions(path=path)
    assert (report.taken, report.bad) == (1, [])
    assert matched_state()["pairs"] == before["pairs"]
    assert matched_state()["plants"] == before["plants"]


def test_the_file_of_the_whole_history_has_every_row_with_its_links(rivera, decided):
    answer = rivera.page("history_file")
    rows = {int(row["id"]): row for row in csv.DictReader(StringIO(answer.content.decode()))}
    assert set(rows) == set(MatchDecision.objects.values_list("pk", flat=True))
    undo, match, first = (rows[decision.pk] for decision in decided)
    assert (undo["reverts"], match["supersedes"]) == (match["id"], first["id"])
    assert [row["is_live"] for row in (undo, match, first)] == ["yes", "", ""]
    assert first["note"] == "'=Another street", "no spreadsheet takes it for a formula"
    assert (first["reviewer"], match["reviewer"]) == ("rivera", "okafor")
    assert first["probability"] == repr(MatchDecision.objects.get(pk=decided[2].pk).probability)
    assert any(row["rule"] == "fuzzy" for row in rows.values())


def test_queries_do_not_grow_with_the_decisions(rivera, okafor, decided, django_assert_max_num_queries):
    with CaptureQueriesContext(connection) as queries:
        rivera.page("history")
    few = len(queries)
    for candidate in MatchCandidate.objects.filter(is_queued=True, vetoes=[], conflict="")[:4]:
        candidate.refresh_from_db()
        okafor.decide(candidate, "unsure")
    with django_assert_max_num_queries(few):
        assert len(told(rivera.page("history"))) > len(decided)
