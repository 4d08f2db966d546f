"""Staff decide about findings by the API: as on the staff pages, with history, and shown in the public list at once."""

import json
from datetime import date

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from tests.stormwater.api.staff import problem_of
from tests.violations.listed_world import ListedWorld
from violations.deciding import decide_duplicate, dismiss_exceedance
from violations.models import DismissalDecision, DuplicateDecision, DuplicatePair, Exceedance, StaleRecord
from violations.refreshing.refresh import refresh_violations

pytestmark = pytest.mark.django_db

PAIRS = "/api/staff/duplicates"
FINDING = "/api/staff/exceedances/exc-a"
DAY = date(2024, 1, 9)
LATER = date(2024, 3, 9)


@pytest.fixture
def pairs():
    """Two pairs of a violation and an exceedance of one day; the first is of the finding exc-a."""
    StaleRecord.objects.all().delete()
    world = ListedWorld()
    enrollment = world.enrollment("4 19C000001", "construction", facility=world.facility())
    for day, public_id in ((DAY, "exc-a"), (LATER, "exc-b")):
        world.exceedance(enrollment, rule="cgp_ph_nal", pollutant="ph", start=day, end=day, public_id=public_id)
        world.violation(enrollment, day, violation_type="Effluent Limitation", description="pH 9.8")
    refresh_violations()
    return list(DuplicatePair.objects.order_by("exceedance__public_id"))


@pytest.fixture
def rivera():
    return get_user_model().objects.create_user("rivera")


@pytest.fixture
def inputs(pairs):
    return str(pairs[0].exceedance.inputs_hash)


def public_row(public_id="exc-a"):
    """The row as anyone sees it in the unified list."""
    response = Client().get(f"/api/violations/{public_id}", headers={"Cache-Control": "no-cache"})
    assert response.status_code == 200, response.content
    return response.json()


