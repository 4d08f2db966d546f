import json
from dataclasses import replace

import pytest

from facilities.matching.features import FEATURES
from facilities.matching.learning import EXPECTED, Example, learn_weights, log_loss
from facilities.matching.scoring import FeatureWeight, Weights, probability, score, shipped_weights


def values(**given):
    return {feature: given.get(feature) for feature in FEATURES}


def test_the_shipped_weights_fit_the_features_and_say_how_they_were_learned():
    weights = shipped_weights()
    assert tuple(weights.features) == FEATURES
    assert weights.learned["pairs"]["same"] > 100
    figures = weights.learned["cross_validated"]["with_crosswalk"]
    assert figures["auto_precision"]["value"] >= 0.98
    assert Weights.from_json(weights.to_json()).to_json() == weights.to_json()


def changed(**given):
    data = json.loads(shipped_weights().to_json())
    data.update(given)
    return json.dumps(data)


def test_a_weights_file_of_other_features_is_refused():
    features = json.loads(shipped_weights().to_json())["features"]
    features["moon_phase"] = features.pop("county")
    with pytest.raises(ValueError, match="county, moon_phase"):
        Weights.from_json(changed(features=features))


def test_a_negative_weight_is_refused():
    features = json.loads(shipped_weights().to_json())["features"]
    features["county"]["agreement"] = -1
    with pytest.raises(ValueError, match="negative"):
        Weights.from_json(changed(features=features))


def test_thresholds_out_of_order_are_refused():
    thresholds = {"automatic_from": 0.2, "queue_from": 0.3, "margin_log_odds": 1, "queue_most": 5}
    with pytest.raises(ValueError, match="thresholds"):
        Weights.from_json(changed(thresholds=thresholds))


def test_contributions_and_the_base_add_up():
    weights = replace(shipped_weights(), intercept=-3.0)
    compared = [(1.0 if feature == "address" else -0.5 if feature == "city" else None, "") for feature in FEATURES]
    log_odds, evidence = score(compared, weights)
    assert log_odds == pytest.approx(-3.0 + sum(one.contribution for one in evidence))
    by_name = {one.feature: one.contribution for one in evidence}
    assert by_name["address"] > 0 > by_name["city"]
    assert by_name["operator"] == 0.0


def test_missing_says_nothing_and_zero_too():
    weight = FeatureWeight(2.0, 3.0)
    assert [weight.contribution(value) for value in (None, 0.0, 1.0, -1.0, -0.5)] == [0.0, 0.0, 2.0, -3.0, -1.5]


def test_probabilities_of_extreme_log_odds():
    assert probability(0) == 0.5
    assert probability(800) == 1.0
    assert probability(-800) == pytest.approx(0.0)
    assert probability(2) + probability(-2) == pytest.approx(1.0)


EXAMPLES = [
    Example(values(address=1.0, operator=1.0), same=True),
    Example(values(address=1.0, operator=0.8), same=True),
    Example(values(address=-1.0, operator=1.0), same=False),
    Example(values(address=-1.0, operator=-1.0), same=False),
    Example(values(operator=0.2), same=False, weight=3.0),
]


def test_learning_tells_the_examples_apart():
    learned = learn_weights(EXAMPLES)
    assert all((learned.probability(example.values) > 0.5) is example.same for example in EXAMPLES)
    assert log_loss(learned, EXAMPLES) < 0.3


def test_learning_does_not_depend_on_the_order():
    assert learn_weights(EXAMPLES) == learn_weights(reversed(EXAMPLES))


def test_agreement_never_counts_against_a_pair_whatever_the_examples():
    odd = [Example(values(city=1.0), same=False)] * 50 + [Example(values(city=-1.0), same=True)] * 50
    learned = learn_weights(odd, ridge=0.01)
    assert learned.features["city"].agreement == 0.0
    assert learned.features["city"].disagreement == 0.0


def test_a_feature_that_nothing_tests_keeps_its_expected_weight():
    assert learn_weights(EXAMPLES).features["distance"] == EXPECTED["distance"]
    assert learn_weights(EXAMPLES).features["address"] != EXPECTED["address"]


def test_learning_needs_both_sorts():
    with pytest.raises(ValueError, match="same site and pairs that are not"):
        learn_weights(EXAMPLES[:2])
