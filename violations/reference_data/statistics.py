"""Names of statistics: eSMR's calculated methods and the statistical bases of permit limits, casefolded.

Marked as seen are those that were met in published rows.
"""

from typing import NamedTuple


class StatisticRow(NamedTuple):
    """A name, casefolded, without commas and double spaces."""

    name: str
    statistic: str
    is_confirmed: bool


STATISTICS = (
    StatisticRow("average monthly (amel)", "monthly_average", True),
    StatisticRow("monthly average (mean)", "monthly_average", True),
    StatisticRow("monthly average", "monthly_average", False),
    StatisticRow("average monthly", "monthly_average", False),
    StatisticRow("average weekly (awel)", "weekly_average", True),
    StatisticRow("weekly average (mean)", "weekly_average", False),
    StatisticRow("weekly average", "weekly_average", False),
    StatisticRow("average weekly", "weekly_average", False),
    StatisticRow("maximum daily (mdel)", "daily_maximum", False),
    StatisticRow("daily maximum", "daily_maximum", True),
    StatisticRow("maximum daily", "daily_maximum", False),
    StatisticRow("daily average (mean)", "daily_average", True),
    StatisticRow("daily average", "daily_average", False),
    StatisticRow("24-hour average", "daily_average", True),
    StatisticRow("daily discharge", "daily_discharge", True),
    StatisticRow("monthly discharge", "monthly_discharge", True),
    StatisticRow("instantaneous minimum (imin)", "instantaneous_minimum", True),
    StatisticRow("instantaneous minimum", "instantaneous_minimum", False),
    StatisticRow("instantaneous maximum (imax)", "instantaneous_maximum", False),
    StatisticRow("instantaneous maximum", "instantaneous_maximum", False),
    StatisticRow("monthly median", "monthly_median", False),
)
