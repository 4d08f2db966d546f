"""Verdicts of reviewers: one row each, nothing overwritten, everything undone by another row."""

import threading

import pytest
from django.db import IntegrityError, connection, connections, transaction

from facilities.models import EsmrFacility, MatchCandidate, MatchDecision, MatchSkip, StalePlant
from facilities.services.decisions import (
    AlreadyDecidedError,
    DecisionRefusedError,
    close_plant,
    decide_candidate,
    undo_decision,
)
from facilities.services.matching import run_matching
from facilities.services.queue import (
    BULK_CAP,
    assign_candidates,
    bulk_decide,
    sample_automatic_links,
    skip_candidate,
)
from stormwater.errors import UserError
from tests.facilities.matching.invented import OAK_TOWN_PLANT, small_world
from tests.facilities.stored import pair, reviewer, store

pytestmark = pytest.mark.django_db


@pytest.fixture
def matched():
    store(*small_world())
    run_matching()


@pytest.fixture
def linked(matched) -> MatchCandidate:
    """A link of the machine."""
    return pair(200_001, OAK_TOWN_PLANT.key)


@pytest.fixture
def opened(matched) -> MatchCandidate:
    """A pair that waits for a person."""
    return MatchCandidate.objects.filter(state="open", conflict="", vetoes=[]).order_by("pk")[0]


def decide(candidate, verdict="match", who="rivera", **given):
    candidate.refresh_from_db()
    return decide_candidate(
        candidate_id=candidate.pk,
        verdict=verdict,
        reviewer=reviewer(who),
        expected_version=given.pop("version", candidate.version),
        reason_code=given.pop("reason_code", "other"),
        **given,
    ).decision


def state(candidate):
    candidate.refresh_from_db()
    return candidate.state


class TestDeciding:
    @pytest.mark.parametrize(
        "verdict, left, is_queued",
        [("match", "accepted", False), ("no_match", "rejected", False), ("unsure", "unsure", True)],
    )
    def test_a_verdict_is_a_row_with_the_evidence_as_seen(self, opened, verdict, left, is_queued):
        decision = decide(opened, verdict, note=" Seen on the permit. ")
        assert (state(opened), opened.is_queued) == (left, is_queued)
        assert (decision.verdict, decision.reviewer_name, decision.rule) == (verdict, "rivera", "")
        assert (decision.note, decision.reason_code) == ("Seen on the permit.", "other")
        assert decision.evidence["evidence"] == opened.evidence
        assert (decision.probability, decision.model_version) == (opened.probability, opened.model_version)

    def test_an_accepted_pair_is_one_facility(self, opened):
        assert opened.esmr_facility.facility != opened.enrollment.facility
        decide(opened)
        opened = MatchCandidate.objects.get(pk=opened.pk)
        assert opened.esmr_facility.facility == opened.enrollment.facility
        assert opened.enrollment.facility.has_esmr

    def test_a_link_of_the_machine_can_be_confirmed_and_rejected(self, linked):
        machine = MatchDecision.objects.get(
            is_live=True, esmr_facility=linked.esmr_facility, enrollment=linked.enrollment
        )
        first = decide(linked)
        assert first.supersedes == machine
        second = decide(linked, "no_match")
        assert (state(linked), second.supersedes) == ("rejected", first)
        live = MatchDecision.objects.filter(
            is_live=True, enrollment=linked.enrollment, esmr_facility=linked.esmr_facility
        )
        assert live.get() == second

    def test_going_against_the_machine_needs_a_reason(self, linked):
        with pytest.raises(DecisionRefusedError, match="reason"):
            decide(linked, "no_match", reason_code="")
        assert state(linked) == "automatic"
        decide(linked, "match", reason_code="")

    @pytest.mark.parametrize(
        "given", [{"verdict": "maybe"}, {"verdict": "no_match_exists"}, {"reason_code": "because"}]
    )
    def test_a_verdict_or_reason_that_is_none_is_refused(self, opened, given):
        with pytest.raises(DecisionRefusedError):
            decide(opened, **given)

    def test_whoever_saw_an_older_version_is_told_who_decided_what(self, opened):
        seen = opened.version
        decide(opened, "no_match")
        with pytest.raises(AlreadyDecidedError, match=r"rivera decided this pair at \d\d:\d\d .*Not a match"):
            decide(opened, "match", "okafor", version=seen)
        assert state(opened) == "rejected"
        assert MatchDecision.objects.filter(enrollment=opened.enrollment, rule="").count() == 1

    def test_a_pair_that_is_not_there(self, matched):
        with pytest.raises(UserError, match="no pair 0"):
            decide_candidate(candidate_id=0, verdict="match", reviewer=reviewer(), expected_version=1)

    def test_the_record_survives_its_reviewer(self, opened):
        decision = decide(opened)
        reviewer().delete()
        decision.refresh_from_db()
        assert (decision.reviewer, decision.reviewer_name, decision.is_live) == (None, "rivera", True)


