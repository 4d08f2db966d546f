"""What the console reads: the queue in its orders, a pair explained, and the figures."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from facilities.matching.explain import match_pair
from facilities.models import MatchCandidate, MatchDecision, SmartsEnrollment
from facilities.selectors.pairs import candidates_of_plant, history_of_plant, list_history, match_facility
from facilities.selectors.public import count_facilities, list_facilities
from facilities.selectors.queue import IMPACT, OLDEST, QueueFilter, list_queue, queue_figures, why_empty
from facilities.services.decisions import decide_candidate, undo_decision
from facilities.services.matching import run_matching
from facilities.services.queue import assign_candidates, sample_automatic_links, skip_candidate
from stormwater.errors import UserError
from tests.facilities.matching.invented import OAK_TOWN_PLANT, SCRAP_YARD, enrollment, small_index, small_world
from tests.facilities.stored import a_run, pair, reviewer, store
from violations.models import RegulatoryViolation

pytestmark = pytest.mark.django_db


@pytest.fixture
def matched():
    store(*small_world())
    return run_matching()


def decide(candidate, verdict, who="rivera"):
    candidate.refresh_from_db()
    return decide_candidate(
        candidate_id=candidate.pk, verdict=verdict, reviewer=reviewer(who), expected_version=candidate.version,
        reason_code="other",
    ).decision  # fmt: skip


def violation(number, enrollment, **given):
    values = {"content_hash": "0" * 32, "first_seen_at": timezone.now(), "changed_at": timezone.now()} | given
    return RegulatoryViolation.objects.create(
        violation_id=str(number), enrollment=enrollment, run=a_run(), line=2, **values
    )


class TestMatchFacility:
    @pytest.mark.parametrize("record", small_world()[1], ids=lambda record: record.key.wdid)
    def test_says_of_any_pair_what_the_whole_matcher_says(self, matched, record):
        for facility in small_world()[0]:
            found = match_facility(esmr_id=facility.place_id, wdid=record.key.wdid, app_id=record.key.app_id)
            expected = match_pair(facility.place_id, record.key, small_index()).as_dict()
            assert {name: found.as_dict()[name] for name in expected} == expected

    def test_takes_a_wdid_with_or_without_its_blank_or_an_application_alone(self, matched):
        blank = enrollment(8, key=SCRAP_YARD.key._replace(app_id="400008", wdid="4 51I000008"))
        store([], [blank])
        run_matching()
        by: list[dict[str, Any]] = [
            {"wdid": "4 51I000008"},
            {"wdid": "451I000008"},
            {"wdid": "451i000008"},
            {"app_id": "400008"},
        ]
        assert {match_facility(esmr_id=200_001, **ids).explanation.key.enrollment for ids in by} == {blank.key}

    def test_sees_records_that_came_after_the_last_run(self, matched):
        store([], [enrollment(7)])
        assert match_facility(esmr_id=200_001, app_id="400007").explanation.tier == "fuzzy"

    def test_has_the_decision_and_how_the_pair_stands(self, matched):
        found = match_facility(esmr_id=200_001, wdid=OAK_TOWN_PLANT.key.wdid).as_dict()
        assert (found["state"], found["decision"]["verdict"]) == ("automatic", "match")
        assert found["decision"]["decided_by"] == "The matcher, by score"
        decide(pair(200_001, OAK_TOWN_PLANT.key), "no_match")
        found = match_facility(esmr_id=200_001, wdid=OAK_TOWN_PLANT.key.wdid).as_dict()
        assert (found["tier"], found["state"], found["decision"]["decided_by"]) == ("fuzzy", "rejected", "rivera")

    def test_before_any_run(self):
        store(*small_world())
        found = match_facility(esmr_id=200_001, wdid=OAK_TOWN_PLANT.key.wdid)
        assert (found.explanation.tier, found.candidate, found.decision) == ("fuzzy", None, None)
        assert found.as_dict()["decision"] is None

    @pytest.mark.parametrize(
        "ids, sentence",
        [
            ({"esmr_id": 1, "wdid": "5S51I000001"}, "There is no eSMR facility 1"),
            ({"esmr_id": 200_001, "wdid": "5S51I999999"}, "There is no enrollment with WDID 5S51I999999"),
            ({"esmr_id": 200_001, "wdid": "5S51I000001", "app_id": "1"}, "WDID 5S51I000001 and APP_ID 1"),
            ({"esmr_id": 200_001}, "by its WDID or its APP_ID"),
            ({"esmr_id": 200_001, "app_id": "400001"}, "Several enrollments have APP_ID 400001: 5S51I000001"),
        ],
    )
    def test_an_unknown_or_unclear_id_is_an_error_in_a_sentence(self, matched, ids, sentence):
        store([], [enrollment(key=OAK_TOWN_PLANT.key._replace(wdid="5S51NEC00001"))])
        with pytest.raises(UserError, match=sentence):
            match_facility(**ids)


class TestTheQueue:
    def test_has_open_pairs_alone_the_nearest_to_the_threshold_first(self, matched):
        rows: list[Any] = list(list_queue())
        assert {row.state for row in rows} == {"open"}
        assert len(rows) == matched.queued > 2
        distances = [row.distance for row in rows]
        assert distances == sorted(distances)
        assert distances[0] == pytest.approx(abs(rows[0].log_odds - 1.3863), abs=0.001)

    def test_by_impact_counts_violations_on_record_at_the_facility(self, matched):
        least = list(list_queue())[-1]
        violation(1, least.enrollment)
        violation(2, least.enrollment, status="Dismissed")
        violation(3, least.enrollment, removed_by=a_run())
        first = list_queue(order=IMPACT).first()
        assert (first.enrollment_id, first.violations) == (least.enrollment_id, 1)

    def test_by_age(self, matched):
        last = list(list_queue())[-1]
        MatchCandidate.objects.filter(pk=last.pk).update(first_proposed_at=timezone.now() - timedelta(days=9))
        assert list_queue(order=OLDEST).first() == last
        assert list(list_queue(QueueFilter(older_than=timedelta(days=8)))) == [last]

    @pytest.mark.parametrize(
        "narrowed, some",
        [
            (QueueFilter(region="5"), True),
            (QueueFilter(region="9"), False),
            (QueueFilter(county=51), False),
            (QueueFilter(tier="queue"), True),
            (QueueFilter(tier="direct"), False),
            (QueueFilter(state="open"), True),
            (QueueFilter(least_probability=0.0, most_probability=1.0), True),
            (QueueFilter(least_probability=1.0), False),
            (QueueFilter(older_than=timedelta(days=1)), False),
            (QueueFilter(assignee="nobody"), True),
            (QueueFilter(conflict="any"), False),
            (QueueFilter(conflict="joins_plants"), False),
            (QueueFilter(place_id=200_001), True),
            (QueueFilter(place_id=1), False),
        ],
    )
    def test_is_narrowed_by_each_filter(self, matched, narrowed, some):
        assert list_queue(narrowed).exists() is some

    def test_an_assigned_pair_is_found_by_its_reviewer(self, matched):
        chosen = list_queue().first()
        assign_candidates(candidate_ids=[chosen.pk], assignee=reviewer())
        assert list(list_queue(QueueFilter(assignee=str(reviewer().pk)))) == [chosen]
        assert chosen not in list_queue(QueueFilter(assignee="nobody"))

    def test_unsure_leaves_my_queue_and_stays_in_the_teams(self, matched):
        chosen = list_queue().first()
        decide(chosen, "unsure")
        assert chosen not in list_queue(reviewer=reviewer())
        assert chosen in list_queue(reviewer=reviewer("okafor"))
        assert chosen in list_queue()

    def test_what_i_passed_over_comes_last_for_me_alone(self, matched):
        first = list_queue().first()
        skip_candidate(candidate_id=first.pk, reviewer=reviewer())
        assert list(list_queue(reviewer=reviewer()))[-1] == first
        assert list_queue(reviewer=reviewer("okafor")).first() == first
        assert list_queue().first() == first

    def test_an_enrollment_that_no_file_has_any_more_is_not_asked_about(self, matched):
        chosen = list_queue().first()
        SmartsEnrollment.objects.filter(pk=chosen.enrollment_id).update(removed_by=a_run())
        assert chosen not in list_queue()

    def test_the_blind_sample_is_in_it_where_its_score_would_not_put_it(self, matched):
        (drawn,) = sample_automatic_links(size=1, seed=3)
        queue: list[Any] = list(list_queue())
        blind = [row for row in queue if row.is_blind]
        assert [row.pk for row in blind] == [drawn]
        assert list_queue().first().pk == drawn

    def test_a_page_of_it_takes_one_query(self, matched, django_assert_num_queries):
        who = reviewer()
        with django_assert_num_queries(1):
            for row in list_queue(reviewer=who):
                assert str(row.esmr_facility)
                assert str(row.enrollment.facility)


def test_figures_count_what_waits_and_measure_what_was_judged_blind(matched):
    empty = queue_figures()
    assert (empty.queued, empty.decided_today, empty.measured_precision.value) == (matched.queued, 0, None)
    drawn = MatchCandidate.objects.filter(pk__in=sample_automatic_links(size=3, seed=1)).order_by("pk")
    first, second, third = drawn
    decide(first, "match")
    wrong = decide(second, "no_match")
    decide(third, "unsure")
    opened = list_queue(QueueFilter(state="open")).first()
    decide(opened, "match" if opened.probability < 0.5 else "no_match")
    found = queue_figures()
    assert (found.measured_precision.count, found.measured_precision.total) == (1, 2)
    assert found.measured_precision.interval is not None
    assert found.measured_precision.interval[0] < 0.5 < found.measured_precision.interval[1]
    assert (found.agreement.count, found.agreement.total) == (1, 3)
    assert (found.decided_today, found.sampled) == (4, 0)
    assert found.oldest == MatchCandidate.objects.order_by("first_proposed_at").first().first_proposed_at
    # What is taken back no longer counts, and is in the sample again.
    undo_decision(decision_id=wrong.pk, reviewer=reviewer())
    again = queue_figures()
    assert (again.measured_precision.count, again.measured_precision.total, again.sampled) == (1, 1, 1)


def test_the_candidates_of_a_plant_have_their_gap_to_the_runner_up(matched):
    plant = pair(200_001, OAK_TOWN_PLANT.key).esmr_facility_id
    rows = candidates_of_plant(plant)
    assert len(rows) > 2
    assert rows[-1].gap is None
    for row, after in pairwise(rows):
        assert row.gap == pytest.approx(row.candidate.log_odds - after.candidate.log_odds)
        assert row.gap is not None and row.gap >= 0  # noqa: PT018 - one fact


def test_the_history_of_a_plant_and_of_all(matched):
    candidate = pair(200_001, OAK_TOWN_PLANT.key)
    decision = decide(candidate, "no_match")
    undo_decision(decision_id=decision.pk, reviewer=reviewer("okafor"))
    rows = history_of_plant(candidate.esmr_facility_id, candidate.enrollment_id)
    assert [(row.verdict, row.decided_by) for row in rows] == [
        ("match", "The matcher, by score"), ("undone", "okafor"), ("no_match", "rivera"),
        ("match", "The matcher, by score"),
    ]  # fmt: skip
    assert history_of_plant(candidate.esmr_facility_id).count() > rows.count()
    assert list_history().count() == MatchDecision.objects.count()


def test_an_empty_queue_says_why_and_what_to_run():
    assert "sync esmr" in why_empty()
    facilities, filings = small_world()
    store(facilities)
    assert "smarts_industrial_facilities" in why_empty()
    store([], filings)
    assert "manage.py match" in why_empty()
    run_matching()
    assert why_empty() == ""
    MatchCandidate.objects.update(is_queued=False)
    assert "decided or linked" in why_empty()


@pytest.mark.parametrize("place", [Q(), Q(county=19), Q(region__in=["5F", "5S"])])
def test_facilities_of_a_place_are_counted_by_an_index_alone(matched, place):
    with CaptureQueriesContext(connection) as queries:
        numbers = count_facilities(place)
    found = list_facilities().filter(place)
    assert numbers == {
        "facilities": found.count(),
        "facilities_in_esmr": found.filter(has_esmr=True).count(),
        "facilities_in_smarts": found.filter(has_smarts=True).count(),
        "facilities_in_both": found.filter(has_esmr=True, has_smarts=True).count(),
    }
    with connection.cursor() as cursor:
        # With so few rows any way costs the same: the other ways are closed, for this test's transaction alone.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(
            "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = 'facilities_facility'::regclass"
            " AND NOT indisunique AND indexrelid <> 'facility_counted'::regclass"
        )
        cursor.execute("".join(f"DROP INDEX {name};" for (name,) in cursor.fetchall()))
        cursor.execute(f"EXPLAIN {queries[0]['sql']}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index Only Scan using facility_counted" in plan
