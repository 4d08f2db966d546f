"""Enforcement actions: the records (`/api/smarts/enforcement`), and with their facility (`/api/enforcement`)."""

from dataclasses import replace

from enforcement.models import EnforcementAction
from enforcement.selectors import list_enforcement_actions, search_enforcement_actions
from facilities.api.event_filters import EVENT_FIELDS, EVENT_FILTERS, EVENT_POINT, FACILITY_FIELDS
from stormwater.api.families import Family
from stormwater.api.filters import OPEN_RANGE, RANGE, SOME, Filter
from stormwater.api.keyset import BY_NUMBER, by_date
from stormwater.api.listing import Listing, Search
from stormwater.api.row_fields import PROVENANCE, Kind, public_fields

SMARTS_ENFORCEMENT = Listing(
    name="smarts_enforcement",
    row_name="SmartsEnforcementAction",
    path="smarts/enforcement",
    tag="SMARTS records",
    title="Enforcement actions as published",
    description="Letters, notices, orders and penalties. The source does not say which violations an action is about. "
    "Status `Active` means that duties are open, `Historical` that they are fulfilled.",
    rows=list_enforcement_actions,
    families=frozenset({Family.ENFORCEMENT, Family.FACILITIES}),
    datasets=("smarts_enforcement_actions",),
    is_counted_by_ledger=True,
    key="enforcement_id",
    point=EVENT_POINT,
    fields=(*EVENT_FIELDS, *public_fields(EnforcementAction), *PROVENANCE),
    filters=(
        *EVENT_FILTERS,
        Filter("enforcement_id", "ENFORCEMENT_ID", path="enforcement_id", lookups=SOME),
        Filter("enforcement_type", "Type as published", path="enforcement_type", lookups=SOME),
        Filter("status", "Status as published: Active, Historical, Draft", path="status", lookups=SOME),
        Filter("order_number", "Number of the order", path="order_number"),
        Filter("issuance_date", "Day it was issued", "issuance_date", Kind.DATE, RANGE),
        Filter("due_date", "Day by which something is due", "due_date", Kind.DATE, RANGE),
        Filter("total_assessment", "Total assessment, US dollars", "total_assessment", Kind.NUMBER, OPEN_RANGE),
        Filter("balance_due", "Balance due, US dollars", "balance_due", Kind.NUMBER, OPEN_RANGE),
    ),
    orderings=(BY_NUMBER, by_date("issuance_date")),
    search=Search(
        "Words in description and corrective action, with quotes, OR and minus as in web searches",
        search_enforcement_actions,
    ),
)

ENFORCEMENT = replace(
    SMARTS_ENFORCEMENT,
    name="enforcement",
    row_name="EnforcementAction",
    path="enforcement",
    tag="Violations, enforcement, inspections",
    title="Enforcement actions with their facilities",
    fields=(*EVENT_FIELDS, *FACILITY_FIELDS, *public_fields(EnforcementAction), *PROVENANCE),
)
