from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facilities.matching import features
from facilities.matching import index as index_module
from facilities.matching.explain import match_pair
from facilities.matching.index import MatchIndex
from facilities.matching.records import EnrollmentKey, PairKey
from facilities.matching.scoring import shipped_weights
from facilities.matching.tiers import Tier
from tests.facilities.matching.invented import enrollment, esmr, small_index, small_world

FACILITIES, FILINGS = small_world()
ALL = small_index().match()


def tiers(decisions):
    return {one.pair.key.enrollment.app_id: one.tier for one in decisions}


def proposed(decisions):
    return [(one.pair, one.tier, one.reason) for one in decisions if one.tier is not Tier.NONE]


def test_both_permits_of_a_plant_are_linked_and_nothing_else():
    found = tiers(ALL[200_001])
    assert {app_id for app_id, tier in found.items() if tier is Tier.FUZZY} == {"400001", "400003"}


def test_a_sister_plant_is_linked_to_its_own_enrollment_only():
    found = tiers(ALL[200_002])
    assert {app_id for app_id, tier in found.items() if tier is Tier.FUZZY} == {"400004"}


def test_a_plant_of_another_number_at_the_same_address_is_not_linked():
    assert tiers(ALL[200_003])["400005"] in {Tier.QUEUE, Tier.NONE}


def test_a_rare_name_alone_links_where_nothing_else_is_known_and_a_weak_one_does_not():
    assert tiers(ALL[200_004])["400006"] is Tier.FUZZY
    weak = MatchIndex(
        [esmr(place_id=5, agency=None, address=None, city=None, zip_code=None, county=None, latitude=None)], FILINGS
    )
    assert not any(one.is_automatic for one in weak.match()[5])
    assert any(one.tier is Tier.QUEUE for one in weak.match()[5])


@settings(deadline=None, max_examples=25)
@given(st.permutations(FACILITIES), st.permutations(FILINGS))
def test_the_result_is_the_same_in_any_order(facilities, filings):
    assert MatchIndex(facilities, filings).match() == ALL


@settings(deadline=None, max_examples=25)
@given(st.permutations([one.place_id for one in FACILITIES]))
def test_the_result_does_not_depend_on_what_was_asked_before(order):
    index = small_index()
    assert {place: index.match([place])[place] for place in order} == ALL


@pytest.mark.parametrize("room", [0, 200_000])
def test_the_quick_way_decides_the_same_with_and_without_room_to_keep_pairs(monkeypatch, room):
    monkeypatch.setattr(index_module, "_MOST_SCORED", room)
    monkeypatch.setattr(index_module, "_MOST_UNLIKELY", room)
    index = small_index()
    quick = {place: index.decide_facility(place, is_quick=True) for place in index.esmr}
    assert {place: tiers(found) for place, found in quick.items()} == {
        place: tiers(found) for place, found in ALL.items()
    }
    assert {place: proposed(found) for place, found in quick.items()} == {
        place: proposed(found) for place, found in ALL.items()
    }


def test_the_quick_way_compares_no_pair_twice_and_unlikely_pairs_take_no_room_from_the_others(monkeypatch):
    compared = []

    def compare(mine, theirs, rarity):
        compared.append((mine.record.place_id, theirs.record.key))
        return features.compare(mine, theirs, rarity)

    monkeypatch.setattr(index_module, "compare", compare)
    # What is not linked is unlikely, then: more than there is room for among the scored.
    weights = replace(shipped_weights(), queue_from=shipped_weights().automatic_from)
    index = small_index().reweighted(weights)
    for place in index.esmr:
        index.decide_facility(place, is_quick=True)
    assert len(compared) == len(set(compared))
    linked = len(index._scored)
    assert 0 < linked < len(compared)

    compared.clear()
    monkeypatch.setattr(index_module, "_MOST_SCORED", linked)
    index = index.reweighted(weights)
    for place in index.esmr:
        index.decide_facility(place, is_quick=True)
    assert len(compared) == len(set(compared))


def test_candidates_and_facilities_are_two_views_of_the_same_pairs():
    index = small_index()
    forward = {(place, key) for place in index.esmr for key in index.candidates_of(place)}
    backward = {(place, key) for key in index.enrollments for place in index.facilities_of(key)}
    assert forward == backward


