"""Reads: what was found, by rule, and which enrollments have no results in the open data."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Count, Q, Sum

from stormwater.errors import UserError
from violations.models import EraLevel, Exceedance, Indeterminate, UnusableResults
from violations.rules.reporting_year import reporting_year
from violations.rules.vocabulary import FAMILY_OF, LEVELS

NOT_COMPLIANCE = (
    "An exceedance is not a violation of the permit, and no finding is not compliance: TMDL action levels and limits, "
    "effluent guidelines and receiving-water limits are not evaluated."
)


@dataclass(frozen=True, slots=True)
class RuleSummary:
    """What a rule has found: dischargers (enrollments or plants), exceedances, and comparisons that cannot be made."""

    rule: str
    dischargers: int
    findings: int
    provisional: int
    indeterminate: int


@dataclass(frozen=True, slots=True)
class FindingsSummary:
    """All rules together, with levels and what could not be used."""

    rules: Sequence[RuleSummary]
    levels: dict[str, int]  # level -> rows of enrollment, pollutant and reporting year
    unusable: Sequence[tuple[str, str, int]]  # family of rules, reason, results

    def as_json(self) -> dict[str, Any]:
        """The summary for a program."""
        return {
            "rules": [asdict(rule) for rule in self.rules],
            "era_levels": self.levels,
            "unusable": [
                {"rules": family, "reason": reason, "results": results} for family, reason, results in self.unusable
            ],
        }


def summarize_findings() -> FindingsSummary:
    """Count the standing findings by rule, levels by level, unusable results by family and reason."""
    standing = Exceedance.objects.filter(went_at=None).order_by()
    exceedances = {
        row["rule"]: row
        for row in standing.values("rule").annotate(
            findings=Count("pk"),
            provisional=Count("pk", filter=Q(is_provisional=True)),
            enrollments=Count("enrollment", distinct=True),
            plants=Count("esmr_facility", distinct=True),
        )
    }
    open_questions = dict(
        Indeterminate.objects.filter(went_at=None).order_by().values_list("rule").annotate(number=Count("pk"))
    )
    none = {"findings": 0, "provisional": 0, "enrollments": 0, "plants": 0}
    rules = []
    for rule in FAMILY_OF:
        row = exceedances.get(rule, none)
        rules.append(
            RuleSummary(
                rule,
                row["enrollments"] + row["plants"],
                row["findings"],
                row["provisional"],
                open_questions.get(rule, 0),
            )
        )
    levels = dict(EraLevel.objects.order_by().values_list("level").annotate(number=Count("pk")))
    unusable = UnusableResults.objects.values("family", "reason").annotate(number=Sum("results"))
    return FindingsSummary(
        rules,
        {level: levels.get(level, 0) for level in LEVELS},
        [(row["family"], row["reason"], row["number"]) for row in unusable.order_by("family", "reason")],
    )


@dataclass(frozen=True, slots=True)
class HalfYear:
    """July to December (`first` of the reporting year) or January to June."""

    reporting_year: int
    is_first: bool

    @property
    def first_day(self) -> date:
        """July 1, or January 1."""
        return date(self.reporting_year, 7, 1) if self.is_first else date(self.reporting_year + 1, 1, 1)

    @property
    def last_day(self) -> date:
        """December 31, or June 30."""
        return date(self.reporting_year, 12, 31) if self.is_first else date(self.reporting_year + 1, 6, 30)

    def __str__(self) -> str:
        return f"{self.first_day} to {self.last_day}"

    @classmethod
    def before(cls, day: date) -> "HalfYear":
        """The latest half-year that is over on this day."""
        year = reporting_year(day)
        return cls(year, is_first=True) if day.month < 7 else cls(year - 1, is_first=False)

    @classmethod
    def named(cls, text: str) -> "HalfYear":
        """The half-year of a name such as `2023-1` or `2023-2`. Raises UserError for any other text."""
        year, _, half = text.partition("-")
        if not (year.isdecimal() and 2000 <= int(year) <= 2100 and half in {"1", "2"}):
            raise UserError(
                f"{text!r} names no half-year: 2023-1 is July to December 2023, 2023-2 January to June 2024."
            )
        return cls(int(year), half == "1")


@dataclass(frozen=True, slots=True)
class SilentEnrollment:
    """An active industrial enrollment without a result in the open data for a half-year."""

    wdid: str
    app_id: str | None
    site_name: str | None
    county: str | None
    last_sample_date: date | None  # its latest result of any time

    def as_json(self) -> dict[str, Any]:
        """With the date as ISO text."""
        return asdict(self) | {"last_sample_date": self.last_sample_date and self.last_sample_date.isoformat()}


def list_silent_enrollments(half: HalfYear) -> list[SilentEnrollment]:
    """Active industrial enrollments (WDID letter I) of which the open data have no result of this half-year.

    Just that, and not non-compliance: there may have been no storm, the site may discharge nothing, or
    the report may be late. Enrollments whose NOI was processed after the half-year are left out.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT e.wdid, e.app_id, e.site_name, e.county_published, (
                SELECT max(s.sample_date) FROM monitoring_smartssample s
                WHERE s.enrollment_id = e.id AND s.removed_by_id IS NULL
            )
            FROM facilities_smartsenrollment e
            WHERE e.program = 'industrial' AND e.removed_by_id IS NULL AND lower(e.status) = 'active'
                AND e.wdid ~ '^[1-9S][ ABFRS]([0-9]{2}|XX)I[0-9]{5,6}$'
                AND (e.noi_processed_date IS NULL OR e.noi_processed_date <= %s)
                AND NOT EXISTS (
                    SELECT FROM monitoring_smartssample s WHERE s.enrollment_id = e.id AND s.removed_by_id IS NULL
                        AND s.sample_date BETWEEN %s AND %s
                )
            ORDER BY e.wdid, e.app_id
            """,
            [half.last_day, half.first_day, half.last_day],
        )
        return [SilentEnrollment(*row) for row in cursor.fetchall()]
