"""Facilities are the components of links and sites; their ids last, and an undo takes them apart again."""

import pytest

from facilities.matching.records import EnrollmentKey
from facilities.models import EsmrFacility, Facility, MatchCandidate, MatchDecision, SmartsEnrollment
from facilities.selectors.pairs import resolve_facility
from facilities.selectors.queue import list_contradictions
from facilities.services.decisions import decide_candidate, undo_decision
from facilities.services.matching import run_matching
from tests.facilities.matching.invented import OAK_TOWN, OAK_TOWN_PLANT, SCRAP_YARD, enrollment, esmr, small_world
from tests.facilities.stored import pair, reviewer, store

pytestmark = pytest.mark.django_db


def facility_of(record):
    """Public id of the facility of a plant or an enrollment."""
    if hasattr(record, "place_id"):
        return EsmrFacility.objects.get(place_id=record.place_id).facility.public_id
    return SmartsEnrollment.objects.get(app_id=record.key.app_id, wdid=record.key.wdid).facility.public_id


def decide(place_id, record, verdict, reason_code="other"):
    found = pair(place_id, record.key)
    return decide_candidate(
        candidate_id=found.pk,
        verdict=verdict,
        reviewer=reviewer(),
        expected_version=found.version,
        reason_code=reason_code,
    ).decision


@pytest.mark.parametrize("is_reversed", [False, True])
def test_the_oldest_application_names_the_facility_whatever_came_first(is_reversed):
    older = enrollment(0, operator="Oak Town City")
    batches = [([OAK_TOWN], [OAK_TOWN_PLANT]), ([], [older])]
    for batch in reversed(batches) if is_reversed else batches:
        store(*batch)
        run_matching()
    assert {facility_of(OAK_TOWN), facility_of(OAK_TOWN_PLANT), facility_of(older)} == {"fac-a400000"}
    for former in ("fac-e200001", "fac-a400001", "fac-a400000"):
        assert resolve_facility(former).public_id == "fac-a400000"
    merged = Facility.objects.get(public_id="fac-e200001")
    assert (merged.merged_into.public_id, merged.has_esmr, merged.has_smarts) == ("fac-a400000", False, False)
    assert Facility.objects.get(public_id="fac-a400000").has_esmr


@pytest.mark.parametrize("is_reversed", [False, True])
def test_a_site_has_the_name_of_its_plant_and_the_address_of_its_enrollment_whatever_came_first(is_reversed):
    batches = [([esmr(name="Oak Town WPCP")], []), ([], [OAK_TOWN_PLANT])]
    for batch in reversed(batches) if is_reversed else batches:
        store(*batch)
        run_matching()
    site = Facility.objects.get(merged_into=None)
    assert (site.name, site.address) == ("Oak Town WPCP", OAK_TOWN_PLANT.address)


def test_a_site_has_its_enrollments_name_again_when_its_plant_is_taken_away():
    store([esmr(name="Oak Town WPCP")], [OAK_TOWN_PLANT])
    run_matching()
    decide(OAK_TOWN.place_id, OAK_TOWN_PLANT, "no_match")
    names = {
        facility_of(one): Facility.objects.get(public_id=facility_of(one)).name for one in (OAK_TOWN, OAK_TOWN_PLANT)
    }
    assert names == {"fac-e200001": "Oak Town WPCP", "fac-a400001": OAK_TOWN_PLANT.name}


def test_an_id_that_never_was_resolves_to_nothing_and_a_chain_takes_one_query(django_assert_num_queries):
    one, two, three = (Facility.objects.create(public_id=f"fac-a{number}") for number in range(3))
    Facility.objects.filter(pk=one.pk).update(merged_into=two)
    Facility.objects.filter(pk=two.pk).update(merged_into=three)
    with django_assert_num_queries(1):
        assert resolve_facility("fac-a0") == three
    assert resolve_facility("fac-a9") is None


def test_a_new_enrollment_of_a_merged_application_goes_where_its_siblings_are():
    store([OAK_TOWN], [OAK_TOWN_PLANT, enrollment(0)])
    run_matching()
    sibling = enrollment(9, key=EnrollmentKey("industrial", "400001", "5S51NEC00009"), address="9 Tarn Rd")
    store([], [sibling])
    assert facility_of(sibling) == "fac-a400000"
    run_matching()
    assert facility_of(sibling) == "fac-a400000"


def test_an_enrollment_that_leaves_its_site_gets_its_own_facility_back():
    older = enrollment(0)
    store([], [OAK_TOWN_PLANT, older])
    run_matching()
    assert facility_of(OAK_TOWN_PLANT) == "fac-a400000"
    store([], [enrollment(1, address="9 Quarry Rd", operator="Bolinder Metals Inc", name="Bolinder Yard")])
    report = run_matching()
    assert not report.is_full
    assert (facility_of(OAK_TOWN_PLANT), facility_of(older)) == ("fac-a400001", "fac-a400000")
    restored = Facility.objects.get(public_id="fac-a400001")
    assert (restored.merged_into, restored.name, restored.has_smarts) == (None, "Bolinder Yard", True)


