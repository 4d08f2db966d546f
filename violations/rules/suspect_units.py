"""Metals that were probably reported in ug/L and labelled mg/L: flagged, never changed.

A result 1000 times or more the median of the enrollment's own detected results of that metal. A
heuristic of ours; no order asks for it.
"""

from collections.abc import Iterable
from decimal import Decimal
from statistics import median

from violations.rules.readings import Judged

TIMES_THE_MEDIAN = 1000


def find_suspects(results: Iterable[Judged]) -> list[int]:
    """Ids of the suspect results among the usable ones of one enrollment and metal, over all years."""
    detected = [one for one in results if not one.is_censored]
    if not detected:
        return []
    threshold: Decimal = median(one.value for one in detected) * TIMES_THE_MEDIAN
    return sorted(one.reading.id for one in detected if one.value > 0 and one.value >= threshold)
