"""`/api/dashboard`: what there is in both systems, in numbers, and what came last. From kept sums, not from scans."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import QueryDict
from rest_framework.request import Request

from enforcement.api.enforcement_lists import ENFORCEMENT
from enforcement.api.inspection_lists import INSPECTIONS
from facilities.selectors.public import count_facilities
from stormwater.api.caching import Tier
from stormwater.api.families import Family
from stormwater.api.list_query import read_list_query
from stormwater.api.listing import Listing
from stormwater.api.openapi import AnswerSchema, reference
from stormwater.api.reading import read_page
from stormwater.api.views import AnswerView
from violations.api.sums import COUNT, SCOPE_FILTERS, groups_schema, parameters_of, read_conditions
from violations.api.unified_list import UNIFIED_DATASETS, VIOLATIONS
from violations.rules import unified
from violations.selectors.sums import add_up_by_each
from violations.selectors.unified import list_top_facilities

_RECENT = 10
_TOP = 10
_NUMBERS_BY = ("type", "status", "county", "region", "year")
# Types and statuses keep their source, as the record's words and those of computed findings are never added up.
_GROUPINGS = {by: ("source", by) for by in _NUMBERS_BY} | {"source": ("source",), "month": ("source", "year", "month")}
_LATEST: dict[str, tuple[Listing, str]] = {
    "violations": (VIOLATIONS, "event_date"),
    "enforcement": (ENFORCEMENT, "issuance_date"),
    "inspections": (INSPECTIONS, "inspection_date"),
}
_TOTALS = {
    "facilities": "Facilities, each once, whatever the months",
    "facilities_in_esmr": "Of those, with a record in eSMR",
    "facilities_in_smarts": "Of those, with a published enrollment",
    "facilities_in_both": "Of those, in both systems",
    "violations_on_record": "Regulatory violations, whatever their status",
    "exceedances_esmr": "Computed from eSMR; no violations of the permit",
    "exceedances_smarts": "Computed from stormwater samples; no violations of the permit",
    "enforcement_actions": "Enforcement actions",
    "inspections": "Inspections",
}
_MEMBER_OF_SOURCE = {
    unified.SMARTS_REGULATORY: "violations_on_record",
    unified.ESMR_COMPUTED: "exceedances_esmr",
    unified.SMARTS_COMPUTED: "exceedances_smarts",
    unified.ENFORCEMENT: "enforcement_actions",
    unified.INSPECTION: "inspections",
}
_TIMELINE = {
    "year": {"type": "integer"},
    "month": {"type": "integer"},
    **dict.fromkeys(_MEMBER_OF_SOURCE.values(), COUNT),
}
_TOP_FACILITY = {
    "facility_id": {"type": "string"},
    "facility_name": {"type": ["string", "null"]},
    "violations_on_record": {**COUNT, "description": "Of status Violation"},
    "violations_serious": COUNT,
    "exceedances": {**COUNT, "description": "Computed, dismissed ones apart"},
    "enforcement_active": COUNT,
}


def _table(properties: Mapping[str, Any], description: str) -> dict[str, Any]:
    row = {"type": "object", "required": list(properties), "properties": dict(properties)}
    return {"type": "array", "items": row, "description": description}


class DashboardView(AnswerView):
    """Both systems in numbers."""

    operation = "dashboard"
    title = "Both systems in numbers: totals, by kind, place and year, over time, and what came last"
    tag = "Violations and enforcement"
    families = tuple(Family)
    datasets = tuple(dict.fromkeys([*UNIFIED_DATASETS, "smarts_enforcement_actions", "smarts_inspections"]))
    tier = Tier.HOT
    parameters = parameters_of(SCOPE_FILTERS)
    described = {
        "totals": {
            "type": "object",
            "required": list(_TOTALS),
            "properties": {name: {**COUNT, "description": text} for name, text in _TOTALS.items()},
        },
        **{f"violations_by_{by}": groups_schema(("source", by)) for by in _NUMBERS_BY},
        **{f"enforcement_by_{by}": groups_schema((by,)) for by in _NUMBERS_BY},
        "timeline": _table(_TIMELINE, "By month, the oldest first; what has no date is not in it"),
        "top_facilities": _table(
            _TOP_FACILITY, f"The {_TOP} with the most violations on record, then exceedances, whatever the months"
        ),
        "recent": {
            "type": "object",
            "required": list(_LATEST),
            "properties": {
                name: {"type": "array", "items": reference(listing.row_name)} for name, (listing, _) in _LATEST.items()
            },
            "description": f"The {_RECENT} latest of each in the places and between the days asked for",
        },
    }
    schema = AnswerSchema()

    def get_answer(self, request: Request, **path_parts: str) -> Mapping[str, Any]:
        """The numbers."""
        given = request.query_params
        conditions = read_conditions(SCOPE_FILTERS, given)
        scope = Q()
        for part in conditions.values():
            scope &= part
        place = Q()
        for name, part in conditions.items():
            if not name.startswith("date"):
                place &= part
        numbers = add_up_by_each(_GROUPINGS, condition=scope)
        return {
            "totals": count_facilities(place) | _totals(numbers["source"]),
            **{f"violations_by_{by}": _violations(numbers[by]) for by in _NUMBERS_BY},
            **{f"enforcement_by_{by}": _enforcement(numbers[by], by) for by in _NUMBERS_BY},
            "timeline": _timeline(numbers["month"]),
            "top_facilities": list_top_facilities(place=place, most=_TOP),
            "recent": {name: _latest(listing, date, given) for name, (listing, date) in _LATEST.items()},
        }


def _totals(by_source: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    found = {row["source"]: row["findings"] for row in by_source}
    return {member: found.get(source, 0) for source, member in _MEMBER_OF_SOURCE.items()}


def _violations(by_source: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [row for row in by_source if row["source"] in unified.SOURCES]


def _enforcement(by_source: Sequence[Mapping[str, Any]], by: str) -> list[dict[str, Any]]:
    return [
        {name: row[name] for name in (by, "findings", "serious")}
        for row in by_source
        if row["source"] == unified.ENFORCEMENT
    ]


def _timeline(by_month: Sequence[Mapping[str, Any]]) -> list[dict[str, int]]:
    months: dict[tuple[int, int], dict[str, int]] = defaultdict(lambda: dict.fromkeys(_MEMBER_OF_SOURCE.values(), 0))
    for row in by_month:
        if row["year"] is not None:
            months[row["year"], row["month"]][_MEMBER_OF_SOURCE[row["source"]]] += row["findings"]
    return [{"year": year, "month": month, **numbers} for (year, month), numbers in sorted(months.items())]


def _latest(listing: Listing, date: str, given: QueryDict) -> list[dict[str, Any]]:
    """The latest rows of a list in the places and between the days that are asked for."""
    asked = {name: given[name] for name in given if name.startswith(("county", "region"))}
    for parameter, lookup in (("date_from", "gte"), ("date_to", "lte")):
        if parameter in given:
            asked[f"{date}__{lookup}"] = given[parameter]
    query = QueryDict(urlencode(asked | {"ordering": f"-{date}", "page_size": _RECENT}))
    return read_page(listing, read_list_query(listing, query, {}, is_export=False), with_places=False).rows
