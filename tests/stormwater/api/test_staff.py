"""Staff's endpoints: each group does its own, nobody else anything, conflicts name who did what, nothing is kept."""

import json

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from kombu.exceptions import OperationalError

from facilities.models import CandidateState, MatchCandidate, MatchDecision
from facilities.selectors.queue import list_queue
from facilities.services.decisions import decide_candidate
from facilities.services.queue import sample_automatic_links
from sync import asking
from sync.contracts import CONTRACTS
from sync.models import Run
from sync.services import RunResult, sync_datasets
from sync.sources import DirectorySource
from tests.facilities.stored import a_run, reviewer
from tests.stormwater.api.conftest import SAMPLES
from tests.stormwater.api.staff import GROUPS, Staff, problem_of

pytestmark = pytest.mark.django_db

QUEUE = "/api/staff/matches"


@pytest.fixture
def pair(matched):
    return MatchCandidate.objects.filter(is_queued=True, state="open").order_by("pk")[0]


class TestWhoMayWhat:
    # What each address needs, and who has it. A number that there is not: whoever may act gets a 404 instead of a 403.
    ADDRESSES = (
        ("get", QUEUE, {*GROUPS}),
        ("get", f"{QUEUE}/0", {*GROUPS}),
        ("get", "/api/staff/runs", {*GROUPS}),
        ("post", f"{QUEUE}/0/decision", {"Reviewer"}),
        ("post", "/api/staff/decisions/0/undo", {"Reviewer"}),
        ("get", "/api/staff/duplicates", {*GROUPS}),
        ("get", "/api/staff/duplicates/0", {*GROUPS}),
        ("post", "/api/staff/duplicates/0/decision", {"Reviewer"}),
        ("post", "/api/staff/duplicate-decisions/0/undo", {"Reviewer"}),
        ("get", "/api/staff/exceedances/none", {*GROUPS}),
        ("post", "/api/staff/exceedances/none/dismissal", {"Reviewer"}),
        ("post", "/api/staff/dismissals/0/undo", {"Reviewer"}),
        ("post", "/api/staff/syncs", {"Operator"}),
        ("post", "/api/staff/runs/0/release", {"Operator"}),
    )

    @pytest.mark.parametrize("method, address, allowed", ADDRESSES)
    def test_each_group_does_its_own_and_nobody_else_anything(self, staff, method, address, allowed):
        for group, member in staff.items():
            response = getattr(member, method)(address)
            if group in allowed:
                assert response.status_code in {200, 400, 404}, (group, response.content)
            else:
                problem_of(response, 403)
        problem_of(getattr(Staff("reader"), method)(address), 403)
        anonymous = getattr(Client(), method)(address)
        problem_of(anonymous, 401)
        assert anonymous["WWW-Authenticate"] == "Token"
        unknown = getattr(Client(), method)(address, headers={"Authorization": f"Token {'0' * 40}"})
        problem_of(unknown, 401)

    def test_an_account_that_was_closed_is_not_known(self, staff):
        get_user_model().objects.filter(username="reviewer").update(is_active=False)
        problem_of(staff["Reviewer"].get(QUEUE), 401)

    def test_a_session_needs_its_csrf_token_to_write(self, staff, pair):
        client = Client(enforce_csrf_checks=True)
        client.force_login(staff["Reviewer"].user)
        assert client.get(QUEUE).status_code == 200
        body = json.dumps({"verdict": "unsure", "version": pair.version})
        address = f"{QUEUE}/{pair.pk}/decision"
        refused = problem_of(client.post(address, body, content_type="application/json"), 403)
        assert "CSRF" in refused["detail"]
        assert not MatchDecision.objects.filter(rule="").exists()
        client.get("/admin/login/?next=/admin/")  # sets the cookie
        client.cookies["csrftoken"] = "a" * 32
        done = client.post(address, body, content_type="application/json", headers={"X-CSRFToken": "a" * 32})
        assert done.status_code == 201, done.content

    def test_nothing_is_kept_and_no_other_site_may_read(self, staff, matched):
        response = staff["Viewer"].get(QUEUE)
        assert response["Cache-Control"] == "private, no-store"
        assert set(response["Vary"].split(", ")) >= {"Authorization", "Cookie"}
        assert "ETag" not in response
        assert "Access-Control-Allow-Origin" not in response

    def test_staff_have_a_limit_of_their_own(self, staff, settings, matched):
        settings.STORMWATER_STAFF_RATE = "2/minute"
        settings.STORMWATER_USER_RATE = ""
        assert [staff["Viewer"].get(QUEUE).status_code for _ in range(3)] == [200, 200, 429]
        assert staff["Reviewer"].get(QUEUE).status_code == 200
        assert staff["Viewer"].get("/api/facilities").status_code == 200


