"""Which inspection found which violations."""

from dataclasses import dataclass
from math import gcd

from sync.synthetic.events import COMING_AND_GOING, NOWHERE, EventLane, Events
from sync.synthetic.exceedance_records import RecordLane

_AT_ONCE = 3  # consecutive violations that may come from one inspection
_OF_OTHER_SOURCE = NOWHERE | COMING_AND_GOING | {EventLane.EARLY, EventLane.ONE_ID, *RecordLane}


@dataclass(frozen=True, slots=True)
class Discoveries:
    """The links between two kinds of events, in both directions."""

    violations: Events
    inspections: Events
    stride: int

    @classmethod
    def between(cls, violations: Events, inspections: Events) -> "Discoveries":
        """The discoveries of a world."""
        stride = next(stride for stride in (7, 11, 13, 17) if gcd(stride, inspections.count) == 1)
        return cls(violations, inspections, stride)

    def inspection_of(self, violation: int) -> int | None:
        """Number of the inspection that found a violation; None if something else did."""
        is_found = violation % 2 == 0 and violation < self.violations.count
        if not is_found or self.violations.lane(violation) in _OF_OTHER_SOURCE:
            return None
        return violation // _AT_ONCE * self.stride % self.inspections.count

    def is_published(self, violation: int) -> bool:
        """Whether the inspection that found it is in the file; some are not."""
        return violation % 50 != 48

    def violations_of(self, inspection: int) -> int:
        """How many violations an inspection found."""
        if inspection >= self.inspections.count:
            return 0
        inverse = pow(self.stride, -1, self.inspections.count)
        first = inspection * inverse % self.inspections.count * _AT_ONCE
        return sum(
            self.inspection_of(violation) == inspection and self.is_published(violation)
            for violation in range(first, first + _AT_ONCE)
        )
