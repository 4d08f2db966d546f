"""The page of a pair: both records, every candidate, why the score, what was decided; blind where that is asked for."""

from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from facilities.admin.records import LEFT_OUT
from facilities.models import CrosswalkEntry, Facility, MatchCandidate, SmartsEnrollment
from facilities.review.comparison import compare_records
from facilities.selectors.queue import list_queue
from facilities.services.matching import run_matching
from facilities.services.queue import sample_automatic_links
from monitoring.models import EsmrLocation
from tests.facilities.matching.invented import OAK_TOWN_PLANT, enrollment
from tests.facilities.review.conftest import page
from tests.facilities.stored import a_run, pair, reviewer, store

pytestmark = pytest.mark.django_db


def rows_of(candidate):
    listed = CrosswalkEntry.objects.filter(place_id=candidate.esmr_facility.place_id).first()
    rows = compare_records(candidate.esmr_facility, listed, candidate.enrollment)
    return {row.label: row for row in rows}


class TestBothRecords:
    def test_rows_say_whether_they_agree_differ_or_are_silent(self, linked):
        rows = rows_of(linked)
        assert {label: row.state for label, row in rows.items()} == {
            "Name": "differs", "Agency / operator": "same", "Street address": "same", "City": "same",
            "ZIP code": "same", "County": "same", "Region": "same", "Ids": "fact", "Industry": "fact",
            "Enrolled": "fact",
        }  # fmt: skip
        assert [piece.text for line in rows["Name"].esmr for piece in line if piece.differs] == ["Oak", "Town"]

    def test_what_a_side_does_not_say_is_not_a_difference(self, linked):
        CrosswalkEntry.objects.all().delete()
        rows = rows_of(linked)
        assert {rows[label].state for label in ("Agency / operator", "Street address", "City", "County")} == {"silent"}
        assert rows["Street address"].esmr == ()

    def test_a_region_without_an_office_agrees_with_its_offices(self, linked):
        for theirs, state in (("5", "same"), ("5S", "same"), ("5F", "differs"), ("4", "differs")):
            linked.enrollment.region_published = theirs
            assert rows_of(linked)["Region"].state == state, theirs

    def test_the_page_has_both_and_leads_to_the_published_lines(self, rivera, linked):
        content = rivera.page("pair", linked.pk).content.decode()
        assert "700 Mallard Road" in content
        assert "<mark>" in content
        assert reverse("admin:sync_run_change", args=[a_run().pk]) in content

    def test_personal_contact_data_are_not_on_it(self, rivera, linked):
        SmartsEnrollment.objects.filter(pk=linked.enrollment_id).update(
            contact_last_name="Quillonberg", contact_email="q@b.example", certifier_name="Quillonberg"
        )
        assert "Quillonberg" not in rivera.page("pair", linked.pk).content.decode()


class TestCandidates:
    def test_all_of_the_plant_are_there_the_likeliest_first_with_the_gap(self, rivera, linked):
        options = rivera.page("pair", linked.pk).context["options"]
        rows = MatchCandidate.objects.filter(esmr_facility=linked.esmr_facility).order_by("-log_odds")
        assert [option.pair for option in options] == list(rows)
        assert [option.number for option in options] == list(range(1, len(options) + 1))
        assert [option.pair.pk for option in options if option.is_current] == [linked.pk]
        gap = rows[0].log_odds - rows[1].log_odds
        assert options[0].gap == f"{gap:.1f} points ahead"
        assert options[-1].gap == ""

    def test_those_that_are_no_longer_proposed_are_left_out_but_for_the_one_in_view(self, rivera, linked):
        other = MatchCandidate.objects.filter(esmr_facility=linked.esmr_facility).exclude(pk=linked.pk).first()
        MatchCandidate.objects.filter(pk=other.pk).update(state="withdrawn")
        assert other.pk not in [option.pair.pk for option in rivera.page("pair", linked.pk).context["options"]]
        assert other.pk in [option.pair.pk for option in rivera.page("pair", other.pk).context["options"]]

    def test_an_unknown_pair_is_not_found(self, rivera, matched):
        assert rivera.page("pair", 0).status_code == 404


