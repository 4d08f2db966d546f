"""Numeric action levels of the Construction General Permit: pH and turbidity, by site and day.

Order 2009-0009-DWQ and, from 2023-09-01, Order 2022-0057-DWQ; those enrolled under the older one stay
on its rules until 2025-09-01. Both have the same numbers. Sites of Risk Level 1 are not held to them;
a site of unknown risk is judged, and the finding says so. An exceedance is not a violation.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from violations.rules.findings import Bounds, Finding, ids_of, mean_of, sensitivity_of_exceedance
from violations.rules.names import letters_of
from violations.rules.readings import Judged
from violations.rules.reporting_year import is_open, reporting_year
from violations.rules.vocabulary import CGP_PH, CGP_TURBIDITY, COMPUTED, RISK_UNKNOWN

ORDER_2009, ORDER_2022 = "2009-0009-DWQ", "2022-0057-DWQ"
NEW_ORDER_FROM = date(2023, 9, 1)
OLD_ORDER_UNTIL = date(2025, 9, 1)  # exclusive
RISK_LEVELS = "123"
RULE_OF = {"ph": CGP_PH, "turbidity": CGP_TURBIDITY}


def is_held_to_action_levels(risk: str | None) -> bool:
    """Whether PROJECT_COMBINED_RISK leaves the site under the action levels: anything but Level 1."""
    digits = "".join(character for character in risk or "" if character.isdigit())
    return not (digits == "1" and letters_of(risk) in {"", "level", "risklevel"})


def confidence_of(risk: str | None) -> str:
    """How far a finding can be relied on: less where the risk level is unknown, or a word that names no level."""
    return COMPUTED if any(level in (risk or "") for level in RISK_LEVELS) else RISK_UNKNOWN


def order_of(day: date, enrolled: date | None) -> str:
    """The order whose rules a sample falls under, by the day on which the site's NOI was processed.

    If that is unknown, the sample's own day decides.
    """
    if day < NEW_ORDER_FROM:
        return ORDER_2009
    is_older = enrolled is not None and enrolled < NEW_ORDER_FROM
    return ORDER_2009 if is_older and day < OLD_ORDER_UNTIL else ORDER_2022


def find_of_day(results: Sequence[Judged], bounds: Bounds, day: date, today: date) -> Finding | None:
    """Judge the usable results of one site, parameter and day by their mean.

    That turbidity is averaged by site and day is the order's; that pH is, too, is unconfirmed. Turbidity
    below the reporting limit counts as zero (unconfirmed); pH below a limit is unusable.
    """
    is_lower_bound = any(one.is_lower_bound for one in results)
    total = sum((one.value for one in results), Decimal(0))
    if not results or not bounds.are_exceeded_by_mean(total, len(results), is_lower_bound=is_lower_bound):
        return None
    censored, year = sum(one.is_censored for one in results), reporting_year(day)
    return Finding(
        rule=RULE_OF[results[0].substance.key],
        pollutant=results[0].substance.key,
        reporting_year=year,
        period_start=day,
        period_end=day,
        value=mean_of(one.value for one in results),
        bounds=bounds,
        results=len(results),
        censored=censored,
        is_lower_bound=is_lower_bound,
        sensitivity=sensitivity_of_exceedance(censored),
        is_provisional=is_open(year, today),
        sample_ids=ids_of(results),
    )