@pytest.mark.parametrize("address", ["/api/staff/decisions/true/undo", "/api/nothing"])
def test_writing_where_there_is_nothing_is_a_404(address):
    assert Client().post(address, "{}", content_type="application/json").status_code == 404


class TestTheQueue:
    def test_it_is_the_queue_in_its_order_however_it_is_walked(self, staff, matched):
        sample_automatic_links(size=2, seed=1)
        expected = [row.pk for row in list_queue()]
        assert len(expected) > 5
        found, address = [], f"{QUEUE}?page_size=2"
        while address:
            page = staff["Viewer"].get(address).json()
            found += [row["id"] for row in page["results"]]
            address = page["next"]
        assert found == expected
        for ordering in ("first_proposed_at", "-first_proposed_at", "id", "-nearest"):
            rows = staff["Viewer"].get(QUEUE, ordering=ordering, page_size=500).json()["results"]
            assert {row["id"] for row in rows} == set(expected)

    def test_the_blind_sample_does_not_tell_the_machines_verdict(self, staff, matched):
        (number,) = sample_automatic_links(size=1, seed=1)
        rows = staff["Reviewer"].get(QUEUE, page_size=500).json()["results"]
        (blind,) = [row for row in rows if row["is_blind"]]
        assert blind["id"] == number
        hidden = ("tier", "probability", "rank", "reason", "state")
        assert [blind[name] for name in hidden] == [None] * 5
        assert all(row["tier"] for row in rows if not row["is_blind"])
        shown = staff["Reviewer"].get(f"{QUEUE}/{number}").json()
        assert [shown[name] for name in (*hidden, "evidence", "vetoes", "log_odds")] == [None] * 8
        assert shown["decisions"] == []
        assert shown["esmr_facility"]["facility_id"] is None
        candidate = MatchCandidate.objects.get(pk=number)
        for filters in ({"tier": candidate.tier}, {"state": "automatic"}):
            found = staff["Reviewer"].get(QUEUE, **filters).json()["results"]
            assert number not in [row["id"] for row in found]

    def test_it_is_narrowed_by_place_and_program(self, staff, matched):
        rows = staff["Viewer"].get(QUEUE, page_size=500).json()["results"]
        place = rows[0]["place_id"]
        found = staff["Viewer"].get(QUEUE, place_id=place).json()["results"]
        assert [row["id"] for row in found] == [row["id"] for row in rows if row["place_id"] == place]
        assert problem_of(staff["Viewer"].get(QUEUE, tear="fuzzy"), 400)["errors"][0]["suggestion"] == "tier"

    def test_a_pair_has_its_evidence_which_adds_up(self, staff, pair):
        shown = staff["Viewer"].get(f"{QUEUE}/{pair.pk}").json()
        total = shown["base"] + sum(one["contribution"] for one in shown["evidence"])
        assert total == pytest.approx(shown["log_odds"], abs=0.01)
        assert shown["enrollment"]["wdid"] == pair.enrollment.wdid
        assert shown["esmr_facility"]["place_id"] == pair.esmr_facility.place_id
        assert shown["esmr_facility"]["facility_id"] == pair.esmr_facility.facility.public_id


