"""`/api/facilities/{id}/complete`: all that there is about one facility, in one answer.

Every part is the beginning of a list of the API, made by that list's own declaration, with the address of the
whole. So the parts look as they do there, and the answer takes the same number of statements for any facility.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.forms import model_to_dict
from django.http import Http404, QueryDict
from django.urls import reverse
from rest_framework.request import Request

from enforcement.api.enforcement_lists import ENFORCEMENT
from enforcement.api.inspection_lists import INSPECTIONS
from facilities.api.facility_list import FACILITIES
from facilities.api.source_lists import ESMR_FACILITIES, SMARTS_FACILITIES
from facilities.selectors.public import current_id, load_links
from monitoring.selectors import summarize_samples
from stormwater.api.caching import Tier
from stormwater.api.families import Family
from stormwater.api.list_query import RowQuery, read_list_query
from stormwater.api.listing import Listing
from stormwater.api.openapi import AnswerSchema, reference
from stormwater.api.reading import read_page, read_row
from stormwater.api.views import AnswerView
from violations.api.finding_lists import ERA_LEVELS, EXCEEDANCES
from violations.api.unified_list import VIOLATIONS
from violations.models import FacilitySummary

MOST_PARAMETERS = 100


@dataclass(frozen=True, slots=True)
class _Part:
    """The beginning of a list: which, in which order, and how much of it."""

    listing: Listing
    ordering: str
    size: int


_PARTS = {
    "enrollments": _Part(SMARTS_FACILITIES, "-id", 50),
    "esmr_facilities": _Part(ESMR_FACILITIES, "-id", 50),
    "violations": _Part(VIOLATIONS, "-event_date", 20),
    "exceedances": _Part(EXCEEDANCES, "-period_start", 20),
    "era_levels": _Part(ERA_LEVELS, "-reporting_year", 50),
    "enforcement": _Part(ENFORCEMENT, "-issuance_date", 20),
    "inspections": _Part(INSPECTIONS, "-inspection_date", 20),
}
_TEXT, _NUMBER = {"type": "string"}, {"type": "integer"}
_DATE_OR_NULL = {"type": ["string", "null"], "format": "date"}
_LINK = {
    "type": "object",
    "required": ["place_id", "wdid", "app_id", "program", "method", "confidence"],
    "properties": {
        "place_id": {**_NUMBER, "description": "CIWQS place id of the eSMR facility"},
        "wdid": {"type": ["string", "null"]},
        "app_id": {"type": ["string", "null"]},
        "program": _TEXT,
        "method": {**_TEXT, "description": "direct: by an identifier; fuzzy: by the matcher; manual: by a person"},
        "confidence": {"type": "number", "description": "Probability that both are one site, as the machine has it"},
    },
}
_MEASURED = {
    "type": "object",
    "required": ["source", "parameter", "samples", "first_date", "last_date"],
    "properties": {
        "source": {**_TEXT, "enum": ["esmr", "smarts"]},
        "parameter": {"type": ["string", "null"]},
        "samples": _NUMBER,
        "first_date": _DATE_OR_NULL,
        "last_date": _DATE_OR_NULL,
    },
}


def _part_schema(part: _Part) -> dict[str, Any]:
    return {
        "type": "object",
        "description": f"The first {part.size} of {part.listing.title.lower()} there",
        "required": ["results", "has_more", "url"],
        "properties": {
            "results": {"type": "array", "items": reference(part.listing.row_name)},
            "has_more": {"type": "boolean"},
            "url": {**_TEXT, "format": "uri", "description": "All of them"},
        },
    }


class CompleteView(AnswerView):
    """One facility with everything about it."""

    operation = "facility_complete"
    title = "One facility with everything about it"
    tag = "Facilities"
    families = tuple(Family)
    datasets = tuple(dict.fromkeys(slug for part in _PARTS.values() for slug in part.listing.datasets))
    tier = Tier.HOT
    described = {
        "facility": reference(FACILITIES.row_name),
        "summary": {
            "type": ["object", "null"],
            "description": "Violations, exceedances, levels, inspections and enforcement in numbers; null just after "
            "the facility came into being",
        },
        "links": {"type": "array", "items": _LINK, "description": "How its eSMR facilities and enrollments are one"},
        **{name: _part_schema(part) for name, part in _PARTS.items()},
        "monitoring": {
            "type": "object",
            "required": ["parameters", "has_more", "urls"],
            "properties": {
                "parameters": {"type": "array", "items": _MEASURED},
                "has_more": {"type": "boolean"},
                "urls": {"type": "array", "items": {**_TEXT, "format": "uri"}, "description": "The samples"},
            },
        },
    }
    schema = AnswerSchema()

    def get_answer(self, request: Request, **path_parts: str) -> Mapping[str, Any]:
        """All parts. 404 for an id that is not there; one that was given up for another gets that one's."""
        public_id = current_id(path_parts["key"])
        look = RowQuery(FACILITIES.fields, ())
        page = read_row(FACILITIES, look, public_id, with_places=False)
        if not page.rows:
            raise Http404(f"There is no {FACILITIES.row_name} {path_parts['key'][:100]!r}.")
        number = page.numbers[0]
        measured = summarize_samples(number)
        summary = FacilitySummary.objects.filter(pk=number).first()
        return {
            "facility": page.rows[0],
            "summary": model_to_dict(summary, exclude=["facility"]) if summary else None,
            "links": load_links(number),
            **{name: _read(request, part, public_id) for name, part in _PARTS.items()},
            "monitoring": {
                "parameters": measured[:MOST_PARAMETERS],
                "has_more": len(measured) > MOST_PARAMETERS,
                "urls": [
                    _address(request, name, {"facility": public_id}) for name in ("esmr_samples", "smarts_monitoring")
                ],
            },
        }


def _read(request: Request, part: _Part, public_id: str) -> dict[str, Any]:
    asked = {"facility": public_id, "ordering": part.ordering}
    given = QueryDict(urlencode(asked | {"page_size": part.size}))
    page = read_page(part.listing, read_list_query(part.listing, given, {}, is_export=False), with_places=False)
    return {
        "results": page.rows,
        "has_more": page.next is not None,
        "url": _address(request, part.listing.name, asked),
    }


def _address(request: Request, name: str, parameters: Mapping[str, str]) -> str:
    return request.build_absolute_uri(f"{reverse(name)}?{urlencode(parameters)}")
