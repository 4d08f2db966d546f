"""Which violations an action is probably about: what is needed, and how many are taken."""

from dataclasses import replace
from datetime import date

import pytest

from violations.rules.enforcement_links import ActionFacts, ViolationFacts, infer_links

ACTION = ActionFacts(date(2024, 3, 1), "Notice of Violation", 1)
VIOLATION = ViolationFacts(1, date(2024, 2, 10), "Violation", "Notice of Violation")


def linked(action, *violations):
    return {link.violation_id: link.score for link in infer_links(action, violations)}


@pytest.mark.parametrize(
    "action, violation, score",
    [
        ({}, {}, 0.95),  # 0.4 within a month, 0.35 the kind is named, 0.2 as many as counted
        ({}, {"known_on": date(2023, 12, 15)}, 0.85),  # within three months: 0.3
        ({}, {"known_on": date(2023, 3, 2)}, 0.71),  # within the year: 0.16
        ({}, {"linked_kind": None}, 0.6),
        ({"violation_count": None}, {}, 0.75),
        ({"kind": "NOTICE OF VIOLATION"}, {}, 0.95),
    ],
)
def test_what_speaks_for_a_link_is_weighed(action, violation, score):
    assert linked(replace(ACTION, **action), replace(VIOLATION, **violation)) == {1: score}


@pytest.mark.parametrize(
    "action, violation",
    [
        ({}, {"known_on": date(2024, 3, 2)}),
        ({}, {"known_on": date(2023, 2, 28)}),
        ({}, {"status": "Dismissed"}),
        ({}, {"linked_kind": "Staff Enforcement Letter"}),
        ({"violation_count": 0}, {}),
        ({"violation_count": 3}, {"linked_kind": None}),
    ],
)
def test_what_is_too_little_or_speaks_against_it_makes_no_link(action, violation):
    assert linked(replace(ACTION, **action), replace(VIOLATION, **violation)) == {}


def test_no_more_than_the_action_counts_the_likeliest_and_latest_first():
    older = replace(VIOLATION, id=2, known_on=date(2023, 12, 15))
    same_day = replace(VIOLATION, id=3)
    assert linked(replace(ACTION, violation_count=2), VIOLATION, older, same_day).keys() == {1, 3}
    assert linked(ACTION, same_day, older, VIOLATION).keys() == {1}


def test_a_dismissed_violation_does_not_count_towards_the_number():
    assert linked(ACTION, VIOLATION, replace(VIOLATION, id=2, status="Dismissed")) == {1: 0.95}