class TestDeciding:
    def test_a_verdict_is_the_reviewers_and_an_undo_takes_it_back(self, staff, pair):
        address = f"{QUEUE}/{pair.pk}/decision"
        done = staff["Reviewer"].post(address, {"verdict": "match", "version": pair.version, "note": "Same yard"})
        assert done.status_code == 201, done.content
        answer = done.json()
        decision = MatchDecision.objects.get(pk=answer["decision"])
        assert (decision.verdict, decision.reviewer_name, decision.note) == ("match", "reviewer", "Same yard")
        assert answer["pair"]["state"] == CandidateState.ACCEPTED
        assert answer["pair"]["decisions"][0]["decided_by"] == "reviewer"
        undone = staff["Reviewer"].post(f"/api/staff/decisions/{decision.pk}/undo", {"note": "A slip"})
        assert undone.status_code == 201, undone.content
        assert undone.json()["pair"]["state"] == CandidateState.OPEN
        assert undone.json()["pair"]["decisions"][0]["reverts"] == decision.pk

    def test_the_second_of_two_is_told_who_decided_what(self, staff, pair):
        decide_candidate(
            candidate_id=pair.pk, verdict="no_match", reviewer=reviewer("rivera"), expected_version=pair.version
        )
        address = f"{QUEUE}/{pair.pk}/decision"
        refused = problem_of(staff["Reviewer"].post(address, {"verdict": "match", "version": pair.version}), 409)
        assert "rivera decided this pair" in refused["detail"]
        assert "Not a match" in refused["detail"]
        assert MatchDecision.objects.filter(rule="").count() == 1

    def test_an_undo_after_a_later_decision_says_which_comes_first(self, staff, pair):
        address = f"{QUEUE}/{pair.pk}/decision"
        first = staff["Reviewer"].post(address, {"verdict": "unsure", "version": pair.version}).json()
        second = staff["Reviewer"].post(address, {"verdict": "no_match", "version": first["pair"]["version"]}).json()
        refused = problem_of(staff["Reviewer"].post(f"/api/staff/decisions/{first['decision']}/undo"), 409)
        assert f"decision {second['decision']}" in refused["detail"]

    def test_going_against_the_machine_needs_a_reason(self, staff, matched):
        candidate = MatchCandidate.objects.filter(state="automatic").order_by("pk")[0]
        body = {"verdict": "no_match", "version": candidate.version}
        address = f"{QUEUE}/{candidate.pk}/decision"
        refused = problem_of(staff["Reviewer"].post(address, body), 400)
        assert [error["parameter"] for error in refused["errors"]] == ["reason_code"]
        assert staff["Reviewer"].post(address, body | {"reason_code": "other_place"}).status_code == 201

    @pytest.mark.parametrize(
        "body, wrong",
        [
            ({}, ["verdict", "version"]),
            ({"verdict": "maybe", "version": 1}, ["verdict"]),
            ({"verdict": "no_match_exists", "version": 1}, ["verdict"]),
            ({"verdict": "match", "version": "1"}, ["version"]),
            ({"verdict": "match", "version": True}, ["version"]),
            ({"verdict": "match", "version": 10**12}, ["version"]),
            ({"verdict": "match", "version": 1, "note": "a\x00b"}, ["note"]),
            ({"verdict": "match", "version": 1, "note": "a" * 3000}, ["note"]),
            ({"verdict": "match", "version": 1, "reson_code": "other"}, ["reson_code"]),
        ],
    )
    def test_a_wrong_body_is_named_and_does_nothing(self, staff, pair, body, wrong):
        refused = problem_of(staff["Reviewer"].post(f"{QUEUE}/{pair.pk}/decision", body), 400)
        assert [error["parameter"] for error in refused["errors"]] == wrong
        assert not MatchDecision.objects.filter(rule="").exists()

    @pytest.mark.parametrize("body", ["{", "[]", "7", '{"verdict": NaN}', '"\\ud800"'])
    def test_a_body_that_is_no_object_is_a_400(self, staff, pair, body):
        problem_of(staff["Reviewer"].post(f"{QUEUE}/{pair.pk}/decision", body), 400)

    def test_a_body_that_is_too_large_is_a_413(self, staff, pair, settings):
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
        problem_of(staff["Reviewer"].post(f"{QUEUE}/{pair.pk}/decision", {"note": "a" * 200}), 413)

    def test_a_pair_or_decision_that_is_not_there_is_a_404(self, staff, matched):
        body = {"verdict": "match", "version": 1}
        problem_of(staff["Reviewer"].post(f"{QUEUE}/999999/decision", body), 404)
        problem_of(staff["Reviewer"].post("/api/staff/decisions/999999/undo"), 404)
        problem_of(staff["Reviewer"].get(f"{QUEUE}/{2**63}"), 404)


