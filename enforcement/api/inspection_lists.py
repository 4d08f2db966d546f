"""Inspections: the records (`/api/smarts/inspections`), and with what they found (`/api/inspections`)."""

from dataclasses import replace

from enforcement.models import Inspection
from enforcement.selectors import (
    list_inspections,
    load_violations,
    search_inspections,
    violation_ids_of_inspection,
)
from facilities.api.event_filters import EVENT_FIELDS, EVENT_FILTERS, EVENT_POINT, FACILITY_FIELDS
from facilities.api.shared_filters import flag_filter
from stormwater.api.families import Family
from stormwater.api.filters import OPEN_RANGE, RANGE, SOME, Filter
from stormwater.api.keyset import BY_NUMBER, by_date
from stormwater.api.listing import Include, Listing, Search
from stormwater.api.row_fields import PROVENANCE, Kind, RowField, public_fields

SMARTS_INSPECTIONS = Listing(
    name="smarts_inspections",
    row_name="SmartsInspection",
    path="smarts/inspections",
    tag="SMARTS records",
    title="Inspections as published",
    description="Visits to sites. Place columns show the facility as it is today, not at the time.",
    rows=list_inspections,
    families=frozenset({Family.ENFORCEMENT, Family.FACILITIES}),
    datasets=("smarts_inspections",),
    is_counted_by_ledger=True,
    key="inspection_id",
    point=EVENT_POINT,
    fields=(*EVENT_FIELDS, *public_fields(Inspection), *PROVENANCE),
    filters=(
        *EVENT_FILTERS,
        Filter("inspection_id", "INSPECTION_ID", path="inspection_id", lookups=SOME),
        Filter("purpose", "Purpose as published", path="purpose", lookups=SOME),
        Filter("status", "Status as published", path="status", lookups=SOME),
        Filter("classification", "Classification as published", path="classification", lookups=SOME),
        Filter("agency_name", "Agency as published", path="agency_name", lookups=SOME),
        flag_filter("is_virtual", "Made without a visit"),
        Filter("violation_count", "Violations by the source's count", "violation_count", Kind.INTEGER, OPEN_RANGE),
        Filter("inspection_date", "Day of the inspection", "inspection_date", Kind.DATE, RANGE),
    ),
    orderings=(BY_NUMBER, by_date("inspection_date")),
    search=Search(
        "Words in notes and follow-up action, with quotes, OR and minus as in web searches", search_inspections
    ),
)

INSPECTIONS = replace(
    SMARTS_INSPECTIONS,
    name="inspections",
    row_name="Inspection",
    path="inspections",
    tag="Violations, enforcement, inspections",
    title="Inspections with their facilities and violations",
    description="Inspections, each with the ids of the violations that name it as their source: the only exact link "
    "in the data.",
    families=SMARTS_INSPECTIONS.families | {Family.VIOLATIONS},
    datasets=("smarts_inspections", "smarts_violations"),
    is_counted_by_ledger=False,  # the ledger would add the violations
    fields=(
        *EVENT_FIELDS,
        *FACILITY_FIELDS,
        RowField(
            "violation_ids",
            violation_ids_of_inspection(),
            Kind.TEXTS,
            "VIOLATION_IDs of the violations that it found",
            is_nullable=False,
        ),
        *public_fields(Inspection),
        *PROVENANCE,
    ),
    includes=(
        Include(
            "violations",
            "the violations that it found, in few words",
            {"type": "array", "items": {"type": "object"}},
            load_violations,
            (),
        ),
    ),
)