CHANGES = {
    "an enrollment is renamed": [*FILINGS[:2], enrollment(4, name="Bolinder Mill"), *FILINGS[3:]],
    "an enrollment moves": [enrollment(1, address="12 Fennel Creek Rd"), *FILINGS[1:]],
    "enrollments make a word common": [
        *FILINGS,
        *(enrollment(100 + at, name=f"Fennel Yard {at}", sic_codes=(), address=f"{at} Tarn Rd") for at in range(70)),
    ],
    "an enrollment vanishes": FILINGS[1:],
}


@pytest.mark.parametrize("change", CHANGES)
def test_matching_what_is_affected_again_gives_what_matching_all_gives(change):
    before, after = small_index(), MatchIndex(FACILITIES, CHANGES[change])
    old = {key: one.record for key, one in before.enrollments.items()}
    changed = [key for key, one in after.enrollments.items() if old.get(key) != one.record]
    gone_or_changed = [key for key in old if key not in after.enrollments or key in changed]
    had = {place for key in gone_or_changed for place in before.facilities_of(key)}
    affected = after.affected(place_ids=had, enrollments=changed, words_before=before.rarity.steps())
    everything = before.match() | after.match(affected)
    assert everything == after.match()


def test_an_unrelated_change_affects_few():
    elsewhere = {"city": "Quillon", "zip_code": "92000", "region": "7", "latitude": 33.5, "longitude": -115.5}
    remote = esmr(place_id=9, name="Quillon WWTP", agency="Quillon City", address="8 Tarn St", **elsewhere)
    facilities = [*FACILITIES, remote]
    index = MatchIndex(facilities, FILINGS)
    assert index.affected(enrollments=[FILINGS[4].key]) == [200_004]
    assert index.affected() == []
    assert index.affected(words_before=index.rarity.steps()) == []
    assert index.affected(place_ids=[9]) == [9]


def test_a_staff_mapping_links_records_that_share_nothing():
    pair = PairKey(200_004, FILINGS[5].key)
    index = MatchIndex(FACILITIES, FILINGS, mappings={pair, PairKey(1, FILINGS[0].key)})
    assert index.decide_pair(*pair).tier is Tier.DIRECT
    assert index.facilities_of(FILINGS[5].key) == sorted({*small_index().facilities_of(FILINGS[5].key), 200_004})


def test_a_shared_number_links_records_that_share_nothing_else():
    facility = esmr(place_id=7, npdes_number="CA0099999", name="Quillon", region="7", agency=None, address=None,
                    city=None, zip_code=None, latitude=None)  # fmt: skip
    index = MatchIndex([facility], [*FILINGS, enrollment(9, npdes_number="CA0099999")])
    assert {one.pair.key.enrollment.app_id for one in index.match()[7] if one.tier is Tier.DIRECT} == {"400009"}


def test_records_that_come_twice_are_refused():
    with pytest.raises(ValueError, match="twice"):
        MatchIndex([FACILITIES[0], FACILITIES[0]], [])
    with pytest.raises(ValueError, match="twice"):
        MatchIndex([], [FILINGS[0], FILINGS[0]])


def test_sites_come_from_the_same_records():
    sites = small_index().sites()
    assert sites[FILINGS[1].key] == sites[FILINGS[0].key] == FILINGS[0].key
    assert sites[FILINGS[5].key] == FILINGS[5].key


def test_an_explanation_has_a_bar_for_every_feature():
    explained = match_pair(200_001, FILINGS[0].key, small_index())
    assert explained.tier is Tier.FUZZY
    assert explained.log_odds == pytest.approx(explained.base + sum(one.contribution for one in explained.evidence))
    assert all(one.detail for one in explained.evidence)
    told = explained.as_dict()
    assert told["tier"] == "fuzzy"
    assert told["confidence"] > 0.8
    assert {one["feature"] for one in told["evidence"]} >= {"address", "operator", "name_words"}


def test_an_explanation_names_the_veto():
    explained = match_pair(200_003, FILINGS[3].key, small_index())
    assert [veto["name"] for veto in explained.as_dict()["vetoes"]] == ["numbers_differ"]
    assert explained.tier is not Tier.FUZZY


def test_any_pair_can_be_explained_and_an_identifier_is_certain():
    index = MatchIndex(FACILITIES, FILINGS, mappings={PairKey(200_004, FILINGS[5].key)})
    assert match_pair(200_004, FILINGS[5].key, index).confidence == 1.0
    apart = match_pair(200_004, FILINGS[0].key, index)
    assert apart.tier is Tier.NONE
    assert "nothing to meet by" in apart.reason
    with pytest.raises(KeyError):
        match_pair(1, FILINGS[0].key, index)
    with pytest.raises(KeyError):
        match_pair(200_001, EnrollmentKey("industrial", "0", ""), index)
