"""Events of enrollments: what inspections, violations and enforcement actions have in common.

Whose event it is, in which weeks it is published, and how the publisher joins the facility to it:
an event comes out in as many rows as the facility file has for its (APP_ID, WDID).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum

from sync.synthetic.cells import Cell, flawed
from sync.synthetic.enrollments import CONSTRUCTION, INDUSTRIAL, Enrollment, Enrollments, Lane
from sync.synthetic.facility_rows import NO_PLACE, Row, joined_rows
from sync.synthetic.sizes import born_in, new_each_week
from sync.synthetic.streams import lane_of, shift_of, stream
from sync.synthetic.weeks import ALWAYS, Life, happens, times, today_in, turn_of, withdrawn

LANES = 40


class EventLane(IntEnum):
    """What is special about an event; 20 and above is nothing, but see `exceedance_records` and `answers`."""

    MUNICIPAL = 0  # never in a facility file
    NON_FILER = 1  # has no application, so no APP_ID
    NO_IDS = 2
    EARLY = 3  # its enrollment appears in a later week
    ONE_ID = 4  # only the APP_ID
    EXACT_COPY = 5
    CONFLICT = 6  # two rows of one id say different things
    DIRTY_DATE = 7
    UNKNOWN_CODE = 8
    CHANGES = 9
    CHANGES_TOO = 10
    CHANGES_AS_WELL = 11
    WITHDRAWN = 12
    WITHDRAWN_TOO = 13
    COPIES_CHANGE = 14
    NO_FLAG = 15


_CHANGING = {EventLane.CHANGES, EventLane.CHANGES_TOO, EventLane.CHANGES_AS_WELL}
_WITHDRAWN = {EventLane.WITHDRAWN, EventLane.WITHDRAWN_TOO}
NOWHERE = {EventLane.MUNICIPAL, EventLane.NON_FILER, EventLane.NO_IDS}
# Of these no week may have many rows more or fewer than the one before: in a small world, a guard
# would rightly hold the file. So they concern no enrollment with many filings.
COMING_AND_GOING = {*_WITHDRAWN, EventLane.COPIES_CHANGE}


@dataclass(frozen=True, slots=True)
class Target:
    """Whom an event concerns: an enrollment, or ids of no enrollment."""

    enrollment: Enrollment | None
    app_id: str | None
    wdid: str | None
    permit_type: str | None
    region: Cell

    def places(self, week: int) -> list[Row]:
        """The facility as the publisher joins it in: its rows, or one row of nothing."""
        if self.enrollment is None or self.wdid != self.enrollment.wdid:
            return [NO_PLACE]
        return joined_rows(self.enrollment, week) or [NO_PLACE]


@dataclass(frozen=True, slots=True)
class Event:
    """One event: who, when, and what is special about it."""

    index: int
    lane: int
    life: Life
    turn: int
    target: Target
    day: date
    numbers: tuple[int, ...]  # random numbers for the columns

    def version(self, week: int) -> int:
        """How often it has changed."""
        return times(week, self.turn)

    def changes(self, week: int) -> bool:
        """Whether the rows may differ from those of the week before."""
        if week in {self.life.first, self.life.end} or self.lane == EventLane.COPIES_CHANGE:
            return True
        enrollment = self.target.enrollment
        return (
            happens(week, self.turn)
            or self.life.is_there(week) != self.life.is_there(week - 1)
            or (enrollment is not None and enrollment.changes(week))
        )

    def copies(self, week: int) -> int:
        """How often the file has each of its rows."""
        if self.lane == EventLane.COPIES_CHANGE:
            return 1 + (week + self.index // LANES) % 2
        return 2 if self.lane == EventLane.EXACT_COPY else 1


@dataclass(frozen=True, slots=True)
class Events:
    """All events of one kind."""

    seed: int
    kind: str
    count: int  # in week 0
    industrial: Enrollments
    construction: Enrollments
    shift: int

    @classmethod
    def of(cls, seed: int, kind: str, count: int, industrial: Enrollments, construction: Enrollments) -> "Events":
        """The events of a kind in the world of this seed."""
        return cls(seed, kind, count, industrial, construction, shift_of(seed, kind, LANES))

    def lane(self, index: int) -> int:
        """What is special about the event of this number."""
        lane = lane_of(index, self.shift, LANES)
        is_new = index >= self.count
        return LANES - 1 if is_new and lane in _CHANGING | _WITHDRAWN else lane

    def get(self, index: int, target: Target | None = None) -> Event:
        """The event of this number; `target` if it is known already whom it concerns."""
        rng = stream(self.seed, self.kind, index)
        lane, first = self.lane(index), born_in(index, self.count)
        life = withdrawn(index, LANES) if lane in _WITHDRAWN else Life(first=first) if first else ALWAYS
        latest = today_in(first) - timedelta(days=rng.randrange(1, 7))
        numbers = tuple(rng.randrange(1 << 16) for _ in range(6))
        return Event(
            index=index,
            lane=lane,
            life=life,
            turn=turn_of(index, LANES) if lane in _CHANGING else 0,
            target=target or self._target(index, lane, numbers),
            day=latest if first else latest - timedelta(days=rng.randrange(14 * 365)),
            numbers=numbers,
        )

    def links(self, target: Target, week: int) -> bool:
        """Whether the tables can say by this week which enrollment the ids belong to.

        Both ids must be those of an enrollment; one alone must name a single one.
        """
        enrollment = target.enrollment
        if enrollment is None or enrollment.life.first > week:
            return False
        if target.wdid == enrollment.wdid:
            return True
        enrollments = self._program(enrollment.program)
        if enrollment.lane == Lane.SECOND_WDID:
            partner = enrollments.get(enrollment.index - 1)
        else:
            partner = enrollments.get(enrollment.index + 1)
        return not (partner.app_id == enrollment.app_id and partner.life.first <= week)

    def _program(self, program: str) -> Enrollments:
        return self.industrial if program == INDUSTRIAL else self.construction

    def _target(self, index: int, lane: int, numbers: tuple[int, ...]) -> Target:
        program = INDUSTRIAL if numbers[0] % 5 < 2 else CONSTRUCTION
        enrollments = self._program(program)
        if lane in NOWHERE:
            return _nobody(lane, numbers)
        number = numbers[1] * 65_536 + numbers[2]
        at = number % enrollments.count
        if lane in COMING_AND_GOING and enrollments.get(at).lane == Lane.SEVERAL_FILINGS:
            at = (at + 30) % enrollments.count  # a plain one
        elif lane == EventLane.EARLY:
            at = enrollments.count + index // LANES % (6 * new_each_week(enrollments.count))
        return target_of(enrollments.get(at), is_without_wdid=lane == EventLane.ONE_ID)


def target_of(enrollment: Enrollment, *, is_without_wdid: bool = False) -> Target:
    """The enrollment as an event names it."""
    wdid = None if is_without_wdid and enrollment.app_id else enrollment.wdid
    permit = "Industrial" if enrollment.program == INDUSTRIAL else "Construction"
    return Target(enrollment, enrollment.app_id, wdid, permit, enrollment.region)


def _nobody(lane: int, numbers: tuple[int, ...]) -> Target:
    if lane == EventLane.NO_IDS:
        return Target(None, None, None, None, None)
    serial = 700_000 + numbers[1]
    if lane == EventLane.NON_FILER:
        return Target(None, None, f"5F10CN{serial}", "Construction", "5F")
    return Target(None, str(serial), f"2 07M{serial}", ("Municipal", "Caltrans", "Linear")[numbers[2] % 3], "2")


def event_day(event: Event) -> Cell:
    """The day of an event as published: sometimes a typing error."""
    if event.lane == EventLane.DIRTY_DATE:
        return (
            flawed("0202-03-02", "implausible_date"),
            flawed("2062-03-02", "future_date"),
            flawed("2024-02-31", "not_a_date"),
        )[event.index // LANES % 3]
    return event.day.isoformat()


def day_after(event: Event, days: int) -> date:
    """A day after the event that is past all the same."""
    return min(event.day + timedelta(days=days), today_in(event.life.first))


def later(event: Event, days: int) -> str:
    """The same as published."""
    return day_after(event, days).isoformat()


def rows_of(event: Event, own: Row, conflicting: Row | None, week: int) -> Iterator[Row]:
    """The rows of an event in a week's file, in their order."""
    places = event.target.places(week)
    if conflicting is not None:
        yield (*conflicting, *places[0])
    for _ in range(event.copies(week)):
        for place in places:
            yield (*own, *place)