class TestWhyThisScore:
    def test_every_bar_has_its_sentence_and_the_sum_its_meaning(self, rivera, linked):
        text = rivera.text("pair", linked.pk)
        for one in linked.evidence:
            assert one["detail"][1:] in text
        assert f"{linked.log_odds:+.1f}" in text
        assert "a sum of 0 is even odds" in text

    def test_a_veto_is_told(self, rivera, matched):
        vetoed = MatchCandidate.objects.exclude(vetoes=[]).first()
        assert f"Veto: {vetoed.vetoes[0]['detail']}" in rivera.text("pair", vetoed.pk)
        assert "needs a reason" in rivera.text("pair", vetoed.pk).partition("Unsure")[0]


class TestTheMap:
    def test_shows_the_plant_its_locations_and_the_enrollment_and_says_it_in_words(self, rivera, linked):
        for number, name in enumerate(("M-001", "M-002", "M-001 again")):
            EsmrLocation.objects.create(
                run=a_run(), line=2, content_hash=f"{number:032}", esmr_facility=linked.esmr_facility, name=name,
                location_type="Effluent Monitoring", latitude=39.2 + 0.1 * (number % 2), longitude=-121.6,
            )  # fmt: skip
        answer = rivera.page("pair", linked.pk)
        assert [mark.kind for mark in answer.context["map"].marks] == ["plant", "location", "location", "enrollment"]
        words = answer.context["map"].words
        assert "Plant, as the CIWQS list has it: 141 m south-east of the enrollment." in words
        assert "eSMR location M-001 (Effluent Monitoring): 11.0 km north of the enrollment." in words
        assert f'<desc id="map-words">{words}</desc>' in answer.content.decode()

    def test_without_coordinates_the_page_says_so(self, rivera, linked):
        SmartsEnrollment.objects.filter(pk=linked.enrollment_id).update(latitude=None, longitude=None)
        assert "There is no map" in rivera.text("pair", linked.pk)


class TestBlind:
    def test_nothing_tells_score_verdict_or_link_of_the_machine(self, rivera, linked):
        sample_automatic_links(size=1_000)
        answer = rivera.page("pair", linked.pk)
        text = rivera.text("pair", linked.pk)
        for word in (
            "likely",
            "points ahead",
            "Why this score",
            "Linked by the machine",
            "matcher",
            "Machine said",
            "Veto",
        ):
            assert word not in text, word
        assert [option.pair.enrollment.app_id for option in answer.context["options"]] == sorted(
            option.pair.enrollment.app_id for option in answer.context["options"]
        )
        assert answer.context["history"] == []
        assert not any("accepted match" in warning for warning in answer.context["warnings"])

    def test_a_reviewer_can_ask_for_it_and_is_then_recorded_as_blind(self, rivera, opened):
        assert "likely" not in rivera.text("pair", opened.pk, query="scores=blind")
        assert rivera.decide(opened, "no_match", query="scores=blind", blind="on").status_code == 302
        assert opened.esmr_facility.match_decisions.get(rule="", enrollment=opened.enrollment).is_blind

    def test_the_admin_s_own_pages_hide_what_the_machine_made_of_it_until_then(self, admin_client, rivera, linked):
        listed, own = (f"/admin/facilities/matchcandidate/{part}" for part in ("", f"{linked.pk}/change/"))
        tells = (linked.reason, "Why this score", linked.get_state_display(), linked.evidence[0]["detail"])

        def told():
            content = unescape(admin_client.get(own).content.decode())
            return [words for words in tells if words in content]

        assert told() == list(tells)
        assert linked in admin_client.get(listed, {"state__exact": "automatic"}).context["cl"].result_list
        MatchCandidate.objects.filter(pk=linked.pk).update(is_blind_sample=True, is_queued=True)
        assert told() == []
        assert '<td class="field-probability_unless_blind">hidden</td>' in admin_client.get(listed).content.decode()
        for tells_it in ({"state__exact": "automatic"}, {"tier__exact": linked.tier}):
            assert linked not in admin_client.get(listed, tells_it).context["cl"].result_list
        linked.refresh_from_db()
        assert rivera.decide(linked).status_code == 302
        assert linked.reason in unescape(admin_client.get(own).content.decode())

    def test_the_lists_of_decisions_sites_and_plants_tell_of_no_link_until_it_is_judged(
        self, admin_client, rivera, linked
    ):
        plant, site = linked.esmr_facility, linked.enrollment.facility
        others = Facility.objects.filter(merged_into=None).exclude(pk=site.pk)
        moved = Facility.objects.get(public_id=f"fac-e{plant.place_id}")  # what the plant founded

        def listed(name, **query):
            return set(
                admin_client.get(reverse(f"admin:facilities_{name}_changelist"), query).context["cl"].result_list
            )

        def told():
            decisions = {
                one for query in ({}, {"rule__exact": linked.tier}) for one in listed("matchdecision", **query)
            }
            history = rivera.page("history", query="by=all").context["history"]
            facilities = (
                listed("facility") | listed("facility", q=plant.place_id) | listed("facility", has_esmr__exact=1)
            )
            plant_pages = ("changelist", ()), ("change", (plant.pk,))
            return [
                any(one.esmr_facility == plant and one.enrollment == linked.enrollment for one in decisions),
                any(one.decision.enrollment == linked.enrollment for one in history),
                bool(facilities & {site, moved}),
                any(
                    site.public_id
                    in admin_client.get(reverse(f"admin:facilities_esmrfacility_{page}", args=args)).content.decode()
                    for page, args in plant_pages
                ),
            ]

        assert told() == [True] * 4
        MatchCandidate.objects.filter(pk=linked.pk).update(is_blind_sample=True, is_queued=True)
        assert told() == [False] * 4
        assert listed("facility") >= set(others)
        assert LEFT_OUT in admin_client.get(reverse("admin:facilities_facility_changelist")).content.decode()
        linked.refresh_from_db()
        assert rivera.decide(linked).status_code == 302
        assert told() == [True] * 4
        assert LEFT_OUT not in admin_client.get(reverse("admin:facilities_facility_changelist")).content.decode()

    def test_a_pair_of_the_sample_is_blind_whatever_the_form_says(self, rivera, linked):
        sample_automatic_links(size=1_000)
        linked.refresh_from_db()
        assert rivera.decide(linked, "no_match").status_code == 302
        assert linked.esmr_facility.match_decisions.get(rule="", enrollment=linked.enrollment).is_blind


