"""Which enforcement action answers which violation. The files do not say: a link is inferred.

The violation names the kind of action that it led to, and the action, of the same enrollment and
soon after, counts one violation.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from sync.synthetic.event_columns import discovered_on
from sync.synthetic.events import LANES, Event, Events
from sync.synthetic.exceedance_records import RecordLane
from sync.synthetic.sizes import born_in
from sync.synthetic.violations import Violations
from sync.synthetic.weeks import today_in

# Lanes of violations that are answered, and of the actions that answer them. Of the first all tell of an exceedance;
# of the other two, neighbors, inspections found one.
_ANSWERED = {RecordLane.INDUSTRIAL.value: 20, 22: 21, 23: 22}
_ANSWERS = {action: violation for violation, action in _ANSWERED.items()}
# None that a violation names by chance, so that no other can be taken for the one that is answered.
KINDS = (
    "Notice of Violation", "Notice of Non-Compliance", "13267 Letter", "Expedited Payment Letter",
    "Admin Civil Liability",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """An enforcement action that answers a violation."""

    action: int
    kind: str
    day: date


@dataclass(frozen=True, slots=True)
class Answers:
    """Which action answers which violation, in both directions."""

    violations: Violations
    actions: Events

    def to_violation(self, violation: Event) -> Answer | None:
        """The action that answers a violation."""
        lane = _ANSWERED.get(violation.lane)
        enrollment = violation.target.enrollment
        if lane is None or enrollment is None or enrollment.life.first:
            return None
        action = _in_the_same_block(violation.index, lane, self.actions)
        first = born_in(action, self.actions.count)
        if first < violation.life.first:  # nothing is answered before it is known
            return None
        n = violation.numbers
        days = (3 + n[4] % 25, 35 + n[4] % 50, 100 + n[4] % 200)[n[3] % 3]
        day = min(discovered_on(violation) + timedelta(days=days), today_in(first))
        return Answer(action, KINDS[n[5] % len(KINDS)], day)

    def by_action(self, action: int) -> tuple[Event, Answer] | None:
        """The violation that an action answers, and how."""
        lane = _ANSWERS.get(self.actions.lane(action))
        if lane is None:
            return None
        number = _in_the_same_block(action, lane, self.violations.events)
        if born_in(number, self.violations.events.count) > born_in(action, self.actions.count):
            return None
        violation = self.violations.get(number)
        answer = self.to_violation(violation)
        return (violation, answer) if answer else None


def _in_the_same_block(index: int, lane: int, events: Events) -> int:
    """The one event of a lane among those of the other kind that have about the same number."""
    return index // LANES * LANES + (lane - events.shift) % LANES
