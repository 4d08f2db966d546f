"""`/api/smarts/violations`: violations on the regulatory record."""

from facilities.api.event_filters import EVENT_FIELDS, EVENT_FILTERS, EVENT_POINT
from facilities.api.shared_filters import flag_filter
from stormwater.api.families import Family
from stormwater.api.filters import RANGE, SOME, Filter
from stormwater.api.keyset import BY_NUMBER, by_date
from stormwater.api.listing import Include, Listing, Search
from stormwater.api.row_fields import PROVENANCE, Kind, public_fields
from violations.models import RegulatoryViolation
from violations.selectors.regulatory import list_regulatory_violations, load_inspections, search_violations

SMARTS_VIOLATIONS = Listing(
    name="smarts_violations",
    row_name="SmartsViolation",
    path="smarts/violations",
    tag="SMARTS records",
    title="Violations on the regulatory record",
    description="Violations that the Water Boards recorded. Status `Violation` says that the record needs no further "
    "work, not that the violation is open; `Potential` ones are not confirmed. Place columns show the facility as it "
    "is today, not at the time.",
    rows=list_regulatory_violations,
    families=frozenset({Family.VIOLATIONS, Family.FACILITIES, Family.ENFORCEMENT}),
    datasets=("smarts_violations",),
    is_counted_by_ledger=True,
    key="violation_id",
    point=EVENT_POINT,
    fields=(*EVENT_FIELDS, *public_fields(RegulatoryViolation), *PROVENANCE),
    filters=(
        *EVENT_FILTERS,
        Filter("violation_id", "VIOLATION_ID", path="violation_id", lookups=SOME),
        Filter("status", "Status as published: Violation, Potential, Dismissed", path="status", lookups=SOME),
        Filter("violation_type", "Type as published", path="violation_type", lookups=SOME),
        Filter("priority", "Priority as published: 1 is major, 3 minor", path="priority", lookups=SOME),
        Filter("violation_source", "How it was found, as published", path="violation_source", lookups=SOME),
        Filter("violation_source_id", "Id of the inspection or other source", path="violation_source_id"),
        flag_filter("is_serious", "Marked as serious"),
        flag_filter("is_exempt_from_mmp", "Exempt from mandatory minimum penalties"),
        Filter("occurrence_date", "Day it occurred", "occurrence_date", Kind.DATE, RANGE),
        Filter("discovery_date", "Day it was discovered", "discovery_date", Kind.DATE, RANGE),
    ),
    orderings=(BY_NUMBER, by_date("occurrence_date"), by_date("discovery_date")),
    search=Search("Words in description and memo, with quotes, OR and minus as in web searches", search_violations),
    includes=(Include("inspection", "the inspection that found it", {"type": ["object", "null"]}, load_inspections),),
)
