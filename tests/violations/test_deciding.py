"""Duplicates and dismissals: decided once, with history, shown at once, and nothing deleted or hidden."""

import threading
from datetime import date, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connections, transaction

from stormwater.errors import UserError
from tests.violations.listed_world import ListedWorld, assert_in_line
from violations.deciding import (
    AlreadyDecidedError,
    DecisionRefusedError,
    decide_duplicate,
    dismiss_exceedance,
    undo_dismissal,
    undo_duplicate_decision,
)
from violations.models import (
    DismissalDecision,
    DuplicateDecision,
    DuplicatePair,
    Exceedance,
    FacilitySummary,
    InferredEnforcementLink,
    RegulatoryViolation,
    StaleRecord,
    UnifiedFinding,
)
from violations.refreshing.refresh import refresh_violations
from violations.selectors.unified import load_duplicates

pytestmark = pytest.mark.django_db
DAY = date(2024, 1, 9)


@pytest.fixture
def world():
    StaleRecord.objects.all().delete()
    return ListedWorld()


@pytest.fixture
def enrollment(world):
    return world.enrollment("4 19C000001", "construction", facility=world.facility())


@pytest.fixture
def finding(world, enrollment):
    return world.exceedance(enrollment, rule="cgp_ph_nal", pollutant="ph", start=DAY, end=DAY, public_id="exc-a")


@pytest.fixture
def violation(world, enrollment):
    return world.violation(enrollment, DAY, violation_type="Effluent Limitation", description="pH 9.8")


@pytest.fixture
def pair(finding, violation):
    refresh_violations()
    return DuplicatePair.objects.get()


@pytest.fixture
def officer():
    return get_user_model().objects.create_user("officer")


def groups():
    rows = UnifiedFinding.objects.order_by("source").values_list("duplicate_group", "is_confirmed_duplicate")
    return set(rows)


def decide(pair, verdict, officer, **more):
    version = DuplicatePair.objects.get(pk=pair.pk).version
    return decide_duplicate(
        pair_id=pair.pk, verdict=verdict, reviewer=officer, **({"expected_version": version} | more)
    )


def dismiss(finding, officer, **more):
    inputs = str(Exceedance.objects.get(pk=finding.pk).inputs_hash)
    values = {"reason": "Calibration error, see the report", "expected_inputs": inputs}
    return dismiss_exceedance(exceedance_id=finding.pk, reviewer=officer, **(values | more))


class TestPairs:
    def test_a_violation_and_an_exceedance_of_one_day_are_a_probable_pair_and_one_group_of_the_list(self, pair):
        assert (pair.score, pair.state) == (1.0, "probable")
        lead = UnifiedFinding.objects.get(is_group_lead=True)
        assert lead.source == "SMARTS_REGULATORY"
        assert groups() == {(lead.public_id, False)}
        assert load_duplicates([lead.pk]) == {lead.pk: ["exc-a"]}
        assert UnifiedFinding.objects.count() == 2

    def test_a_plant_and_an_enrollment_of_one_facility_make_a_pair_and_of_two_facilities_none(self, world, violation):
        plant = world.plant(501)
        plant.facility = violation.enrollment.facility
        plant.save()
        world.exceedance(plant=plant, pollutant="ph", start=DAY, end=DAY)
        refresh_violations()
        assert DuplicatePair.objects.get().score == 0.9
        plant.facility = world.facility()
        plant.save()
        refresh_violations()
        assert not DuplicatePair.objects.exists()
        assert groups() == {(None, None)}

    @pytest.mark.parametrize("days, is_pair", [(-8, False), (-7, True), (7, True), (8, False)])
    def test_the_record_may_be_a_week_off_either_way(self, world, violation, finding, days, is_pair):
        RegulatoryViolation.objects.update(occurrence_date=DAY + timedelta(days=days))
        refresh_violations()
        assert DuplicatePair.objects.exists() == is_pair

    @pytest.mark.parametrize("is_decided", [True, False])
    def test_a_pair_whose_violation_says_something_else_goes_unless_staff_decided(self, pair, officer, is_decided):
        if is_decided:
            decide(pair, "confirmed", officer)
        RegulatoryViolation.objects.update(description="Zinc over the NAL")
        refresh_violations()
        kept = DuplicatePair.objects.values_list("is_proposed", "state")
        assert list(kept) == ([(False, "confirmed")] if is_decided else [])
        assert (None, None) not in groups() if is_decided else groups() == {(None, None)}

    def test_a_rejected_pair_is_not_proposed_again(self, pair, officer):
        decide(pair, "rejected", officer)
        assert groups() == {(None, None)}
        refresh_violations(is_full=True)
        assert DuplicatePair.objects.get().state == "rejected"
        assert groups() == {(None, None)}

    def test_a_confirmed_pair_of_a_withdrawn_violation_is_kept_and_groups_nothing_until_it_returns(self, pair, officer):
        decide(pair, "confirmed", officer)
        group = groups()
        RegulatoryViolation.objects.update(removed_by=pair.violation.run)
        refresh_violations()
        assert groups() == {(None, None)}
        RegulatoryViolation.objects.update(removed_by=None)
        refresh_violations()
        assert groups() == group

    def test_refreshing_everything_writes_no_pair_that_is_as_it_was(self, pair, officer):
        decide(pair, "confirmed", officer)
        assert not refresh_violations(is_full=True).has_written


