"""Whether the verdict changes if results below the reporting limit are taken at that limit.

They count as zero (Industrial General Permit, Order 2014-0057-DWQ; wording unconfirmed). Zero is the
least that they can be, so an exceedance stays one; a year without one might have had one.
"""

from collections.abc import Sequence
from decimal import Decimal

from violations.rules.findings import Bounds
from violations.rules.readings import Judged


def would_exceed(results: Sequence[Judged], bounds: Bounds) -> bool:
    """Whether the mean is within its limit, and would not be with censored results at their limit."""
    as_zero = sum((one.value for one in results), Decimal(0))
    at_limit = sum((one.at_limit for one in results), Decimal(0))
    number = len(results)
    return not bounds.are_exceeded_by_mean(as_zero, number) and bounds.are_exceeded_by_mean(at_limit, number)
