"""Exceedance Response Action levels of the Industrial General Permit.

Order 2014-0057-DWQ as amended, section XII: per enrollment and parameter, from Baseline on
2015-07-01. An exceedance, annual or instantaneous, gives Level 1 on the July 1 after its reporting
year; one of the same parameter in a later year, while in Level 1, gives Level 2 the July 1 after.
Never from Baseline to Level 2 directly.

The way back to Baseline takes reports and four consecutive qualifying storms without an exceedance,
which are not in the data: a computed level is an estimate.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from violations.rules.reporting_year import reporting_year
from violations.rules.vocabulary import BASELINE, LEVEL_1, LEVELS

ORDER_EFFECTIVE = date(2015, 7, 1)


@dataclass(frozen=True, slots=True)
class Deadlines:
    """When the reports of a level are due; None where the level does not ask for one."""

    evaluation: date | None = None
    report: date | None = None
    action_plan: date | None = None
    technical_report: date | None = None


@dataclass(frozen=True, slots=True)
class LevelInForce:
    """The level during a reporting year, and the year on whose July 1 it began."""

    reporting_year: int
    level: str
    entered_year: int | None


def levels_in_force(first_year: int, exceeded: Iterable[int], today: date) -> list[LevelInForce]:
    """The level of every reporting year from the first usable sample to the current one, samples or not.

    `exceeded` are the reporting years with an exceedance of the parameter.
    """
    years, found, level, entered = set(exceeded), [], 0, None
    for year in range(first_year, reporting_year(today) + 1):
        found.append(LevelInForce(year, LEVELS[level], entered))
        if year in years and level < len(LEVELS) - 1:
            level, entered = level + 1, year + 1
    return found


def deadlines_of(level: str, entered_year: int | None) -> Deadlines:
    """When the reports of a level are due, counted from the July 1 on which the level began.

    Level 1: evaluation by October 1, report by January 1. Level 2: action plan by January 1, technical
    report by the January 1 after.
    """
    if level == BASELINE or entered_year is None:
        return Deadlines()
    january = date(entered_year + 1, 1, 1)
    if level == LEVEL_1:
        return Deadlines(evaluation=date(entered_year, 10, 1), report=january)
    return Deadlines(action_plan=january, technical_report=date(entered_year + 2, 1, 1))
