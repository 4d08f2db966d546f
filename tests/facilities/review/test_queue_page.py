"""The queue: what it shows, its filters in the address, and why it is empty."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from facilities.matching.evaluation import Share
from facilities.models import EsmrFacility, MatchCandidate, SmartsEnrollment
from facilities.review.queue_page import share_in_words
from facilities.selectors.queue import list_queue
from facilities.services.queue import assign_candidates, sample_automatic_links
from tests.facilities.review.conftest import page

pytestmark = pytest.mark.django_db


def shown(answer):
    return [row.pair.pk for row in answer.context["rows"]]


def in_queue():
    return list(list_queue().values_list("pk", flat=True))


def test_it_shows_the_open_pairs_in_their_order_with_what_speaks_for_them(rivera, opened):
    answer = rivera.page("queue")
    assert shown(answer) == in_queue()
    text = rivera.text("queue")
    assert f"{len(in_queue())} pairs" in text
    assert opened.enrollment.site_name in text
    assert "% likely" in text
    assert "For: " in text


def test_the_start_leads_to_the_first_pair_and_keeps_the_filters(rivera, opened):
    first = in_queue()[0]
    assert rivera.page("start").headers["Location"] == page("pair", first)
    kept = rivera.page("start", query="whose=team&region=&page=3")
    assert kept.headers["Location"] == page("pair", first, query="whose=team")


@pytest.mark.parametrize(
    "name", ["region", "county", "band", "tier", "state", "conflict", "age", "assignee", "place_id"]
)
def test_each_filter_narrows_by_the_address(rivera, opened, name):
    MatchCandidate.objects.filter(pk=opened.pk).update(
        state="reopened", conflict="joins_plants", conflict_reason="x", probability=0.333, tier="fuzzy",
        first_proposed_at=timezone.now() - timedelta(days=40),
    )  # fmt: skip
    EsmrFacility.objects.filter(pk=opened.esmr_facility_id).update(region=1)
    SmartsEnrollment.objects.filter(pk=opened.enrollment_id).update(county=19)
    assign_candidates(candidate_ids=[opened.pk], assignee=rivera.user)
    others = MatchCandidate.objects.exclude(pk=opened.pk)
    others.update(probability=0.6)
    others.filter(esmr_facility=opened.esmr_facility).update(is_queued=False)
    others.filter(enrollment=opened.enrollment).update(is_queued=False)
    EsmrFacility.objects.exclude(pk=opened.esmr_facility_id).update(region=2)
    opened.refresh_from_db()
    value = {
        "region": opened.esmr_facility.region.code, "county": "19", "band": "0.2-0.5", "tier": "fuzzy",
        "state": "reopened", "conflict": "joins_plants", "age": "30", "assignee": str(rivera.user.pk),
        "place_id": str(opened.esmr_facility.place_id),
    }[name]  # fmt: skip
    assert len(shown(rivera.page("queue"))) > 1
    assert shown(rivera.page("queue", query=f"{name}={value}")) == [opened.pk]


@pytest.mark.parametrize("query", ["county=999", "band=high", "place_id=x", "place_id=99999999999", "order=best"])
def test_a_filter_for_what_there_is_not_shows_nothing_and_says_so(rivera, opened, query):
    answer = rivera.page("queue", query=query)
    assert shown(answer) == []
    assert "asks for something that there is not" in answer.content.decode()
    assert "errorlist" in answer.content.decode()


def test_links_of_the_page_keep_the_filters(rivera, opened):
    content = rivera.page("queue", query="whose=team&scores=blind").content.decode()
    assert f'href="{page("pair", opened.pk)}?whose=team&amp;scores=blind"' in content


def test_scores_can_be_hidden(rivera, opened):
    text = rivera.text("queue", query="scores=blind")
    assert "Judged without its score" in text
    assert "% likely" not in text
    assert "For: " not in text


def test_a_pair_of_the_blind_sample_tells_nothing_and_no_filter_finds_out(rivera, linked):
    sample_automatic_links(size=1_000)
    answer = rivera.page("queue")
    row = next(row for row in answer.context["rows"] if row.pair.pk == linked.pk)
    assert (row.chance, row.percent, row.why) == ("", 0.0, "judged without its score")
    for query in ("tier=fuzzy", "band=0.8-", "state=open"):
        assert linked.pk not in shown(rivera.page("queue", query=query))


def test_pairs_of_which_one_is_unsure_are_in_the_teams_queue_alone(rivera, okafor, opened):
    rivera.decide(opened, "unsure")
    assert opened.pk not in shown(rivera.page("queue"))
    assert opened.pk in shown(rivera.page("queue", query="whose=team"))
    assert opened.pk in shown(okafor.page("queue"))


class TestAnEmptyQueue:
    def test_names_the_command_that_is_missing(self, rivera):
        assert "manage.py sync esmr" in rivera.text("queue")

    def test_says_that_all_is_decided(self, rivera, matched):
        MatchCandidate.objects.update(is_queued=False)
        assert "Every proposed pair is decided" in rivera.text("queue")
        assert rivera.page("start").headers["Location"] == page("queue")

    def test_says_that_filters_hide_what_there_is(self, rivera, opened):
        waiting = len(in_queue())
        assert f"No pair meets these filters. {waiting} pairs wait without them." in rivera.text(
            "queue", query="place_id=1"
        )

    def test_says_that_the_rest_is_the_teams(self, rivera, opened):
        rivera.decide(opened, "unsure")
        MatchCandidate.objects.exclude(pk=opened.pk).update(is_queued=False)
        text = rivera.text("queue")
        assert "You are through: 1 pair waits in the team's queue" in text
        assert "The team's queue" in text


class TestFigures:
    def test_shares_carry_their_interval_and_nothing_is_not_zero(self):
        assert share_in_words(Share(18, 20), "links", "none") == "18 of 20 links (90 %, 95 % interval 70 to 97 %)"
        assert share_in_words(Share(0, 0), "links", "not measured") == "not measured"

    def test_the_measured_precision_comes_from_the_blind_sample(self, rivera, linked):
        assert "not measured yet" in rivera.text("queue")
        sample_automatic_links(size=1_000)
        linked.refresh_from_db()
        assert rivera.decide(linked, "no_match").status_code == 302
        assert "0 of 1 links judged blind (0 %, 95 % interval 0 to 79 %)" in rivera.text("queue")

    def test_drawing_a_sample_puts_links_into_the_queue(self, someone, linked):
        operator = someone("operator", group="Operator")
        answer = operator.post(page("sample"), {"size": 1}, follow=True)
        assert "1 automatic links were drawn" in answer.content.decode()
        assert MatchCandidate.objects.filter(is_blind_sample=True, is_queued=True).count() == 1
        assert "between 1 and 500" in operator.post(page("sample"), {"size": 0}, follow=True).content.decode()


def test_queries_do_not_grow_with_the_rows(rivera, matched, django_assert_num_queries):
    few = MatchCandidate.objects.filter(is_queued=True).first()
    rivera.page("queue")
    with CaptureQueriesContext(connection) as all_rows:
        assert len(shown(rivera.page("queue"))) > 1
    MatchCandidate.objects.exclude(pk=few.pk).update(is_queued=False)
    with django_assert_num_queries(len(all_rows)):
        assert len(shown(rivera.page("queue"))) == 1
