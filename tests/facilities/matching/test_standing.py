from uuid import UUID

import pytest

from facilities.matching.joining import ConflictKind
from facilities.matching.standing import PersonsDecision, Standing, standing

THEN, NOW = UUID(int=1), UUID(int=2)


def of(tier="queue", conflict=None, verdict=None, *, seen=NOW, closed=False, sampled=False):
    decision = PersonsDecision(verdict, seen) if verdict else None
    found = standing(tier, conflict, decision, evidence_hash=NOW, is_plant_closed=closed, is_blind_sample=sampled)
    return found.state, found.is_queued


@pytest.mark.parametrize(
    "given, expected",
    [
        ({"tier": "fuzzy"}, ("automatic", False)),
        ({"tier": "direct"}, ("automatic", False)),
        ({"tier": "queue"}, ("open", True)),
        ({"tier": "none"}, ("withdrawn", False)),
        ({"tier": "fuzzy", "conflict": ConflictKind.JOINS_PLANTS}, ("open", True)),
        ({"tier": "fuzzy", "sampled": True}, ("automatic", True)),
        ({"tier": "queue", "sampled": True}, ("open", True)),
        ({"tier": "fuzzy", "closed": True}, ("closed", False)),
        ({"tier": "none", "closed": True}, ("withdrawn", False)),
        ({"verdict": "match"}, ("accepted", False)),
        ({"verdict": "match", "sampled": True}, ("accepted", False)),
        ({"verdict": "no_match", "tier": "fuzzy"}, ("rejected", False)),
        ({"verdict": "no_match", "tier": "none"}, ("rejected", False)),
        ({"verdict": "unsure"}, ("unsure", True)),
        ({"verdict": "no_match", "closed": True}, ("rejected", False)),
        ({"verdict": "match", "seen": THEN}, ("reopened", True)),
        ({"verdict": "no_match", "seen": THEN}, ("reopened", True)),
        ({"verdict": "match", "seen": None}, ("accepted", False)),
        ({"verdict": "no_match", "conflict": ConflictKind.CONTRADICTION}, ("rejected", True)),
    ],
)
def test_a_persons_decision_comes_first_then_the_plant_then_the_machine(given, expected):
    assert of(**given) == expected
    assert isinstance(Standing(*expected), Standing)
