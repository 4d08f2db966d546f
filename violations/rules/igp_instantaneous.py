"""Instantaneous maximum action levels of the Industrial General Permit.

Order 2014-0057-DWQ as amended by 2015-0122-DWQ and 2018-0028-DWQ, Table 2: two or more results of a
parameter within a reporting year above the maximum, or for pH outside the range, at any outfall and
in any storm. One is none. A NAL exceedance is not a violation of the permit.
"""

from collections.abc import Sequence
from datetime import date

from violations.rules import reporting_year as years
from violations.rules.findings import Bounds, Finding, ids_of, sensitivity_of_exceedance
from violations.rules.readings import Judged
from violations.rules.vocabulary import IGP_INSTANTANEOUS

RESULTS_NEEDED = 2


def find_instantaneous(results: Sequence[Judged], bounds: Bounds, year: int, today: date) -> Finding | None:
    """Judge the usable results of one enrollment, parameter and reporting year.

    The value shown is the worst: the highest, or of pH the one farthest outside (of two equally far
    the higher). `results_over` says how many were over.
    """
    over = [
        one
        for one in results
        if not one.is_censored and bounds.are_exceeded_by(one.value, is_lower_bound=one.is_lower_bound)
    ]
    if len(over) < RESULTS_NEEDED:
        return None
    censored = sum(one.is_censored for one in results)
    return Finding(
        rule=IGP_INSTANTANEOUS,
        pollutant=results[0].substance.key,
        reporting_year=year,
        period_start=years.first_day(year),
        period_end=years.last_day(year),
        value=max((one.value for one in over), key=lambda value: (bounds.excess_of(value), value)),
        bounds=bounds,
        results=len(results),
        censored=censored,
        is_lower_bound=any(one.is_lower_bound for one in results),
        sensitivity=sensitivity_of_exceedance(censored),
        is_provisional=years.is_open(year, today),
        sample_ids=ids_of(results),
        results_over=len(over),
    )