class TestWarnings:
    def test_an_accepted_match_of_the_plant_and_an_earlier_verdict_are_told(self, rivera, okafor, opened):
        okafor.decide(opened, "match")
        other = MatchCandidate.objects.filter(esmr_facility=opened.esmr_facility, is_queued=True).exclude(pk=opened.pk)
        text = rivera.text("pair", opened.pk)
        assert "Decided already: Match, by okafor." in text
        for candidate in other[:1]:
            assert "This plant has an accepted match already" in rivera.text("pair", candidate.pk)

    def test_a_conflict_is_told(self, rivera, opened):
        MatchCandidate.objects.filter(pk=opened.pk).update(conflict="joins_plants", conflict_reason="Oak and Fennel.")
        text = rivera.text("pair", opened.pk)
        assert "Would join two plants: Oak and Fennel." in text
        assert "Fennel.." not in text

    def test_changed_evidence_says_what_it_was_and_is(self, rivera, linked):
        rivera.decide(linked, "match")
        store([], [enrollment(1, address="90 Quarry Rd")])
        run_matching()
        changed = pair(200_001, OAK_TOWN_PLANT.key)
        assert changed.state == "reopened"
        answer = rivera.page("pair", changed.pk)
        told = {feature: (then, now) for feature, then, now in answer.context["changes"]}
        assert told["Street address"][0].startswith("same address")
        assert told["Street address"][1].startswith("other street")
        assert "The evidence changed since this pair was decided." in answer.content.decode()


def test_queries_do_not_grow_with_the_candidates(rivera, matched):
    candidate = pair(200_001, OAK_TOWN_PLANT.key)
    rivera.page("pair", candidate.pk)
    with CaptureQueriesContext(connection) as many:
        assert len(rivera.page("pair", candidate.pk).context["options"]) > 2
    others = MatchCandidate.objects.filter(esmr_facility=candidate.esmr_facility).exclude(pk=candidate.pk)
    others.update(state="withdrawn")
    with CaptureQueriesContext(connection) as one:
        assert len(rivera.page("pair", candidate.pk).context["options"]) == 1
    assert len(many) == len(one)


def test_the_place_in_the_queue_and_both_neighbours_are_linked(rivera, matched):
    keys = list(list_queue(reviewer=reviewer("rivera")).values_list("pk", flat=True))
    content = rivera.page("pair", keys[1], query="whose=team").content.decode()
    assert f"Pair 2 of {len(keys)}" in content
    assert f'href="{page("pair", keys[0])}?whose=team" data-key="k"' in content
    assert f'href="{page("pair", keys[2])}?whose=team" data-key="j"' in content