class TestDuplicates:
    def test_the_open_pairs_are_listed_by_either_record_and_in_order(self, staff, pairs):
        rows = staff["Viewer"].get(PAIRS).json()["results"]
        assert {row["id"] for row in rows} == {pair.pk for pair in pairs}
        (row,) = staff["Viewer"].get(PAIRS, exceedance_id="exc-b").json()["results"]
        assert (row["id"], row["occurrence_date"], row["pollutant"]) == (pairs[1].pk, "2024-03-09", "ph")
        assert (row["version"], row["score"], row["rule"]) == (pairs[1].version, 1.0, "cgp_ph_nal")
        (row,) = staff["Viewer"].get(PAIRS, violation_id=pairs[0].violation.violation_id).json()["results"]
        assert row["exceedance_id"] == "exc-a"
        assert staff["Viewer"].get(PAIRS, pollutant="zinc").json()["results"] == []
        DuplicatePair.objects.filter(pk=pairs[0].pk).update(score=0.4)
        for ordering, expected in (("-score", [pairs[1], pairs[0]]), ("score", pairs)):
            rows = staff["Viewer"].get(PAIRS, ordering=ordering).json()["results"]
            assert [row["id"] for row in rows] == [pair.pk for pair in expected]
        assert staff["Viewer"].get(PAIRS, score__gte="0.5").json()["results"][0]["id"] == pairs[1].pk

    @pytest.mark.parametrize("verdict, grouped", [("confirmed", True), ("rejected", False)])
    def test_a_verdict_is_kept_with_its_reviewer_shown_at_once_and_taken_back(self, staff, pairs, verdict, grouped):
        assert public_row()["is_confirmed_duplicate"] is False
        body = {"verdict": verdict, "version": pairs[0].version, "reason": "Same lab report"}
        done = staff["Reviewer"].post(f"{PAIRS}/{pairs[0].pk}/decision", body)
        assert done.status_code == 201, done.content
        decision = DuplicateDecision.objects.get(pk=done.json()["decision"])
        assert (decision.verdict, decision.reviewer_name, decision.reason) == (verdict, "reviewer", "Same lab report")
        assert done.json()["pair"]["state"] == verdict
        row = public_row()
        assert (row["is_confirmed_duplicate"], row["duplicate_group"] is not None) == (grouped or None, grouped)
        listed = staff["Reviewer"].get(PAIRS).json()["results"]
        assert [row["id"] for row in listed] == [pairs[1].pk]

        undone = staff["Reviewer"].post(f"/api/staff/duplicate-decisions/{decision.pk}/undo", {"reason": "A slip"})
        assert undone.status_code == 201, undone.content
        assert undone.json()["pair"]["state"] == "probable"
        assert public_row()["is_confirmed_duplicate"] is False
        shown = staff["Viewer"].get(f"{PAIRS}/{pairs[0].pk}").json()
        history = [(one["verdict"], one["reason"], one["reverts"], one["is_live"]) for one in shown["decisions"]]
        assert history == [("undone", "A slip", decision.pk, False), (verdict, "Same lab report", None, False)]
        assert shown["violation"]["violation_id"] == pairs[0].violation.violation_id
        assert shown["exceedance"]["id"] == "exc-a"

    def test_the_second_of_two_is_told_who_decided_and_changes_nothing(self, staff, pairs, rivera):
        pair = pairs[0]
        decide_duplicate(pair_id=pair.pk, verdict="rejected", reviewer=rivera, expected_version=pair.version)
        address = f"{PAIRS}/{pair.pk}/decision"
        refused = problem_of(staff["Reviewer"].post(address, {"verdict": "confirmed", "version": pair.version}), 409)
        assert "rivera decided" in refused["detail"]
        assert "Two events" in refused["detail"]
        again = {"verdict": "rejected", "version": pair.version + 1}
        assert "decided already" in problem_of(staff["Reviewer"].post(address, again), 409)["detail"]
        assert DuplicateDecision.objects.count() == 1

    def test_what_is_no_longer_in_force_cannot_be_taken_back(self, staff, pairs):
        address = f"{PAIRS}/{pairs[0].pk}/decision"
        first = staff["Reviewer"].post(address, {"verdict": "confirmed", "version": pairs[0].version}).json()
        staff["Reviewer"].post(address, {"verdict": "rejected", "version": first["pair"]["version"]})
        undo = f"/api/staff/duplicate-decisions/{first['decision']}/undo"
        assert "no longer in force" in problem_of(staff["Reviewer"].post(undo), 409)["detail"]

    @pytest.mark.parametrize(
        "body, wrong",
        [
            ({}, ["verdict", "version"]),
            ({"verdict": "undone", "version": 1}, ["verdict"]),
            ({"verdict": "confirmed", "version": "1"}, ["version"]),
            ({"verdict": "confirmed", "version": 1, "reason": "a" * 3000}, ["reason"]),
            ({"verdict": "confirmed", "version": 1, "note": "x"}, ["note"]),
        ],
    )
    def test_a_wrong_body_is_named_and_does_nothing(self, staff, pairs, body, wrong):
        refused = problem_of(staff["Reviewer"].post(f"{PAIRS}/{pairs[0].pk}/decision", body), 400)
        assert [error["parameter"] for error in refused["errors"]] == wrong
        assert not DuplicateDecision.objects.exists()

    def test_what_there_is_not_is_a_404(self, staff):
        problem_of(staff["Viewer"].get(f"{PAIRS}/999999"), 404)
        body = {"verdict": "confirmed", "version": 1}
        problem_of(staff["Reviewer"].post(f"{PAIRS}/999999/decision", body), 404)
        problem_of(staff["Reviewer"].post("/api/staff/duplicate-decisions/999999/undo"), 404)


