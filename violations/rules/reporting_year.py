"""The reporting year of the stormwater permits: July 1 to June 30, named by its first year.

It is computed from the sample date. The year that a report states is a cross-check and never places
a sample.
"""

from datetime import date


def reporting_year(day: date) -> int:
    """The reporting year of a day: 2023 for 2023-07-01 to 2024-06-30."""
    return day.year if day.month >= 7 else day.year - 1


def first_day(year: int) -> date:
    """July 1 of the year."""
    return date(year, 7, 1)


def last_day(year: int) -> date:
    """June 30 of the year after."""
    return date(year + 1, 6, 30)


def is_open(year: int, today: date) -> bool:
    """Whether the reporting year has not ended on this day, so that a verdict is provisional."""
    return today <= last_day(year)


def is_calendar_year_open(day: date, today: date) -> bool:
    """Whether the sampling year that eSMR publishes this day's results in has not ended."""
    return day.year >= today.year