class TestKeeping:
    def test_the_database_refuses_to_change_or_delete_a_decision(self, opened):
        decision = decide(opened)
        rows = MatchDecision.objects.filter(pk=decision.pk)
        for change in ({"verdict": "no_match"}, {"note": "x"}, {"reviewer_name": "someone"}):
            with pytest.raises(IntegrityError, match="is kept"), transaction.atomic():
                rows.update(**change)
        with pytest.raises(IntegrityError, match="never deleted"), transaction.atomic():
            rows.delete()
        rows.update(is_live=False)
        with pytest.raises(IntegrityError, match="is kept"), transaction.atomic():
            rows.update(is_live=True)

    def test_one_decision_of_a_pair_is_in_force(self, opened):
        decision = decide(opened)
        decision.pk = None
        with pytest.raises(IntegrityError, match="match_decision_live_unique"), transaction.atomic():
            decision.save()


class TestUndoing:
    def test_an_undo_is_a_row_and_the_pair_is_as_before(self, opened):
        before, plant_before = opened.enrollment.facility, opened.esmr_facility.facility
        decision = decide(opened)
        undo = undo_decision(decision_id=decision.pk, reviewer=reviewer("okafor")).decision
        assert (undo.verdict, undo.reverts, undo.is_live, undo.reviewer_name) == ("undone", decision, False, "okafor")
        assert state(opened) == "open"
        opened = MatchCandidate.objects.get(pk=opened.pk)
        assert opened.enrollment.facility == before
        assert opened.esmr_facility.facility == plant_before

    def test_what_was_decided_before_is_in_force_again(self, opened):
        first = decide(opened, "no_match")
        second = decide(opened, "match", "okafor")
        undo = undo_decision(decision_id=second.pk, reviewer=reviewer("okafor")).decision
        assert (undo.verdict, undo.is_live, undo.reverts) == ("no_match", True, second)
        assert "rivera" in undo.note
        assert state(opened) == "rejected"
        # And that can be undone in its turn.
        undo_decision(decision_id=undo.pk, reviewer=reviewer("okafor"))
        assert state(opened) == "open"
        first.refresh_from_db()
        assert not first.is_live

    def test_the_link_of_the_machine_comes_back(self, linked):
        decision = decide(linked, "no_match")
        assert linked.esmr_facility.facility != MatchCandidate.objects.get(pk=linked.pk).enrollment.facility
        undo_decision(decision_id=decision.pk, reviewer=reviewer())
        assert state(linked) == "automatic"
        live = MatchDecision.objects.get(is_live=True, enrollment=linked.enrollment, esmr_facility=linked.esmr_facility)
        assert (live.rule, live.verdict) == ("fuzzy", "match")

    def test_an_undo_after_a_later_decision_is_refused_and_names_it(self, opened):
        first = decide(opened, "no_match")
        decide(opened, "unsure", "okafor")
        with pytest.raises(DecisionRefusedError, match=r"okafor \(Unsure, decision \d+\) came after it"):
            undo_decision(decision_id=first.pk, reviewer=reviewer())
        assert state(opened) == "unsure"

    def test_an_undo_of_nothing_the_machine_or_an_undo_is_refused(self, opened, linked):
        with pytest.raises(UserError, match="no decision 0"):
            undo_decision(decision_id=0, reviewer=reviewer())
        machine = MatchDecision.objects.filter(is_live=True, rule="fuzzy").first()
        with pytest.raises(DecisionRefusedError, match="machine"):
            undo_decision(decision_id=machine.pk, reviewer=reviewer())
        undo = undo_decision(decision_id=decide(opened).pk, reviewer=reviewer()).decision
        with pytest.raises(DecisionRefusedError, match="takes a decision back"):
            undo_decision(decision_id=undo.pk, reviewer=reviewer())

    def test_undoing_twice_undoes_once(self, opened):
        decision = decide(opened)
        undo_decision(decision_id=decision.pk, reviewer=reviewer())
        with pytest.raises(DecisionRefusedError, match="no longer in force"):
            undo_decision(decision_id=decision.pk, reviewer=reviewer())


