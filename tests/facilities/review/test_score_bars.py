"""A score is never a bare number: bars in their order, with sign, sentence and a chance in words."""

import pytest

from facilities.matching.features import FEATURES, compare
from facilities.matching.records import Evidence
from facilities.matching.scoring import evidence_of, log_odds, probability, shipped_weights
from facilities.review.score_bars import FEATURE_WORDS, chance_in_words, explain_score, strongest
from tests.facilities.matching.invented import ALL_RARE, filing, plant


def stored(one: Evidence):
    return {"feature": one.feature, "value": one.value, "contribution": one.contribution, "detail": one.detail}


def evidence(**contributions):
    return [
        {"feature": name, "contribution": points, "detail": f"{name} told"} for name, points in contributions.items()
    ]


def explained(**contributions):
    total = -3.0 + sum(contributions.values())
    return explain_score(evidence(**contributions), base=-3.0, log_odds=total, probability=probability(total))


def test_the_strongest_come_first_for_to_the_right_and_against_to_the_left():
    score = explained(operator=1.0, address=-2.0, region=0.5)
    assert [(bar.label, bar.speaks_for, bar.left, bar.width, bar.points) for bar in score.bars] == [
        ("Street address", False, 0.0, 50.0, "-2.0"),
        ("Operator", True, 50.0, 25.0, "+1.0"),
        ("Region", True, 50.0, 12.5, "+0.5"),
    ]
    assert (score.start, score.total) == ("-3.0", "-3.5")
    assert score.bars[0].sentence == "address told"
    assert "÷ 7.4" in score.bars[0].times


def test_what_counts_for_nothing_is_named_apart():
    score = explained(operator=1.0, county=0.0, city=0.04)
    assert [bar.label for bar in score.bars] == ["Operator"]
    assert {one.label for one in score.silent} == {"County", "City"}


def test_every_feature_of_the_matcher_has_words_and_the_bars_add_up():
    assert set(FEATURE_WORDS) == set(FEATURES)
    weights = shipped_weights()
    compared = compare(plant(), filing(), ALL_RARE)
    told = [stored(one) for one in evidence_of(compared, weights)]
    total = log_odds(compared, weights)
    score = explain_score(told, base=weights.intercept, log_odds=total, probability=probability(total))
    assert len(score.bars) + len(score.silent) == len(FEATURES)
    shown = float(score.start) + sum(float(bar.points) for bar in score.bars)
    assert shown == pytest.approx(float(score.total), abs=0.05 * (len(FEATURES) + 2))


@pytest.mark.parametrize(
    "chance, words",
    [(0.0, "under 1 % likely"), (0.009, "under 1 % likely"), (0.5, "50 % likely"), (0.991, "over 99 % likely")],
)
def test_a_chance_is_never_said_to_be_none_or_certain(chance, words):
    assert chance_in_words(chance) == words


def test_a_shared_identifier_says_so_instead_of_a_chance():
    score = explain_score([], base=-3.0, log_odds=-3.0, probability=1.0, is_direct=True)
    assert score.chance == "an identifier says so"


def test_the_strongest_in_few_words():
    assert strongest(evidence(operator=1.0, address=2.0, region=0.5, city=-1.0, county=0.0)) == (
        ["street address", "operator"],
        ["city"],
    )