class TestDeciding:
    def test_confirming_keeps_both_records_and_says_who_did_it_on_what(self, pair, officer):
        decision = decide(pair, "confirmed", officer, reason="Same report")
        assert (decision.reviewer_name, decision.score, decision.is_live) == ("officer", 1.0, True)
        assert {confirmed for _, confirmed in groups()} == {True}
        summary = FacilitySummary.objects.get()
        assert (summary.violations_on_record, summary.exceedances_smarts) == (1, 1)
        assert_in_line()

    def test_undo_leaves_history_and_the_pair_as_before(self, pair, officer):
        first = decide(pair, "confirmed", officer)
        undo = undo_duplicate_decision(decision_id=first.pk, reviewer=officer)
        assert DuplicatePair.objects.get().state == "probable"
        assert {confirmed for _, confirmed in groups()} == {False}
        assert list(DuplicateDecision.objects.values_list("verdict", "is_live")) == [
            ("confirmed", False), ("undone", False),
        ]  # fmt: skip
        assert undo.reverts == first

    def test_undo_of_a_second_decision_restates_the_first(self, pair, officer):
        decide(pair, "confirmed", officer)
        second = decide(pair, "rejected", officer)
        restated = undo_duplicate_decision(decision_id=second.pk, reviewer=officer)
        assert (restated.verdict, restated.is_live) == ("confirmed", True)
        assert DuplicatePair.objects.get().state == "confirmed"
        again = undo_duplicate_decision(decision_id=restated.pk, reviewer=officer)
        assert (again.verdict, again.is_live) == ("undone", False)

    def test_what_is_no_longer_in_force_cannot_be_undone(self, pair, officer):
        first = decide(pair, "confirmed", officer)
        decide(pair, "rejected", officer)
        with pytest.raises(DecisionRefusedError, match="the latest is: Two events by officer"):
            undo_duplicate_decision(decision_id=first.pk, reviewer=officer)

    def test_whoever_saw_an_older_version_is_told_who_decided(self, pair, officer):
        decide(pair, "confirmed", officer)
        with pytest.raises(AlreadyDecidedError, match=r"officer decided at .*: One event by officer"):
            decide(pair, "rejected", officer, expected_version=pair.version)
        assert DuplicateDecision.objects.count() == 1

    @pytest.mark.parametrize("verdict", ["undone", "maybe"])
    def test_only_two_verdicts_decide(self, pair, officer, verdict):
        with pytest.raises(DecisionRefusedError):
            decide(pair, verdict, officer)

    def test_an_unknown_pair_or_decision_is_named(self, officer):
        with pytest.raises(UserError, match="no pair 7"):
            decide_duplicate(pair_id=7, verdict="confirmed", reviewer=officer, expected_version=1)
        with pytest.raises(UserError, match="no decision 7"):
            undo_duplicate_decision(decision_id=7, reviewer=officer)
        with pytest.raises(UserError, match="no exceedance 7"):
            dismiss_exceedance(exceedance_id=7, reason="x", reviewer=officer, expected_inputs="")
        with pytest.raises(UserError, match="no dismissal 7"):
            undo_dismissal(decision_id=7, reviewer=officer)


