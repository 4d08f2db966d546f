"""Verdicts through the pages: saved once, the next pair shown, conflicts told, everything taken back by another row."""

import threading

import pytest
from django.contrib.auth import get_user_model
from django.db import connections
from django.urls import reverse

from facilities.models import MatchCandidate, MatchDecision, MatchSkip
from facilities.selectors.queue import list_queue
from facilities.services.matching import run_matching
from facilities.services.queue import sample_automatic_links
from tests.facilities.matching.invented import OAK_TOWN_PLANT, small_world
from tests.facilities.review.conftest import Visitor, page
from tests.facilities.stored import pair, reviewer, store


def mine(visitor):
    return list(list_queue(reviewer=visitor.user).values_list("pk", flat=True))


def verdicts():
    return list(MatchDecision.objects.filter(rule="").order_by("pk").values_list("verdict", "reviewer_name"))


@pytest.mark.django_db
class TestDeciding:
    def test_a_verdict_is_saved_with_reason_and_note_and_the_next_pair_is_shown_with_an_undo(self, rivera, opened):
        keys = mine(rivera)
        after = keys[keys.index(opened.pk) + 1]
        answer = rivera.decide(
            opened, "no_match", reason_code="other_place", note=" Another street. ", query="whose=team"
        )
        decision = MatchDecision.objects.get(rule="")
        assert (decision.verdict, decision.reason_code, decision.note) == ("no_match", "other_place", "Another street.")
        assert answer.headers["Location"] == page("pair", after, query=f"whose=team&undo={decision.pk}")
        shown = rivera.get(answer.headers["Location"]).content.decode()
        assert f'action="{page("undo", decision.pk)}?whose=team"' in shown
        assert "Saved: <b>Not a match</b>" in shown

    def test_the_last_pair_leads_to_the_first_and_the_only_one_to_the_queue(self, rivera, matched):
        first, *_, last = mine(rivera)
        answer = rivera.decide(MatchCandidate.objects.get(pk=last), "unsure")
        assert answer.headers["Location"].startswith(page("pair", first))
        MatchCandidate.objects.exclude(pk=first).update(is_queued=False)
        lonely = MatchCandidate.objects.get(pk=first)
        MatchCandidate.objects.filter(esmr_facility=lonely.esmr_facility).exclude(pk=first).update(state="withdrawn")
        answer = rivera.post(page("pair", first), {"verdict": "skip", "version": lonely.version})
        assert answer.headers["Location"] == page("queue")

    def test_a_skip_is_no_verdict(self, rivera, matched):
        first, second, *_ = mine(rivera)
        answer = rivera.decide(MatchCandidate.objects.get(pk=first), "skip", reason_code="other")
        assert answer.headers["Location"] == page("pair", second)
        assert mine(rivera)[-1] == first
        assert MatchSkip.objects.get().candidate_id == first
        assert verdicts() == []

    def test_going_against_the_machine_needs_a_reason_and_keeps_what_was_typed(self, rivera, linked):
        answer = rivera.decide(linked, "no_match", note="Seen on the permit.")
        content = answer.content.decode()
        assert answer.status_code == 400
        assert "This goes against the machine: give a reason." in content
        assert "Seen on the permit." in content
        assert '<select name="reason_code" autofocus' in content
        assert verdicts() == []
        assert rivera.decide(linked, "no_match", reason_code="document").status_code == 302

    def test_another_reason_has_to_be_said_in_the_note(self, rivera, opened):
        answer = rivera.decide(opened, "match", reason_code="other", note="  ")
        assert answer.status_code == 400
        assert "Say in the note what the other reason is." in answer.content.decode()
        assert rivera.decide(opened, "match", reason_code="other", note="Known to the region.").status_code == 302

    @pytest.mark.parametrize("values", [{}, {"verdict": "maybe", "version": 1}, {"verdict": "match", "version": "x"}])
    def test_a_form_that_makes_no_sense_changes_nothing(self, rivera, opened, values):
        assert rivera.post(page("pair", opened.pk), values).status_code == 400
        assert verdicts() == []