class TestPlantsWithoutAMatch:
    def close(self, candidate, **given):
        values = {"reviewer": reviewer(), "reason_code": "no_permit"} | given
        return close_plant(esmr_facility_id=candidate.esmr_facility_id, **values).decision

    def test_its_pairs_are_closed_and_its_automatic_links_dissolved(self, linked):
        decision = self.close(linked)
        assert state(linked) == "closed"
        assert not MatchCandidate.objects.filter(esmr_facility=linked.esmr_facility, is_queued=True).exists()
        plant = EsmrFacility.objects.get(pk=linked.esmr_facility_id)
        assert plant.facility.public_id == f"fac-e{plant.place_id}"
        undo_decision(decision_id=decision.pk, reviewer=reviewer())
        assert state(linked) == "automatic"

    def test_it_needs_a_reason_and_no_match_by_a_person(self, linked):
        with pytest.raises(DecisionRefusedError, match="reason"):
            self.close(linked, reason_code="")
        match = decide(linked)
        with pytest.raises(DecisionRefusedError, match="undo that decision first"):
            self.close(linked)
        undo_decision(decision_id=match.pk, reviewer=reviewer())
        self.close(linked)
        with pytest.raises(DecisionRefusedError, match="already"):
            self.close(linked)

    def test_a_match_of_a_closed_plant_is_refused_also_as_an_undo(self, linked):
        match = decide(linked)
        rejected = decide(linked, "no_match")
        self.close(linked)
        with pytest.raises(DecisionRefusedError, match="no match"):
            decide(linked, "match")
        with pytest.raises(DecisionRefusedError, match="no match"):
            undo_decision(decision_id=rejected.pk, reviewer=reviewer())
        assert not MatchDecision.objects.filter(is_live=True, pk=match.pk).exists()


class TestManyAtOnce:
    def test_only_what_is_named_is_decided_and_each_skipped_row_says_why(self, matched, linked):
        rows = list(MatchCandidate.objects.filter(state="open", conflict="", vetoes=[]).order_by("pk"))
        first, changed, *others = rows
        decide(changed, "unsure")
        versions = {first.pk: first.version, changed.pk: changed.version - 1, linked.pk: linked.version, 0: 1}
        dry = bulk_decide(versions=versions, verdict="no_match", reviewer=reviewer(), reason_code="other_place")
        assert (dry.decided, state(first)) == ([first.pk], "open")
        done = bulk_decide(
            versions=versions, verdict="no_match", reviewer=reviewer(), reason_code="other_place", is_dry_run=False
        )
        assert (done.decided, done.skipped) == (dry.decided, dry.skipped)
        assert state(first) == "rejected"
        assert {row.candidate_id: row.why.split()[0:2] for row in done.skipped} == {
            0: ["there", "is"],
            changed.pk: ["it", "has"],
            linked.pk: ["it", "is"],
        }
        assert {state(other) for other in others} == {"open"}

    def test_it_has_a_cap_and_needs_a_selection_and_a_reason(self, matched):
        given = {"verdict": "no_match", "reviewer": reviewer(), "reason_code": "other"}
        with pytest.raises(UserError, match="No pair"):
            bulk_decide(versions={}, **given)
        with pytest.raises(UserError, match=f"at most {BULK_CAP}"):
            bulk_decide(versions=dict.fromkeys(range(BULK_CAP + 1), 1), **given)
        with pytest.raises(DecisionRefusedError, match="reason"):
            bulk_decide(versions={1: 1}, **given | {"reason_code": ""})

    def test_one_refused_row_does_not_stop_the_others(self, matched):
        vetoed = MatchCandidate.objects.exclude(vetoes=[]).first()
        opened = MatchCandidate.objects.filter(state="open").exclude(esmr_facility=vetoed.esmr_facility).first()
        close_plant(esmr_facility_id=vetoed.esmr_facility_id, reviewer=reviewer(), reason_code="no_permit")
        MatchCandidate.objects.filter(pk=vetoed.pk).update(state="open")
        vetoed.refresh_from_db()
        done = bulk_decide(
            versions={vetoed.pk: vetoed.version, opened.pk: opened.version},
            verdict="match",
            reviewer=reviewer(),
            reason_code="other",
            is_dry_run=False,
        )
        assert done.decided == [opened.pk]
        assert "no match" in done.skipped[0].why


