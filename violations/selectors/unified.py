"""Reads: the unified list of regulatory violations and computed exceedances, and the numbers of facilities."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connections
from django.db.models import F, Q, QuerySet

from facilities.models import EsmrFacility, Facility, SmartsEnrollment
from stormwater.api.looking_up import FoundIn
from stormwater.replicas import reading_alias
from violations.models import FacilitySummary, Pollutant, UnifiedFinding
from violations.rules import unified


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


def of_source(name: str) -> Q:
    """Condition on the list: all of it, what `esmr` or `smarts` has, or one of the sources."""
    if name == "all":
        return Q()
    sources = {"esmr": [unified.ESMR_COMPUTED], "smarts": [unified.SMARTS_COMPUTED, unified.SMARTS_REGULATORY]}
    return Q(source__in=sources.get(name, [name]))


def of_duplicates(is_confirmed: bool) -> Q:
    """Condition on the list: rows of a group that staff confirmed, or that is only probable.

    That a row is in a group is said twice, so that the few such rows are found by their index.
    """
    return Q(is_confirmed_duplicate=is_confirmed, duplicate_group__isnull=False)


def of_app_id(app_id: str) -> Q:
    """Condition on the list: the enrollment has this APP_ID."""
    return Q(FoundIn("enrollment_id", SmartsEnrollment.objects.filter(app_id=app_id)))


def of_place_id(place_id: int) -> Q:
    """Condition on the list: the plant has this CIWQS place id."""
    return Q(FoundIn("esmr_facility_id", EsmrFacility.objects.filter(place_id=place_id)))


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
    members: dict[int, list[str]] = defaultdict(list)
    with connections[reading_alias()].cursor() as cursor:
        cursor.execute(
            """
            SELECT own.id, other.public_id FROM violations_unifiedfinding own
            JOIN violations_unifiedfinding other USING (duplicate_group)
            WHERE own.id = ANY(%s) AND other.id <> own.id ORDER BY other.public_id
            """,
            [list(row_ids)],
        )
        for number, public_id in cursor.fetchall():
            members[number].append(public_id)
    return members


def list_facility_summaries() -> QuerySet[FacilitySummary]:
    """The summaries of all facilities that have members."""
    return FacilitySummary.objects.order_by()


def list_top_facilities(*, place: Q, most: int) -> list[dict[str, Any]]:
    """The facilities with the most violations on record, then exceedances, in numbers.

    `place` is a condition on a facility's county and region. Reads the summaries in the order of the index
    `summary_most_findings`, and no further than it has to.
    """
    facilities = Facility.objects.filter(place, merged_into=None)
    rows = (
        FacilitySummary.objects.filter(Q(facility__in=facilities) if place else Q())
        .annotate(exceedances=F("exceedances_esmr") + F("exceedances_smarts"))
        .filter(Q(violations_on_record__gt=0) | Q(exceedances_esmr__gt=0) | Q(exceedances_smarts__gt=0))
        .order_by("-violations_on_record", "-exceedances", "facility__public_id")
    )
    numbers = ("violations_on_record", "violations_serious", "exceedances", "enforcement_active")
    found = rows.values_list("facility__public_id", "facility__name", *numbers)[:most]
    names = ("facility_id", "facility_name", *numbers)
    return [dict(zip(names, row, strict=True)) for row in found]
