from dataclasses import replace

import pytest

from facilities.matching.features import FEATURES
from facilities.matching.records import EnrollmentKey, Evidence, Pair, PairKey, Veto
from facilities.matching.scoring import probability, shipped_weights
from facilities.matching.tiers import (
    Decision,
    Surroundings,
    Tier,
    ask_about_the_likeliest,
    decide,
    is_well_founded,
)

WEIGHTS = replace(shipped_weights(), automatic_from=0.8, queue_from=0.01, margin=1.0)
SOUND = {"address": 1.0, "operator": 1.0, "name_words": 0.5}
VETO = (Veto("numbers_differ", "number 2 against number 3"),)


def pair(log_odds, serial=1, place=1, vetoes=(), **values):
    evidence = tuple(Evidence(feature, (values or SOUND).get(feature), "") for feature in FEATURES)
    key = PairKey(place, EnrollmentKey("industrial", str(serial), ""))
    return Pair(key, probability(log_odds), log_odds, evidence, vetoes)


def always(*_):
    return True


def judged(one, *others, same_site=lambda a, b: a == b, same_plant=lambda a, b: a == b):
    surroundings = Surroundings(
        [other for other in (one, *others) if other.key.place_id == one.key.place_id],
        [other for other in (one, *others) if other.key.enrollment == one.key.enrollment],
        same_site,
        same_plant,
    )
    return decide(one, surroundings, WEIGHTS)


def test_a_likely_pair_without_a_rival_is_linked():
    decision = judged(pair(3))
    assert decision.tier is Tier.FUZZY
    assert decision.is_automatic
    assert decision.runner_up is None


@pytest.mark.parametrize("log_odds, tier", [(3, Tier.FUZZY), (1, Tier.QUEUE), (-4, Tier.QUEUE), (-5, Tier.NONE)])
def test_thresholds(log_odds, tier):
    assert judged(pair(log_odds)).tier is tier


def test_a_shared_identifier_needs_no_score():
    decision = decide(pair(-9), Surroundings([], [], lambda a, b: a == b, lambda a, b: a == b), WEIGHTS, "a mapping")
    assert (decision.tier, decision.reason, decision.is_automatic) == (Tier.DIRECT, "a mapping", True)


@pytest.mark.parametrize("log_odds, tier", [(5, Tier.QUEUE), (1, Tier.NONE)])
def test_a_vetoed_pair_is_never_linked_and_only_a_likely_one_asked_about(log_odds, tier):
    assert judged(pair(log_odds, vetoes=VETO)).tier is tier


def test_another_site_that_is_nearly_as_likely_sends_the_pair_to_a_person():
    decision = judged(pair(3), pair(2.5, serial=2))
    assert decision.tier is Tier.QUEUE
    assert decision.runner_up == pair(2.5, serial=2).key
    assert decision.lead == pytest.approx(0.5)


def test_a_rival_far_behind_or_vetoed_does_not_matter():
    assert judged(pair(3), pair(1, serial=2)).tier is Tier.FUZZY
    assert judged(pair(3), pair(9, serial=2, vetoes=VETO)).tier is Tier.FUZZY


def test_several_enrollments_of_one_site_are_all_linked():
    one, other = pair(3), pair(2.9, serial=2)
    assert judged(one, other, same_site=always).tier is Tier.FUZZY
    assert judged(other, one, same_site=always).tier is Tier.FUZZY


def test_another_plant_that_fits_the_enrollment_better_is_a_rival():
    other = pair(4, place=2)
    assert judged(pair(3), other).tier is Tier.QUEUE
    assert judged(pair(3), other, same_plant=always).tier is Tier.FUZZY


@pytest.mark.parametrize(
    "values, founded",
    [
        ({"address": 1.0, "operator": 1.0}, True),
        ({"address": 1.0, "name_words": 0.2}, True),
        ({"address": 0.5, "name_words": 0.2}, False),
        ({"operator": 1.0, "name_words": 0.3}, True),
        ({"operator": 1.0, "name_words": 0.2}, False),  # the one plant of a town, or one of two
        ({"operator": 1.0, "distance": 0.9}, True),
        ({"operator": 1.0, "address": 0.4}, True),
        ({"operator": 0.4, "address": 0.4}, False),
        ({"name_words": 0.6, "distance": 0.9}, True),
        ({"name_words": 0.5, "distance": 0.9}, False),
        ({"name_words": 1.0, "address": -1.0}, False),
        ({"name_words": 1.0, "name_differences": 0.0, "region": 1.0}, True),
        ({"name_words": 1.0, "name_differences": 0.0, "region": -1.0}, False),
        ({"name_words": 1.0, "name_differences": -0.2, "region": 1.0}, False),
        ({"name_words": 0.5, "name_differences": 0.0, "region": 1.0}, False),
        ({"address": 1.0, "operator": 1.0, "industry_code": -1.0}, False),
        ({"address": 1.0, "operator": 1.0, "site_kind": -1.0}, False),
    ],
)
def test_what_is_enough_to_link_without_a_person(values, founded):
    assert is_well_founded({feature: values.get(feature) for feature in FEATURES}) is founded
    assert (judged(pair(9, **values)).tier is Tier.FUZZY) is founded


def test_a_person_is_asked_about_the_likeliest_only():
    decisions = [Decision(pair(1 - serial, serial), Tier.QUEUE, "") for serial in range(4)]
    decisions.append(Decision(pair(5, 9), Tier.FUZZY, ""))
    tiers = [decision.tier for decision in ask_about_the_likeliest(reversed(decisions), 2)]
    assert tiers == [Tier.FUZZY, Tier.QUEUE, Tier.QUEUE, Tier.NONE, Tier.NONE]