@pytest.mark.django_db
class TestTwoPeople:
    def test_the_second_is_told_who_decided_what_and_nothing_is_overwritten(self, rivera, okafor, opened):
        okafor.decide(opened, "no_match")
        answer = rivera.decide(opened, "match")
        assert answer.status_code == 409
        assert "okafor decided this pair at" in answer.content.decode()
        assert "Not a match. Nothing was changed." in answer.content.decode()
        assert verdicts() == [("no_match", "okafor")]

    def test_after_having_been_told_one_can_decide_on_what_is_shown_then(self, rivera, okafor, opened):
        okafor.decide(opened, "no_match")
        content = rivera.decide(opened, "match").content.decode()
        opened.refresh_from_db()
        assert f'name="version" value="{opened.version}"' in content
        assert rivera.decide(opened, "match").status_code == 302
        assert verdicts() == [("no_match", "okafor"), ("match", "rivera")]

    def test_a_double_click_is_one_verdict_and_no_conflict(self, rivera, opened):
        first = rivera.decide(opened, "no_match")
        second = rivera.decide(opened, "no_match")
        assert (first.status_code, second.status_code) == (302, 302)
        assert f"undo={MatchDecision.objects.get(rule='').pk}" in second.headers["Location"]
        assert verdicts() == [("no_match", "rivera")]

    def test_two_different_clicks_are_a_conflict_with_oneself(self, rivera, opened):
        rivera.decide(opened, "no_match")
        assert rivera.decide(opened, "match").status_code == 409
        assert verdicts() == [("no_match", "rivera")]

    def test_an_old_page_after_an_undo_is_told_to_look_again(self, rivera, okafor, opened):
        okafor.decide(opened, "no_match")
        okafor.post(page("undo", MatchDecision.objects.get(rule="").pk))
        answer = rivera.decide(opened, "match")
        assert answer.status_code == 409
        assert "look again" in answer.content.decode()


@pytest.mark.django_db
class TestNoneOfThese:
    def seen(self, candidate):
        rows = MatchCandidate.objects.filter(esmr_facility=candidate.esmr_facility).exclude(state="withdrawn")
        return " ".join(f"{row.pk}:{row.version}" for row in rows)

    def test_closes_the_plant_and_goes_on_with_another(self, rivera, opened):
        answer = rivera.decide(opened, "no_match_exists", seen=self.seen(opened), reason_code="no_permit")
        assert answer.status_code == 302
        assert verdicts() == [("no_match_exists", "rivera")]
        shown = rivera.get(answer.headers["Location"])
        assert shown.context["pair"].esmr_facility != opened.esmr_facility
        assert shown.context["offer"].verdict == "no_match_exists"

    def test_needs_a_reason(self, rivera, opened):
        assert rivera.decide(opened, "no_match_exists", seen=self.seen(opened)).status_code == 400
        assert verdicts() == []

    def test_clicked_twice_closes_once_without_a_complaint(self, rivera, opened):
        given = {"seen": self.seen(opened), "reason_code": "no_permit"}
        assert rivera.decide(opened, "no_match_exists", **given).status_code == 302
        assert rivera.decide(opened, "no_match_exists", **given).status_code == 302
        assert verdicts() == [("no_match_exists", "rivera")]

    def test_a_candidate_that_came_since_has_to_be_looked_at_first(self, rivera, linked):
        *seen, _new = self.seen(linked).split()
        assert seen
        answer = rivera.decide(linked, "no_match_exists", seen=" ".join(seen), reason_code="no_permit")
        assert answer.status_code == 409
        assert "has a new candidate since you saw it" in answer.content.decode()
        assert verdicts() == []

    def test_a_candidate_that_another_person_decided_since_is_told(self, rivera, okafor, opened):
        seen = self.seen(opened)
        okafor.decide(opened, "unsure")
        answer = rivera.decide(opened, "no_match_exists", seen=seen, reason_code="no_permit")
        assert answer.status_code == 409
        assert "okafor decided this pair" in answer.content.decode()

    @pytest.mark.parametrize("seen", ["x", "1", "1:x", "-1:1"])
    def test_a_list_that_cannot_be_read_is_refused(self, rivera, opened, seen):
        assert rivera.decide(opened, "no_match_exists", seen=seen, reason_code="no_permit").status_code == 400