class TestDismissing:
    def test_a_dismissed_exceedance_stays_marked_and_counts_apart(self, pair, finding, officer):
        dismiss(finding, officer)
        row = UnifiedFinding.objects.get(exceedance=finding)
        assert (row.status, row.duplicate_group is None) == ("Exceedance dismissed", False)
        summary = FacilitySummary.objects.get()
        assert (summary.exceedances_smarts, summary.exceedances_dismissed) == (0, 1)
        assert_in_line()

    def test_it_stands_again_only_when_its_inputs_change(self, world, finding, officer):
        dismiss(finding, officer)
        Exceedance.objects.update(value=7, changed_at="2024-01-01T00:00Z")
        refresh_violations()
        assert UnifiedFinding.objects.get().status == "Exceedance dismissed"
        Exceedance.objects.update(inputs_hash="00000000-0000-0000-0000-000000000001")
        refresh_violations()
        assert UnifiedFinding.objects.get().status == "Exceedance"
        again = dismiss(finding, officer, reason="Still the same probe")
        assert again.supersedes is not None
        assert list(DismissalDecision.objects.values_list("is_live", flat=True)) == [False, True]

    def test_undo_lets_it_stand_and_keeps_the_history(self, finding, officer):
        first = dismiss(finding, officer)
        undo = undo_dismissal(decision_id=first.pk, reviewer=officer, reason="Mixed up two sites")
        assert UnifiedFinding.objects.get().status == "Exceedance"
        assert (undo.reverts, Exceedance.objects.get().dismissal_reason) == (first, "")
        with pytest.raises(DecisionRefusedError, match="no longer in force"):
            undo_dismissal(decision_id=first.pk, reviewer=officer)

    def test_the_second_of_two_is_told(self, finding, officer):
        dismiss(finding, officer)
        with pytest.raises(AlreadyDecidedError, match="officer decided"):
            dismiss(finding, officer)

    def test_one_that_changed_meanwhile_is_to_be_looked_at_again(self, finding, officer):
        with pytest.raises(AlreadyDecidedError, match="other inputs"):
            dismiss(finding, officer, expected_inputs="00000000-0000-0000-0000-000000000009")

    def test_it_takes_a_reason_and_a_finding_that_stands(self, finding, officer):
        with pytest.raises(DecisionRefusedError, match="Give a reason"):
            dismiss(finding, officer, reason="  ")
        Exceedance.objects.update(went_at="2024-01-01T00:00Z")
        with pytest.raises(DecisionRefusedError, match="no longer say so"):
            dismiss(finding, officer)


class TestTheRecord:
    def test_decisions_cannot_be_changed_or_deleted(self, pair, finding, officer):
        for decision in (decide(pair, "confirmed", officer), dismiss(finding, officer)):
            rows = type(decision).objects.filter(pk=decision.pk)
            with pytest.raises(IntegrityError, match="kept as it is"), transaction.atomic():
                rows.update(reason="another")
            with pytest.raises(IntegrityError, match="never deleted"), transaction.atomic():
                rows.delete()

    def test_they_outlive_the_account(self, pair, finding, officer):
        decide(pair, "confirmed", officer)
        dismiss(finding, officer)
        officer.delete()
        assert DuplicateDecision.objects.get().reviewer_name == "officer"
        dismissal = DismissalDecision.objects.get()
        assert (dismissal.reviewer_id, dismissal.reviewer_name) == (None, "officer")


class TestInferredLinks:
    def test_an_action_is_linked_with_what_it_probably_answers(self, world, enrollment, violation):
        RegulatoryViolation.objects.update(linked_enforcement_action="Notice of Violation")
        action = world.action(enrollment, date(2024, 1, 30), violation_count=1)
        world.violation(world.enrollment("4 19I000009"), DAY)
        refresh_violations()
        link = InferredEnforcementLink.objects.get()
        assert (link.enforcement_action, link.violation, link.score) == (action, violation, 0.95)
        assert "same enrollment" in link.reasons

    def test_a_link_goes_with_what_it_was_inferred_from(self, world, enrollment, violation):
        action = world.action(enrollment, date(2024, 1, 30), violation_count=1)
        refresh_violations()
        assert InferredEnforcementLink.objects.count() == 1
        assert not refresh_violations(is_full=True).has_written
        type(action).objects.update(removed_by=action.run)
        assert refresh_violations().links == 1
        assert not InferredEnforcementLink.objects.exists()

    def test_a_violation_that_finds_another_enrollment_takes_its_link_away(self, world, enrollment, violation):
        world.action(enrollment, date(2024, 1, 30), violation_count=1)
        refresh_violations()
        RegulatoryViolation.objects.update(enrollment=None)
        refresh_violations()
        assert not InferredEnforcementLink.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_is_told(world):
    enrollment = world.enrollment("4 19C000001", "construction", facility=world.facility())
    world.exceedance(enrollment, rule="cgp_ph_nal", pollutant="ph", start=DAY, end=DAY)
    world.violation(enrollment, DAY, violation_type="Effluent Limitation", description="pH 9.8")
    refresh_violations()
    pair = DuplicatePair.objects.get()
    people = [get_user_model().objects.create_user(name) for name in ("ann", "ben")]
    barrier, told = threading.Barrier(2), []

    def decide_as(person, verdict):
        try:
            barrier.wait(20)
            decide_duplicate(pair_id=pair.pk, verdict=verdict, reviewer=person, expected_version=pair.version)
        except AlreadyDecidedError as error:
            told.append(str(error))
        finally:
            connections.close_all()

    verdicts = zip(people, ("confirmed", "rejected"), strict=True)
    threads = [threading.Thread(target=decide_as, args=pairing) for pairing in verdicts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 1
    assert DuplicateDecision.objects.filter(is_live=True).count() == 1