def test_an_enrollment_that_no_file_has_any_more_stays_a_member():
    store([OAK_TOWN], [OAK_TOWN_PLANT])
    run_matching()
    run = SmartsEnrollment.objects.get().run
    SmartsEnrollment.objects.update(removed_by=run)
    run_matching()
    run_matching(is_full=True)
    assert facility_of(OAK_TOWN_PLANT) == facility_of(OAK_TOWN)


def test_a_link_that_would_join_two_plants_waits_and_a_person_may_make_it():
    twin = esmr(place_id=200_009, address="12 Quarry Rd", npdes_number="CA0099999")
    store([OAK_TOWN, twin], [OAK_TOWN_PLANT])
    run_matching()
    decide(200_009, OAK_TOWN_PLANT, "match")
    run_matching(is_full=True)
    waiting = pair(200_001, OAK_TOWN_PLANT.key)
    assert (waiting.tier, waiting.state, waiting.conflict) == ("fuzzy", "open", "joins_plants")
    assert "200009" in waiting.conflict_reason
    assert facility_of(OAK_TOWN) == "fac-e200001"
    decide(200_001, OAK_TOWN_PLANT, "match")
    assert facility_of(OAK_TOWN) == facility_of(twin) == facility_of(OAK_TOWN_PLANT)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.conflict) == ("accepted", "")


def test_of_two_plants_with_the_permit_of_one_enrollment_the_second_is_a_conflict():
    shared = {"npdes_number": "CA0099999"}
    elsewhere = esmr(
        place_id=200_009, name="Quillon WWTP", address="8 Tarn St", city="Quillon", zip_code="92000", **shared
    )
    store([esmr(**shared), elsewhere], [OAK_TOWN_PLANT])
    SmartsEnrollment.objects.update(wdid="CA0099999")  # stands for an identifier that both systems have
    store([esmr(ciwqs_wdid="CA0099999"), esmr(place_id=200_009, ciwqs_wdid="CA0099999", address="8 Tarn St")], [])
    run_matching()
    states = dict(MatchCandidate.objects.values_list("esmr_facility__place_id", "state"))
    kinds = dict(MatchCandidate.objects.values_list("esmr_facility__place_id", "conflict"))
    assert set(states.values()) == {"automatic", "open"}
    assert set(kinds.values()) == {"", "joins_plants"}
    assert set(MatchCandidate.objects.values_list("tier", flat=True)) == {"direct"}


def test_a_link_that_would_join_what_a_person_told_apart_waits():
    store([OAK_TOWN], [OAK_TOWN_PLANT])
    run_matching()
    decide(200_001, OAK_TOWN_PLANT, "no_match")
    successor = enrollment(5, operator="Oak Town City")
    store([], [successor])
    run_matching()
    waiting = pair(200_001, successor.key)
    assert (waiting.tier, waiting.state, waiting.conflict) == ("fuzzy", "open", "rejected_member")
    assert facility_of(successor) == facility_of(OAK_TOWN_PLANT) != facility_of(OAK_TOWN)


def test_decisions_that_contradict_each_other_are_reported_until_one_is_undone():
    successor = enrollment(5, operator="Oak Town City")
    store([OAK_TOWN], [OAK_TOWN_PLANT, successor])
    run_matching()
    decide(200_001, OAK_TOWN_PLANT, "match")
    rejection = decide(200_001, successor, "no_match")
    assert [candidate.enrollment.app_id for candidate in list_contradictions()] == ["400005"]
    assert pair(200_001, successor.key).state == "rejected"
    undo_decision(decision_id=rejection.pk, reviewer=reviewer())
    assert not list_contradictions().exists()


def test_an_undo_leaves_everything_as_if_nothing_had_been_decided():
    store(*small_world())
    run_matching()
    before = sorted(Facility.objects.values_list("public_id", "merged_into__public_id", "name", "has_esmr"), key=str)
    decision = decide(200_001, SCRAP_YARD, "match") if _has(200_001, SCRAP_YARD) else decide_any()
    assert (
        sorted(Facility.objects.values_list("public_id", "merged_into__public_id", "name", "has_esmr"), key=str)
        != before
    )
    undo_decision(decision_id=decision.pk, reviewer=reviewer())
    assert (
        sorted(Facility.objects.values_list("public_id", "merged_into__public_id", "name", "has_esmr"), key=str)
        == before
    )
    assert MatchDecision.objects.filter(reverts=decision).count() == 1


def _has(place_id, record):
    return MatchCandidate.objects.filter(
        esmr_facility__place_id=place_id, enrollment__app_id=record.key.app_id
    ).exists()


def decide_any():
    """Accept some open pair."""
    candidate = MatchCandidate.objects.filter(state="open").order_by("pk").first()
    return decide_candidate(
        candidate_id=candidate.pk,
        verdict="match",
        reviewer=reviewer(),
        expected_version=candidate.version,
        reason_code="other",
    ).decision
