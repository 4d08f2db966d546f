"""`/api/violations/stats`: the unified list in numbers."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from rest_framework.request import Request

from stormwater.api.caching import Tier
from stormwater.api.openapi import AnswerSchema
from stormwater.api.views import AnswerView
from violations.api.sums import (
    COUNT,
    SCOPE_FILTERS,
    SOURCE_FILTER,
    groups_schema,
    parameters_of,
    read_conditions,
)
from violations.api.unified_list import UNIFIED_DATASETS, UNIFIED_FAMILIES
from violations.rules import unified
from violations.selectors.sums import add_up_by_each

# Name of a member -> what its numbers are by. Types and statuses are told with their source: the words of the record
# and of what was computed are never added up.
_BY = {
    "by_source": ("source",),
    "by_type": ("source", "type"),
    "by_status": ("source", "status"),
    "by_county": ("source", "county"),
    "by_region": ("source", "region"),
    "by_reporting_year": ("source", "reporting_year"),
    "by_year": ("source", "year"),
}


class ViolationStatsView(AnswerView):
    """Numbers of violations on record and computed exceedances."""

    operation = "violation_stats"
    title = "Violations on record and computed exceedances in numbers, by source, type, status, place and year"
    tag = "Violations and enforcement"
    families = tuple(UNIFIED_FAMILIES)
    datasets = UNIFIED_DATASETS
    tier = Tier.HOT
    parameters = parameters_of((SOURCE_FILTER, *SCOPE_FILTERS))
    described = {
        "findings": {**COUNT, "description": "Rows of /api/violations, records that were dismissed included"},
        "serious": COUNT,
        **{name: groups_schema(by) for name, by in _BY.items()},
    }
    schema = AnswerSchema()

    def get_answer(self, request: Request, **path_parts: str) -> Mapping[str, Any]:
        """The numbers."""
        condition = Q(source__in=unified.SOURCES)
        for part in read_conditions((SOURCE_FILTER, *SCOPE_FILTERS), request.query_params).values():
            condition &= part
        found = add_up_by_each(_BY, condition=condition)
        totals = {number: sum(row[number] for row in found["by_source"]) for number in ("findings", "serious")}
        return {**totals, **found}
