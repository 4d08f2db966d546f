"""The world's calendar: which day it is in which week, and what happens in it.

Everything is a function of the week's number, so that a week needs no memory of the ones before:
what changes, changes every PERIOD weeks from its own first turn on.
"""

from dataclasses import dataclass
from datetime import date, timedelta

FIRST_DAY = date(2026, 5, 4)  # the world of week 0 was exported on this day
# Nothing but planted typing errors is dated after this day, whatever the week: a result must not
# depend on the day on which a test runs.
LAST_DAY = date(2026, 11, 20)
PERIOD = 13


def day_of(week: int) -> date:
    """The day on which the files of a week were exported: the date in their names."""
    return FIRST_DAY + timedelta(weeks=week)


def today_in(week: int) -> date:
    """The latest day of which the files of a week can tell."""
    return min(day_of(week), LAST_DAY)


def turn_of(index: int, lanes: int) -> int:
    """The first week in which something happens to an entity whose lane means that something does."""
    return 1 + index // lanes % PERIOD


def happens(week: int, turn: int) -> bool:
    """Whether an entity has its turn in this week; turn 0 means never."""
    return 0 < turn <= week and (week - turn) % PERIOD == 0


def times(week: int, turn: int) -> int:
    """How often an entity has had its turn, this week included."""
    return 1 + (week - turn) // PERIOD if 0 < turn <= week else 0


@dataclass(frozen=True, slots=True)
class Life:
    """The weeks in which something is published.

    From `first` on, until before `end` if that is set; and away for `stay` weeks at every turn.
    """

    first: int = 0
    end: int | None = None
    turn: int = 0
    stay: int = 0

    def is_there(self, week: int) -> bool:
        """Whether the files of this week have it."""
        if week < self.first or (self.end is not None and week >= self.end):
            return False
        return not (0 < self.turn <= week and (week - self.turn) % PERIOD < self.stay)

    def was_there_before(self, week: int) -> bool:
        """Whether the files of some earlier week had it."""
        return self.first < week


ALWAYS = Life()


def withdrawn(index: int, lanes: int) -> Life:
    """The life of a record that is withdrawn: for a week, for two, or for good."""
    turn = turn_of(index, lanes)
    form = index // lanes % 3
    return Life(end=turn) if form == 2 else Life(turn=turn, stay=form + 1)