class TestTheQueue:
    def test_open_pairs_are_given_to_a_reviewer(self, opened, linked):
        assert assign_candidates(candidate_ids=[opened.pk, linked.pk], assignee=reviewer("okafor")) == 1
        opened.refresh_from_db()
        assert opened.assignee == reviewer("okafor")
        assert assign_candidates(candidate_ids=[opened.pk], assignee=None) == 1

    def test_a_pair_is_passed_over_once_per_reviewer_until_it_is_decided(self, opened):
        for _ in range(2):
            skip_candidate(candidate_id=opened.pk, reviewer=reviewer())
        assert MatchSkip.objects.count() == 1
        decide(opened)
        assert not MatchSkip.objects.exists()
        with pytest.raises(UserError):
            skip_candidate(candidate_id=0, reviewer=reviewer())

    def test_a_sample_of_automatic_links_is_queued_once_and_judged_blind(self, matched, linked):
        links = set(MatchCandidate.objects.filter(state="automatic").values_list("pk", flat=True))
        drawn = sample_automatic_links(size=2, seed=1)
        assert len(drawn) == 2
        assert set(drawn) < links
        rest = sample_automatic_links(size=100, seed=1)
        assert sorted([*drawn, *rest]) == sorted(links)
        assert sample_automatic_links(size=5) == []
        linked.refresh_from_db()
        assert (linked.is_queued, linked.state) == (True, "automatic")
        run_matching(is_full=True)
        assert linked.is_queued
        assert decide(linked, "no_match", reason_code="").is_blind
        assert not pair(200_001, OAK_TOWN_PLANT.key).is_queued
        with pytest.raises(UserError):
            sample_automatic_links(size=0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(300)
def test_two_reviewers_at_once_one_decides_and_the_other_is_told_a_hundred_times():
    store(*small_world())
    run_matching()
    candidate = pair(200_001, OAK_TOWN_PLANT.key)
    people = [reviewer("rivera"), reviewer("okafor")]
    outcomes: list[tuple[str, object]] = []

    def decide_at_once(who, version, barrier):
        try:
            barrier.wait(10)
            done = decide_candidate(
                candidate_id=candidate.pk,
                verdict="match" if who.username == "rivera" else "no_match",
                reviewer=who,
                expected_version=version,
                reason_code="other",
            )
            outcomes.append((who.username, done.decision))
        except UserError as error:
            outcomes.append((who.username, error))
        finally:
            connections.close_all()

    for _ in range(100):
        outcomes.clear()
        candidate.refresh_from_db()
        barrier = threading.Barrier(2)
        threads = [threading.Thread(target=decide_at_once, args=(who, candidate.version, barrier)) for who in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        (winner, decision), (loser, error) = sorted(outcomes, key=lambda one: isinstance(one[1], Exception))
        assert isinstance(decision, MatchDecision)
        assert isinstance(error, AlreadyDecidedError)
        assert f"{winner} decided this pair" in str(error)
        assert winner != loser
        live = MatchDecision.objects.filter(is_live=True, esmr_facility=candidate.esmr_facility_id)
        assert live.get(enrollment=candidate.enrollment_id) == decision
    assert MatchDecision.objects.filter(enrollment=candidate.enrollment_id, rule="").count() == 100


@pytest.mark.django_db(transaction=True)
def test_a_verdict_while_a_sync_publishes_is_saved_and_reaches_the_facilities_with_the_next_run():
    store(*small_world())
    run_matching()
    opened = MatchCandidate.objects.filter(state="open", conflict="", vetoes=[]).first()
    sync = connection.copy()
    sync.set_autocommit(False)
    with sync.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, 1)", [0x53574D41])
    try:
        done = decide_candidate(
            candidate_id=opened.pk, verdict="match", reviewer=reviewer(), expected_version=opened.version
        )
    finally:
        sync.rollback()
        sync.close()
    assert not done.is_joined
    assert state(opened) == "accepted"
    assert opened.esmr_facility.facility != opened.enrollment.facility
    assert StalePlant.objects.count() == 1
    run_matching()
    opened = MatchCandidate.objects.get(pk=opened.pk)
    assert opened.esmr_facility.facility == opened.enrollment.facility
    assert not StalePlant.objects.exists()
