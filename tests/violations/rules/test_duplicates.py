"""Whether a violation and an exceedance are probably one event: what must agree, and how groups form."""

from dataclasses import replace
from datetime import date

import pytest

from violations.rules.duplicates import HeldPair, Pair, compare, group_pairs, may_be_computed, read_mention

DAY = date(2024, 1, 10)
NAMED = read_mention("Effluent Limitation", "pH of 9.6 at outfall 2")
PAIR = Pair(NAMED, DAY, "ph", DAY, DAY, is_same_discharger=True)


@pytest.mark.parametrize(
    "change, words",
    [
        ({}, "it occurred within the days of the exceedance"),
        ({"occurred_on": date(2024, 1, 11)}, "it occurred 1 day before or after the exceedance"),
        ({"occurred_on": date(2024, 1, 4)}, "it occurred 6 days before or after the exceedance"),
        (
            {"period_start": date(2023, 7, 1), "period_end": date(2024, 6, 30)},
            "it occurred within the period of the exceedance",
        ),
    ],
)
def test_how_near_in_time_they_are_is_said_in_words(change, words):
    likeness = compare(replace(PAIR, **change))
    assert likeness is not None
    assert likeness.reasons[-1] == words


def test_all_that_can_agree_gives_the_highest_score_and_says_why():
    likeness = compare(PAIR)
    # 0.4 pollutant named, 0.2 effluent type, 0.15 same discharger, 0.25 the very day.
    assert likeness is not None
    assert likeness.score == 1.0
    assert "the record names the pollutant" in likeness.reasons
    assert len(likeness.reasons) == 4


@pytest.mark.parametrize(
    "change, score",
    [
        ({"is_same_discharger": False}, 0.9),
        ({"occurred_on": date(2024, 1, 13)}, 0.9),
        ({"occurred_on": date(2024, 1, 17)}, 0.8),
        ({"period_start": date(2023, 7, 1), "period_end": date(2024, 6, 30)}, 0.85),
        ({"mention": read_mention("Deficient Monitoring", "pH exceeded the limit")}, 0.9),
        ({"mention": read_mention("Effluent Limitation", None)}, 0.65),
    ],
)
def test_less_agreement_gives_a_lower_score(change, score):
    likeness = compare(replace(PAIR, **change))
    assert likeness is not None
    assert likeness.score == score


@pytest.mark.parametrize(
    "change",
    [
        {"occurred_on": date(2024, 1, 18)},
        {"occurred_on": date(2024, 1, 2)},
        {"pollutant": "zinc"},
        {"mention": read_mention("Late Report", "pH report was late")},
        {"mention": read_mention("Effluent Limitation"), "is_same_discharger": False},
        {"mention": read_mention("Effluent Limitation"), "occurred_on": date(2024, 1, 14)},
        {"mention": read_mention("Effluent Limitation"), "period_start": date(2023, 7, 1)},
    ],
)
def test_what_speaks_against_it_makes_no_pair(change):
    assert compare(replace(PAIR, **change)) is None


@pytest.mark.parametrize(
    "text, pollutants",
    [
        ("NAL exceedance for Zn and zinc", {"zinc"}),
        ("pH and TSS over the limit", {"ph", "tss"}),
        ("This may lead to enforcement", set()),
        ("total lead over the NAL", {"lead"}),
        ("BOD (biochemical oxygen demand)", {"bod5"}),
        ("chemical oxygen demand", {"cod"}),
        ("oil & grease", {"oil_grease"}),
        ("O&G", {"oil_grease"}),
        ("photographs of the ironwork, phone call", set()),
        ("Total\n suspended   solids", {"tss"}),
        (None, set()),
    ],
)
def test_pollutants_are_named_by_whole_words(text, pollutants):
    assert read_mention("Effluent Limitation", text).pollutants == pollutants


def test_only_what_is_about_effluent_may_be_computed_too():
    assert may_be_computed(read_mention("Effluent Limitation"))
    assert may_be_computed(read_mention("Order Conditions", "turbidity exceeded the NAL"))
    assert not may_be_computed(read_mention("Order Conditions", "turbidity of the pond"))
    assert not may_be_computed(read_mention("Late Report", "exceeded the deadline"))
    assert not may_be_computed(read_mention(None))


def test_a_group_is_all_that_staff_connected_and_its_first_violation_leads():
    names = [("v2", "x1"), ("v1", "x1"), ("v1", "x2"), ("v9", "x9")]
    pairs = [HeldPair(*pair, score=0.5, is_confirmed=True) for pair in names]
    expected = {"v1": "v1", "v2": "v1", "x1": "v1", "x2": "v1", "v9": "v9", "x9": "v9"}
    assert group_pairs(pairs) == group_pairs(reversed(pairs)) == expected
    assert group_pairs([]) == {}


def test_probable_pairs_never_make_one_event_of_two_violations():
    # Two records of one year, months apart, and the exceedance of that year's mean.
    pairs = [HeldPair("v1", "x1", 0.85), HeldPair("v2", "x1", 0.9), HeldPair("v1", "x2", 0.6)]
    assert group_pairs(pairs) == group_pairs(reversed(pairs)) == {"v2": "v2", "x1": "v2", "v1": "v1", "x2": "v1"}
    assert group_pairs(pairs[:2]) == {"v2": "v2", "x1": "v2"}  # v1 is an event of its own


def test_a_dismissed_violation_stands_for_an_exceedance_only_if_no_other_does():
    dismissed = HeldPair("v1", "x1", 0.9, is_dismissed=True)
    assert group_pairs([dismissed, HeldPair("v2", "x1", 0.6)]) == {"v2": "v2", "x1": "v2"}
    assert group_pairs([dismissed]) == {"v1": "v1", "x1": "v1"}


def test_what_staff_confirmed_comes_before_what_is_likely():
    pairs = [HeldPair("v1", "x1", 0.5, is_confirmed=True), HeldPair("v2", "x1", 1.0), HeldPair("v1", "x2", 0.7)]
    assert group_pairs(pairs) == {"v1": "v1", "x1": "v1", "x2": "v1"}
