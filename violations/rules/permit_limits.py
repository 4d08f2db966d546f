"""Limits of single permits as staff loaded them: which rows they are compared with, and how bad it is.

Serious: California Water Code 13385(h), 40 % over for a Group I pollutant, 20 % for Group II.
Chronic: 13385(i), four or more exceedances of a plant within six consecutive months. Neither is ever
said of an action level or of a screening.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import IntEnum

from violations.rules.effluent import ANALYTICAL
from violations.rules.findings import Bounds

SERIOUS_SHARE = {"I": Decimal("0.4"), "II": Decimal("0.2")}
CHRONIC_NUMBER = 4
CHRONIC_MONTHS = 6
# A raw result is compared with a daily or instantaneous limit, never with an average.
COMPARED_WITH_RESULTS = frozenset({"daily_maximum", "instantaneous_maximum", "instantaneous_minimum"})


def is_compared(statistic: str | None, limit_statistic: str) -> bool:
    """Whether a row of this statistic is compared with a limit of that one."""
    if statistic == ANALYTICAL:
        return limit_statistic in COMPARED_WITH_RESULTS
    return statistic is not None and statistic == limit_statistic


def is_serious(value: Decimal, bounds: Bounds, group: str | None) -> bool | None:
    """Whether an exceedance of an upper bound is serious; None for pollutants of neither group (pH, flow).

    Exactly 40 % (20 %) over is serious: the code says "40 percent or more".
    """
    share = SERIOUS_SHARE.get(group or "")
    if share is None or bounds.high is None or value <= bounds.high:
        return None
    return value >= bounds.high * (1 + share)


def chronic_of(days: Sequence[date]) -> list[bool]:
    """Of each exceedance of one plant, by its day: whether it is among four within six consecutive months.

    Six months from a day end before the same day of the sixth month after.
    """
    ordered = sorted(range(len(days)), key=lambda at: days[at])
    chronic = [False] * len(days)
    for place, at in enumerate(ordered):
        end = add_months(days[at], CHRONIC_MONTHS)
        window = [other for other in ordered[place:] if days[other] < end]
        if len(window) >= CHRONIC_NUMBER:
            for other in window:
                chronic[other] = True
    return chronic


def add_months(day: date, months: int) -> date:
    """The same day some months later, or the last of that month."""
    month = day.month - 1 + months
    first = date(day.year + month // 12, month % 12 + 1, 1)
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return first.replace(day=min(day.day, (following - first).days))


class Certainty(IntEnum):
    """How results are ordered for a median, before their value."""

    NOT_DETECTED = 0
    NOT_QUANTIFIED = 1
    QUANTIFIED = 2


def median_of(results: Sequence[tuple[Certainty, Decimal]]) -> Decimal:
    """The median where results may be below detection: not detected lowest, then not quantified, then values.

    Of an even number the mean of the two middle ones, or the lower of them if either is not
    quantified. Raises ValueError without results.
    """
    if not results:
        raise ValueError("There is no median of nothing.")
    ordered = sorted(results)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle][1]
    lower, upper = ordered[middle - 1], ordered[middle]
    if lower[0] == upper[0] == Certainty.QUANTIFIED:
        return (lower[1] + upper[1]) / 2
    return lower[1]
