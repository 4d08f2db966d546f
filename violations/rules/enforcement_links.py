"""Which violations an enforcement action is probably about: an inference, as the file does not say.

Both concern one enrollment, the violation came first, and the file has two hints: the number of
violations of the action (COUNT_OF_VIOLATIONS), and the kind of action that a violation names
(LINKED_ENFORCEMENT_ACTION, text). The score weighs them from 0 to 1; it is no probability.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

# An action answers what was found within the year before it.
DAYS_BEFORE = 365
SOON_DAYS, LATER_DAYS = 30, 90
# From here on a link is kept.
LIKELY = 0.5
_DISMISSED = "dismissed"
_TIME, _BY_KIND, _BY_OTHER_KIND, _BY_COUNT = 0.4, 0.35, -0.2, 0.2


@dataclass(frozen=True, slots=True)
class ActionFacts:
    """An enforcement action, as published."""

    issued_on: date
    kind: str | None
    violation_count: int | None


@dataclass(frozen=True, slots=True)
class ViolationFacts:
    """A violation of the same enrollment, as published."""

    id: int
    known_on: date  # the day it was discovered, or else occurred
    status: str | None
    linked_kind: str | None


@dataclass(frozen=True, slots=True)
class InferredLink:
    """A violation that the action is probably about."""

    violation_id: int
    score: float
    reasons: tuple[str, ...]


def infer_links(action: ActionFacts, violations: Sequence[ViolationFacts]) -> list[InferredLink]:
    """The violations that an action is probably about, by id; none where too little speaks for any.

    Of more than the action says that it is about, the likeliest are taken, then the latest known, then the
    least id. Dismissed violations are not looked at.
    """
    known = [one for one in violations if _is_before(one, action) and (one.status or "").lower() != _DISMISSED]
    if action.violation_count == 0:
        return []
    is_exact = action.violation_count == len(known)
    weighed = [(_weigh(action, one, is_exact=is_exact), one) for one in known]
    likely = [(link, one) for link, one in weighed if link.score >= LIKELY]
    likely.sort(key=lambda pair: (-pair[0].score, -pair[1].known_on.toordinal(), pair[1].id))
    return sorted((link for link, _ in likely[: action.violation_count]), key=lambda link: link.violation_id)


def _is_before(violation: ViolationFacts, action: ActionFacts) -> bool:
    return 0 <= (action.issued_on - violation.known_on).days <= DAYS_BEFORE


def _weigh(action: ActionFacts, violation: ViolationFacts, *, is_exact: bool) -> InferredLink:
    days = (action.issued_on - violation.known_on).days
    nearness = 1.0 if days <= SOON_DAYS else 0.75 if days <= LATER_DAYS else 0.4
    score, reasons = _TIME * nearness, ["same enrollment", f"the action was issued {days} days later"]
    if violation.linked_kind and action.kind:
        is_kind = violation.linked_kind.casefold() == action.kind.casefold()
        score += _BY_KIND if is_kind else _BY_OTHER_KIND
        reasons.append("the violation names this kind of action" if is_kind else "the violation names another kind")
    if is_exact:
        score += _BY_COUNT
        reasons.append("as many violations in the year before as the action counts")
    return InferredLink(violation.id, round(max(score, 0.0), 2), tuple(reasons))
