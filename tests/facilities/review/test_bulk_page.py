"""Many pairs at once: only what was selected, first as a dry run, with a report of what was left."""

import pytest

from facilities.models import MatchCandidate, MatchDecision
from facilities.services.queue import BULK_CAP
from tests.facilities.review.conftest import page, plain

pytestmark = pytest.mark.django_db

REASON = {"verdict": "no_match", "reason_code": "other_place"}


@pytest.fixture
def several(matched):
    return list(MatchCandidate.objects.filter(state="open", conflict="", vetoes=[]).order_by("pk"))


def selected(*pairs):
    return [f"{pair.pk}:{pair.version}" for pair in pairs]


def decided():
    return set(MatchDecision.objects.filter(rule="").values_list("esmr_facility", "enrollment"))


def test_a_dry_run_says_what_would_happen_and_changes_nothing(rivera, several, linked):
    first, second, *_ = several
    answer = rivera.post(page("bulk"), REASON | {"selected": [*selected(first, linked), f"{second.pk}:999", "0:1"]})
    text = plain(answer)
    assert "1 pair would be decided: Not a match (Another place). 3 would be left as they are." in text
    assert "It is not open (Linked by the machine)." in text
    assert "It has changed since the selection was made." in text
    assert "There is no such pair." in text
    assert "Decide 1 pair" in text
    assert decided() == set()


def test_the_dry_runs_own_form_decides_exactly_what_it_showed(rivera, several):
    first, second, *others = several
    given = REASON | {"selected": selected(first, second), "note": "Seen <b>there</b>."}
    content = rivera.post(page("bulk", query="whose=team"), given).content.decode()
    for value in selected(first, second):
        assert f'name="selected" value="{value}"' in content
    assert "Seen &lt;b&gt;there&lt;/b&gt;." in content
    assert f'action="{page("bulk")}?whose=team"' in content
    text = plain(rivera.post(page("bulk"), given | {"confirm": "yes"}))
    assert "2 pairs are decided: Not a match" in text
    assert decided() == {(pair.esmr_facility_id, pair.enrollment_id) for pair in (first, second)}
    assert others


def test_sent_twice_it_decides_once(rivera, several):
    given = REASON | {"selected": selected(several[0]), "confirm": "yes"}
    rivera.post(page("bulk"), given)
    assert "0 pairs are decided" in plain(rivera.post(page("bulk"), given))
    assert MatchDecision.objects.filter(rule="").count() == 1


def test_who_decided_a_skipped_pair_meanwhile_is_told(rivera, okafor, several):
    okafor.decide(several[0], "unsure")
    text = plain(rivera.post(page("bulk"), REASON | {"selected": selected(several[0])}))
    assert "It has changed since the selection was made: okafor decided this pair at" in text
    assert "0 pairs would be decided" in text


def test_what_goes_against_the_machine_is_marked_in_the_dry_run(rivera, matched):
    vetoed = MatchCandidate.objects.filter(state="open").exclude(vetoes=[]).first()
    given = {"verdict": "match", "reason_code": "document", "selected": selected(vetoed)}
    assert "against the machine" in plain(rivera.post(page("bulk"), given))


@pytest.mark.parametrize(
    "given, words",
    [
        ({"selected": []}, "No pair is selected."),
        ({"reason_code": ""}, "A bulk decision needs a reason."),
        ({"reason_code": "other"}, "Say in the note"),
        ({"verdict": "skip"}, "Select a valid choice"),
        ({"selected": ["x"]}, "The selection cannot be read"),
        ({"selected": [f"{number}:1" for number in range(1, BULK_CAP + 2)]}, f"at most {BULK_CAP}"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(rivera, several, given, words):
    answer = rivera.post(page("bulk"), REASON | {"selected": selected(several[0])} | given, follow=True)
    assert words in plain(answer)
    assert decided() == set()


def test_the_selected_pairs_are_given_to_a_reviewer(rivera, okafor, several):
    first, second, *_ = several
    given = {"selected": selected(first, second), "assignee": okafor.user.pk}
    assert "2 of 2 pairs were given to okafor." in plain(rivera.post(page("assign"), given, follow=True))
    assert list(MatchCandidate.objects.filter(assignee=okafor.user)) == [first, second]
    assert "given to nobody" in plain(rivera.post(page("assign"), {"selected": selected(first)}, follow=True))
    assert list(MatchCandidate.objects.filter(assignee=okafor.user)) == [second]
    assert "No pair is selected" in plain(rivera.post(page("assign"), {}, follow=True))
    assert "no such reviewer" in plain(
        rivera.post(page("assign"), {"selected": selected(first), "assignee": 0}, follow=True)
    )
