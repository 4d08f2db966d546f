"""Reads: the unified list of regulatory violations and computed exceedances, and what is summed up of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import ExtractMonth, ExtractYear

from facilities.models import Facility
from stormwater.errors import UserError
from violations.models import FacilitySummary, FindingCount, Pollutant, UnifiedFinding

# What a dashboard's numbers can be grouped by; `year` and `month` are those of the event date.
GROUPINGS: Mapping[str, Any] = {
    "source": "source",
    "type": "type",
    "status": "status",
    "county": "county__name",
    "region": "region_id",
    "reporting_year": "reporting_year",
    "year": ExtractYear("month"),
    "month": ExtractMonth("month"),
}


def list_unified_findings() -> QuerySet[UnifiedFinding]:
    """All rows of the unified list, without joins or order.

    Index-ordered by `date_key("event_date")` and id under each of facility, county, region, source, type,
    pollutant, status, reporting_year, priority and is_serious.
    """
    return UnifiedFinding.objects.order_by()


def about_pollutant(key: str) -> Q:
    """Condition on the list: findings of this pollutant.

    By a look-up that comes first, so that the planner knows to take the pollutant's index; by a join it would
    walk the whole list for a pollutant that is never found.
    """
    return Q(pollutant=Pollutant.objects.filter(key=key).values("pk")[:1])


def at_facility(public_id: str) -> Q:
    """Condition on the list: what there is about the facility of this public id, by a look-up as above."""
    return Q(facility=Facility.objects.filter(public_id=public_id).values("pk")[:1])


def overlaps_period(*, first: Any = None, last: Any = None) -> Q:
    """Condition on the list: what it is about lies in these days, at least in part; rows without a date do not.

    An annual exceedance is about a year: it is found by any day of it, while `event_date` is a single day.
    """
    condition = Q()
    if first is not None:
        condition &= Q(period_end__gte=first)
    if last is not None:
        condition &= Q(period_start__lte=last)
    return condition


def load_duplicates(row_ids: Sequence[int]) -> Mapping[int, list[str]]:
    """The public ids of the other rows of each row's duplicate group, for those that are in one."""
    grouped = list(
        UnifiedFinding.objects.filter(pk__in=row_ids, duplicate_group__isnull=False).values_list(
            "pk", "duplicate_group", "public_id"
        )
    )
    members: dict[str | None, list[str]] = defaultdict(list)
    rows = UnifiedFinding.objects.filter(duplicate_group__in={group for _, group, _ in grouped}).order_by("public_id")
    for group, public_id in rows.values_list("duplicate_group", "public_id"):
        members[group].append(public_id)
    return {pk: [member for member in members[group] if member != own] for pk, group, own in grouped}


def list_facility_summaries() -> QuerySet[FacilitySummary]:
    """The summaries of all facilities that have members."""
    return FacilitySummary.objects.order_by()


def add_up_findings(*, by: Sequence[str], condition: Q | None = None) -> list[dict[str, Any]]:
    """Numbers of findings, and of serious ones, by some of `GROUPINGS`, most findings first.

    `condition` is on `FindingCount`: source, type, status, county, region, reporting_year, month (a first day).
    Reads the kept numbers alone, some ten thousand rows at full scale. Raises UserError for an unknown grouping.
    """
    if unknown := [name for name in by if name not in GROUPINGS]:
        raise UserError(f"Findings are not counted by {unknown[0]}; they are by: {', '.join(GROUPINGS)}.")
    grouped = {f"by_{name}": GROUPINGS[name] for name in by}
    counts = FindingCount.objects.order_by().filter(condition or Q())
    annotated = counts.annotate(
        **{name: F(value) if isinstance(value, str) else value for name, value in grouped.items()}
    )
    rows = annotated.values(*grouped).annotate(number=Sum("findings"), number_serious=Sum("serious"))
    return [
        {name: row[f"by_{name}"] for name in by} | {"findings": row["number"], "serious": row["number_serious"]}
        for row in rows.order_by("-number", *grouped)
        if row["number"] is not None
    ]