class TestOperating:
    @pytest.fixture(autouse=True)
    def _source(self, monkeypatch):
        monkeypatch.setattr(asking, "configured_source", lambda: DirectorySource(SAMPLES, CONTRACTS))
        monkeypatch.setattr(asking, "run_follow_ups_inline", list)

    def test_a_sync_without_workers_is_done_at_once(self, staff):
        done = staff["Operator"].post("/api/staff/syncs", {"dataset": "smarts_inspections"})
        assert done.status_code == 202, done.content
        assert done.json()["status"] == "done"
        (run,) = done.json()["runs"]
        assert (run["dataset"], run["status"]) == ("smarts_inspections", "published")
        (listed,) = staff["Operator"].get("/api/staff/runs", resource="smarts_inspections").json()["results"]
        assert (listed["id"], listed["status"], listed["inserted"]) == (run["run"], "published", run["inserted"])

    def test_with_workers_it_is_handed_to_them(self, staff, settings, monkeypatch):
        settings.CELERY_TASK_ALWAYS_EAGER = False
        sent: list[str] = []
        monkeypatch.setattr(asking.tasks.sync_dataset, "delay", sent.append)
        assert staff["Operator"].post("/api/staff/syncs", {"dataset": "esmr"}).json()["status"] == "queued"
        assert sent == ["esmr"]

        def refuse(name):
            raise OperationalError

        monkeypatch.setattr(asking.tasks.sync_dataset, "delay", refuse)
        problem_of(staff["Operator"].post("/api/staff/syncs", {"dataset": "esmr"}), 503)

    def test_a_dataset_that_there_is_not_is_a_404(self, staff):
        for name in ("esmr:1234", "nonsense", "smarts_inspections:2024"):
            problem_of(staff["Operator"].post("/api/staff/syncs", {"dataset": name}), 404)
        assert not Run.objects.exists()

    def test_a_held_run_is_released_once_with_a_reason_and_by_whom(self, staff, tmp_path):
        run = held_run(tmp_path)
        address = f"/api/staff/runs/{run.pk}/release"
        assert problem_of(staff["Operator"].post(address), 400)["errors"][0]["parameter"] == "reason"
        problem_of(staff["Operator"].post(address, {"reason": "  "}), 400)
        listed = staff["Operator"].get("/api/staff/runs", status="held").json()["results"]
        assert [row["id"] for row in listed] == [run.pk]
        done = staff["Operator"].post(address, {"reason": "The portal was cleaned up"})
        assert done.status_code == 202, done.content
        released = Run.objects.get(release_of=run)
        assert (released.status, released.released_by.username) == ("published", "operator")
        assert "released already" in problem_of(staff["Operator"].post(address, {"reason": "Again"}), 409)["detail"]

    def test_a_run_that_is_not_held_is_a_conflict(self, staff):
        run = a_run()
        refused = problem_of(staff["Operator"].post(f"/api/staff/runs/{run.pk}/release", {"reason": "x"}), 409)
        assert "not held" in refused["detail"]


def held_run(tmp_path):
    """A sync whose file has lost most of its rows."""
    sync_datasets(source=DirectorySource(SAMPLES, CONTRACTS), requests=["smarts_inspections"])
    (name,) = SAMPLES.glob("inspections_*")
    lines = name.read_bytes().splitlines(keepends=True)
    (tmp_path / "inspections_2026-11-17.csv").write_bytes(b"".join(lines[:3]))
    (result,) = sync_datasets(source=DirectorySource(tmp_path, CONTRACTS), requests=["smarts_inspections"]).runs
    assert isinstance(result, RunResult)
    assert result.status == "held", result
    assert result.run
    return Run.objects.get(pk=result.run)
