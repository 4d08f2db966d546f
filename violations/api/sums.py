"""Parameters of answers that add up findings, and the sums: from the kept numbers, never from the records."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db.models import Q
from django.http import QueryDict
from django_filters import FilterSet

from facilities.api.shared_filters import county_filter, region_filter
from stormwater.api.filters import Filter, build_filterset, read_filters
from stormwater.api.openapi import Parameter
from stormwater.api.problems import wrong_parameters
from stormwater.api.row_fields import Kind
from violations.selectors.unified import of_source

SOURCE_FILTER = Filter(
    "source",
    "all; esmr or smarts: of that system; or one of the sources",
    choices=("all", "esmr", "smarts", "ESMR_COMPUTED", "SMARTS_COMPUTED", "SMARTS_REGULATORY"),
    condition=of_source,
)
# Numbers are kept by month, so that a day stands for its month.
SCOPE_FILTERS = (
    county_filter(),
    region_filter(),
    Filter(
        "date_from",
        "From the month of this day on; what has no date is left out",
        kind=Kind.DATE,
        condition=lambda day: Q(month__gte=day.replace(day=1)),
    ),
    Filter(
        "date_to",
        "To the month of this day, all of it; what has no date is left out",
        kind=Kind.DATE,
        condition=lambda day: Q(month__lte=day.replace(day=1)),
    ),
)

COUNT = {"type": "integer"}
TEXT_OR_NULL = {"type": ["string", "null"]}
GROUP_SCHEMA = {
    "source": {"type": "string"},
    "type": TEXT_OR_NULL,
    "status": TEXT_OR_NULL,
    "county": TEXT_OR_NULL,
    "region": TEXT_OR_NULL,
    "reporting_year": {"type": ["integer", "null"]},
    "year": {"type": ["integer", "null"]},
    "month": {"type": ["integer", "null"]},
}


def parameters_of(filters: Sequence[Filter]) -> tuple[Parameter, ...]:
    """The filters as parameters of an answer."""
    return tuple(
        Parameter(name, declared.schema(lookup), f"{declared.description}. {lookup.words}".replace(". equal to", ""))
        for declared in filters
        for name, lookup in declared.parameters.items()
    )


def read_conditions(filters: Sequence[Filter], given: QueryDict) -> dict[str, Q]:
    """The condition of each filter that is given, by its parameter. Raises a 400 that names each wrong one."""
    known = {name for declared in filters for name in declared.parameters}
    values = {name: str(given[name]) for name in given if name in known}
    conditions, errors = read_filters(_filterset(tuple(filters)), values)
    if errors:
        raise wrong_parameters(errors)
    return conditions


@cache
def _filterset(filters: tuple[Filter, ...]) -> type[FilterSet]:
    return build_filterset(filters)


def groups_schema(by: Sequence[str]) -> dict[str, Any]:
    """Numbers of findings by some groupings, as the OpenAPI document has them."""
    properties = {name: GROUP_SCHEMA[name] for name in by} | {"findings": COUNT, "serious": COUNT}
    return {"type": "array", "items": {"type": "object", "required": list(properties), "properties": properties}}
