"""Limits of single permits as staff loaded them: which rows they are compared with, and how bad it is.

Serious: California Water Code 13385(h), 40 % over for a Group I pollutant, 20 % for Group II.
Chronic: 13385(i), four or more exceedances of a plant within six consecutive months, which by (i)(2) end
180 days after the first of them. Neither is ever said of an action level or of a screening.
"""

from collections.abc import Hashable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import IntEnum

from violations.rules.effluent import ANALYTICAL
from violations.rules.findings import Bounds

SERIOUS_SHARE = {"I": Decimal("0.4"), "II": Decimal("0.2")}
CHRONIC_NUMBER = 4
CHRONIC_DAYS = 180  # after the first
# A raw result is compared with a daily or instantaneous limit, never with an average.
COMPARED_WITH_RESULTS = frozenset({"daily_maximum", "instantaneous_maximum", "instantaneous_minimum"})
# The limit of one of these is what a result must reach.
LOWER_LIMITS = frozenset({"instantaneous_minimum"})


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


def chronic_of(exceedances: Sequence[tuple[date, Hashable]]) -> list[bool]:
    """Of each exceedance of one plant: whether it is among four within six consecutive months.

    An exceedance is its day, and of what it is one: the limit, the location and the period. Several
    results that say the same of one (a day's grabs, a laboratory's result and the maximum that the
    discharger made of it, an average under two names) count once. Dismissed ones are not to be among them.
    """
    occasions = set(exceedances)
    periods = [
        (first, first + timedelta(days=CHRONIC_DAYS))
        for first, _ in occasions
        if sum(first <= day <= first + timedelta(days=CHRONIC_DAYS) for day, _ in occasions) >= CHRONIC_NUMBER
    ]
    return [any(first <= day <= last for first, last in periods) for day, _ in exceedances]


class Certainty(IntEnum):
    """How results are ordered for a median, before their value."""

    NOT_DETECTED = 0
    NOT_QUANTIFIED = 1
    QUANTIFIED = 2


def median_of(results: Sequence[tuple[Certainty, Decimal]]) -> Decimal:
    """The median where results may be below detection: not detected lowest, then not quantified, then values.

    Of an even number the mean of the two middle ones, or the lower of them if either is not
    quantified. Raises ValueError without results. What is not quantified exceeds nothing: it is no
    value that could be too low.
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
