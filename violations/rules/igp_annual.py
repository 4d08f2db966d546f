"""Annual numeric action levels of the Industrial General Permit.

Order 2014-0057-DWQ as amended by 2015-0122-DWQ and 2018-0028-DWQ, Table 2: the mean of all results
of a parameter in a reporting year, all outfalls of the enrollment together, is greater than the
action level. A NAL exceedance is not a violation of the permit.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from violations.rules import reporting_year as years
from violations.rules.findings import Bounds, Finding, ids_of, mean_of, sensitivity_of_exceedance
from violations.rules.readings import Judged
from violations.rules.vocabulary import IGP_ANNUAL


def find_annual(results: Sequence[Judged], bounds: Bounds, year: int, today: date) -> Finding | None:
    """Judge the usable results of one enrollment, parameter and reporting year.

    Results below the reporting limit are in as zero; `>` and `>=` at their value. A mean equal to
    the action level is none.
    """
    is_lower_bound = any(one.is_lower_bound for one in results)
    total = sum((one.value for one in results), Decimal(0))
    if not results or not bounds.are_exceeded_by_mean(total, len(results), is_lower_bound=is_lower_bound):
        return None
    censored = sum(one.is_censored for one in results)
    return Finding(
        rule=IGP_ANNUAL,
        pollutant=results[0].substance.key,
        reporting_year=year,
        period_start=years.first_day(year),
        period_end=years.last_day(year),
        value=mean_of(one.value for one in results),
        bounds=bounds,
        results=len(results),
        censored=censored,
        is_lower_bound=is_lower_bound,
        sensitivity=sensitivity_of_exceedance(censored),
        is_provisional=years.is_open(year, today),
        sample_ids=ids_of(results),
    )