class TestDismissals:
    def test_a_dismissal_marks_the_finding_at_once_and_is_taken_back_with_its_history(self, staff, inputs):
        shown = staff["Viewer"].get(FINDING).json()
        assert (shown["inputs"], shown["stands"], shown["decisions"]) == (inputs, True, [])
        done = staff["Reviewer"].post(f"{FINDING}/dismissal", {"reason": "Wrong outfall", "inputs": inputs})
        assert done.status_code == 201, done.content
        decision = DismissalDecision.objects.get(pk=done.json()["decision"])
        assert (decision.verdict, decision.reviewer_name, decision.reason) == ("dismissed", "reviewer", "Wrong outfall")
        assert done.json()["exceedance"]["is_dismissed"] is True
        assert public_row()["status"] == "Exceedance dismissed"

        undone = staff["Reviewer"].post(f"/api/staff/dismissals/{decision.pk}/undo", {"reason": "It was the right one"})
        assert undone.status_code == 201, undone.content
        assert public_row()["status"] == "Exceedance"
        shown = staff["Viewer"].get(FINDING).json()
        assert (shown["stands"], shown["is_dismissed"]) == (True, False)
        history = [(one["verdict"], one["decided_by"], one["reverts"]) for one in shown["decisions"]]
        assert history == [("undone", "reviewer", decision.pk), ("dismissed", "reviewer", None)]

    def test_the_second_of_two_is_told_who_dismissed_it(self, staff, pairs, inputs, rivera):
        finding = pairs[0].exceedance
        dismiss_exceedance(exceedance_id=finding.pk, reason="Seen first", reviewer=rivera, expected_inputs=inputs)
        refused = staff["Reviewer"].post(f"{FINDING}/dismissal", {"reason": "Wrong outfall", "inputs": inputs})
        assert "rivera decided" in problem_of(refused, 409)["detail"]
        assert DismissalDecision.objects.count() == 1

    @pytest.mark.parametrize("seen", ["00000000-0000-0000-0000-000000000000", "not a hash"])
    def test_a_finding_with_other_inputs_than_were_seen_is_not_dismissed(self, staff, pairs, seen):
        refused = staff["Reviewer"].post(f"{FINDING}/dismissal", {"reason": "Wrong outfall", "inputs": seen})
        assert "other inputs" in problem_of(refused, 409)["detail"]
        assert not Exceedance.objects.exclude(dismissed_at=None).exists()

    def test_a_finding_that_no_longer_stands_is_shown_and_not_dismissed(self, staff, pairs, inputs):
        Exceedance.objects.filter(public_id="exc-a").update(went_at="2024-05-01T00:00Z")
        assert staff["Viewer"].get(FINDING).json()["stands"] is False
        refused = staff["Reviewer"].post(f"{FINDING}/dismissal", {"reason": "Wrong outfall", "inputs": inputs})
        assert "nothing to dismiss" in problem_of(refused, 409)["detail"]

    def test_a_dismissal_is_taken_back_once(self, staff, inputs):
        done = staff["Reviewer"].post(f"{FINDING}/dismissal", {"reason": "Wrong outfall", "inputs": inputs}).json()
        undo = f"/api/staff/dismissals/{done['decision']}/undo"
        assert staff["Reviewer"].post(undo).status_code == 201
        assert "no longer in force" in problem_of(staff["Reviewer"].post(undo), 409)["detail"]

    @pytest.mark.parametrize(
        "body, wrong",
        [
            ({}, ["reason", "inputs"]),
            ({"reason": "  ", "inputs": "x"}, ["reason"]),
            ({"reason": "a\x00b", "inputs": "x"}, ["reason"]),
            ({"reason": "x", "inputs": 7}, ["inputs"]),
            ({"reason": "x", "inputs": "x", "version": 1}, ["version"]),
        ],
    )
    def test_a_wrong_body_is_named_and_does_nothing(self, staff, pairs, body, wrong):
        refused = problem_of(staff["Reviewer"].post(f"{FINDING}/dismissal", body), 400)
        assert [error["parameter"] for error in refused["errors"]] == wrong
        assert not DismissalDecision.objects.exists()

    def test_what_there_is_not_is_a_404(self, staff):
        problem_of(staff["Viewer"].get("/api/staff/exceedances/none"), 404)
        body = {"reason": "x", "inputs": "x"}
        problem_of(staff["Reviewer"].post("/api/staff/exceedances/none/dismissal", body), 404)
        problem_of(staff["Reviewer"].post("/api/staff/dismissals/999999/undo"), 404)


@pytest.mark.parametrize("path", ["duplicates/{}/decision", "exceedances/exc-a/dismissal"])
def test_a_session_without_its_csrf_token_decides_nothing(staff, pairs, path):
    client = Client(enforce_csrf_checks=True)
    client.force_login(staff["Reviewer"].user)
    address = f"/api/staff/{path.format(pairs[0].pk)}"
    body = json.dumps({"verdict": "confirmed", "version": pairs[0].version})
    refused = problem_of(client.post(address, body, content_type="application/json"), 403)
    assert "CSRF" in refused["detail"]
    assert not DuplicateDecision.objects.exists()
    assert not DismissalDecision.objects.exists()