@pytest.mark.django_db
class TestUndo:
    def test_from_the_offer_the_pair_is_shown_again_and_open(self, rivera, opened):
        rivera.decide(opened, "no_match")
        decision = MatchDecision.objects.get(rule="")
        answer = rivera.post(page("undo", decision.pk, query="whose=team"))
        assert answer.headers["Location"] == page("pair", opened.pk, query="whose=team")
        shown = rivera.get(answer.headers["Location"]).content.decode()
        assert f"Taken back: decision {decision.pk}, Not a match." in shown
        opened.refresh_from_db()
        assert opened.state == "open"
        assert verdicts() == [("no_match", "rivera"), ("undone", "rivera")]

    def test_from_the_history_it_goes_back_there(self, rivera, okafor, opened):
        okafor.decide(opened, "no_match")
        decision = MatchDecision.objects.get(rule="")
        assert f'action="{page("undo", decision.pk)}"' in rivera.page("history").content.decode()
        answer = rivera.post(page("undo", decision.pk), {"back": "history"})
        assert answer.headers["Location"] == page("history")

    def test_what_cannot_be_taken_back_is_said_and_changes_nothing(self, rivera, okafor, opened):
        rivera.decide(opened, "no_match")
        first = MatchDecision.objects.get(rule="")
        opened.refresh_from_db()
        okafor.decide(opened, "match")
        answer = rivera.post(page("undo", first.pk), follow=True)
        assert "no longer in force: okafor (Match" in answer.content.decode()
        assert len(verdicts()) == 2
        assert "There is no decision 0." in rivera.post(page("undo", 0), follow=True).content.decode()

    def test_the_offer_is_ones_own_and_gone_once_it_was_taken(self, rivera, okafor, opened):
        rivera.decide(opened, "no_match")
        decision = MatchDecision.objects.get(rule="")
        assert rivera.page("queue", query=f"undo={decision.pk}").context["offer"] == decision
        assert okafor.page("queue", query=f"undo={decision.pk}").context["offer"] is None
        rivera.post(page("undo", decision.pk))
        assert rivera.page("queue", query=f"undo={decision.pk}").context["offer"] is None
        for nonsense in ("x", "-1", "9" * 30):
            assert rivera.page("queue", query=f"undo={nonsense}").context["offer"] is None


@pytest.mark.django_db
class TestPeopleWhoAreGone:
    def test_a_verdict_after_the_session_ended_is_not_saved_and_leads_back_to_the_pair(self, rivera, opened):
        rivera.logout()
        answer = rivera.decide(opened, "match")
        assert answer.headers["Location"] == f"/admin/login/?next={page('pair', opened.pk)}"
        assert verdicts() == []

    def test_a_page_without_its_token_is_refused(self, rivera, opened):
        strict = Visitor(rivera.user)
        strict.handler.enforce_csrf_checks = True
        assert strict.decide(opened, "match").status_code == 403
        assert verdicts() == []

    def test_someone_whose_account_was_deleted_meanwhile_is_sent_to_the_login(self, rivera, opened):
        get_user_model().objects.filter(pk=rivera.user.pk).delete()
        assert rivera.decide(opened, "match").status_code == 302
        assert verdicts() == []

    def test_deleting_a_reviewer_in_the_admin_keeps_their_decisions_under_their_name(
        self, admin_client, rivera, opened
    ):
        rivera.decide(opened, "match")
        other = MatchCandidate.objects.filter(is_queued=True).first()
        rivera.decide(other, "skip")
        MatchCandidate.objects.filter(pk=other.pk).update(assignee=rivera.user)
        address = reverse("admin:auth_user_delete", args=[rivera.user.pk])
        assert admin_client.post(address, {"post": "yes"}).status_code == 302
        assert not get_user_model().objects.filter(username="rivera").exists()
        assert verdicts() == [("match", "rivera")]
        assert "rivera (no account now)" in admin_client.get(page("history")).content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(300)
def test_two_browsers_at_once_one_verdict_is_saved_and_the_other_told_thirty_times():
    store(*small_world())
    run_matching()
    candidate = pair(200_001, OAK_TOWN_PLANT.key)
    people = []
    for name in ("rivera", "okafor"):
        user = reviewer(name)
        user.is_staff = user.is_superuser = True
        user.save()
        people.append(Visitor(user))
    answers: list[tuple[str, int, str]] = []

    def decide_at_once(visitor, version, barrier):
        try:
            barrier.wait(10)
            values = {
                "verdict": "no_match",
                "version": version,
                "reason_code": "document",
                "note": visitor.user.username,
            }
            answer = visitor.post(page("pair", candidate.pk), values)
            answers.append((visitor.user.username, answer.status_code, answer.content.decode()))
        finally:
            connections.close_all()

    for count in range(1, 31):
        answers.clear()
        candidate.refresh_from_db()
        barrier = threading.Barrier(2)
        threads = [threading.Thread(target=decide_at_once, args=(who, candidate.version, barrier)) for who in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        (winner, saved, _), (loser, refused, content) = sorted(answers, key=lambda one: one[1])
        assert (saved, refused) == (302, 409)
        assert winner != loser
        assert f"{winner} decided this pair" in content
        assert MatchDecision.objects.filter(rule="").count() == count
        assert MatchDecision.objects.get(is_live=True, rule="").note == winner


@pytest.mark.django_db
def test_a_blind_verdict_of_the_sample_needs_no_reason_for_what_the_reviewer_cannot_see(rivera, linked):
    sample_automatic_links(size=1_000)
    linked.refresh_from_db()
    content = rivera.page("pair", linked.pk).content.decode()
    assert content.count("needs a reason") == 1  # of "none of these"
    assert rivera.decide(linked, "no_match").status_code == 302
