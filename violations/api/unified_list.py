"""`/api/violations`: violations on record and computed exceedances in one list."""

from facilities.api.shared_filters import county_filter, flag_filter, region_filter, wdid_filter
from stormwater.api.families import Family
from stormwater.api.filters import RANGE, SOME, Filter
from stormwater.api.keyset import BY_NUMBER, by_date
from stormwater.api.listing import Include, Listing
from stormwater.api.row_fields import Kind, RowField
from violations.api.finding_parts import FINDING_DATASETS, NOT_A_VIOLATION, pollutant_filter, year_filter
from violations.rules import unified
from violations.selectors.unified import (
    about_pollutant,
    at_facility,
    list_unified_findings,
    load_duplicates,
    of_app_id,
    of_duplicates,
    of_place_id,
    of_source,
    overlaps_period,
)

UNIFIED_FAMILIES = frozenset({Family.VIOLATIONS, Family.FACILITIES})
UNIFIED_DATASETS = ("smarts_violations", *FINDING_DATASETS)

VIOLATIONS = Listing(
    name="violations",
    row_name="Violation",
    path="violations",
    tag="Violations and enforcement",
    title="Violations on record and computed exceedances",
    description="What the Water Boards recorded (source `SMARTS_REGULATORY`) and what was computed from published "
    "samples (`ESMR_COMPUTED`, `SMARTS_COMPUTED`), in one order, each with its source. "
    f"{NOT_A_VIOLATION} So the two have statuses of their own. Rows of one `duplicate_group` are probably one event; "
    "`is_group_lead=true` gives each event once. Nothing is left out for it: records that the Water Boards dismissed "
    "and exceedances that staff dismissed are here, marked.",
    rows=list_unified_findings,
    families=UNIFIED_FAMILIES,
    datasets=UNIFIED_DATASETS,
    key="id",
    fields=(
        RowField(
            "id",
            "public_id",
            Kind.TEXT,
            "Stable id: that of the exceedance, or smarts- and VIOLATION_ID",
            is_nullable=False,
        ),
        RowField("source", "source", Kind.TEXT, "Who says so", is_nullable=False),
        RowField("facility_id", "facility__public_id", Kind.TEXT, "Id of the canonical facility; null for an orphan"),
        RowField("facility_name", "facility__name", Kind.TEXT, "Name of the canonical facility"),
        RowField("wdid", "wdid", Kind.TEXT, "WDID of the record, or of the finding's enrollment"),
        RowField("app_id", "enrollment__app_id", Kind.TEXT, "APP_ID of the enrollment"),
        RowField("program", "enrollment__program", Kind.TEXT, "Permit program of the enrollment; null for a plant"),
        RowField("place_id", "esmr_facility__place_id", Kind.INTEGER, "CIWQS place id of the plant; null otherwise"),
        RowField("region", "region_id", Kind.TEXT, "Code of the Water Boards' region"),
        RowField("county", "county__name", Kind.TEXT, "County"),
        RowField("type", "type", Kind.TEXT, "Type as published; of an exceedance, its rule"),
        RowField("pollutant", "pollutant__key", Kind.TEXT, "Pollutant of an exceedance; the record names none"),
        RowField("pollutant_name", "pollutant__name", Kind.TEXT, "Its name for people"),
        RowField(
            "status",
            "status",
            Kind.TEXT,
            f"Status as published; of an exceedance, `{unified.STANDS}` or `{unified.DISMISSED}` (by staff)",
        ),
        RowField(
            "event_date",
            "event_date",
            Kind.DATE,
            "Day it occurred; of an exceedance the last day of its period, or of its latest result in an open year",
        ),
        RowField("period_start", "period_start", Kind.DATE, "First day of what it is about"),
        RowField("period_end", "period_end", Kind.DATE, "Last day of what it is about"),
        RowField("discovery_date", "discovery_date", Kind.DATE, "Day it was discovered, as published"),
        RowField("reporting_year", "reporting_year", Kind.INTEGER, "July to June, by its first year"),
        RowField("priority", "priority", Kind.TEXT, "Priority as published; none of an exceedance"),
        RowField(
            "is_serious",
            "is_serious",
            Kind.FLAG,
            "Marked as serious, as published; of a loaded permit limit by Water Code 13385(h)",
        ),
        RowField("is_provisional", "is_provisional", Kind.FLAG, "Of an exceedance: its year is open; null of a record"),
        RowField("permit", "permit", Kind.TEXT, "Permit type as published; of an exceedance the order of its limit"),
        RowField("duplicate_group", "duplicate_group", Kind.TEXT, "Rows of one group are probably one event"),
        RowField(
            "is_confirmed_duplicate",
            "is_confirmed_duplicate",
            Kind.FLAG,
            "Staff confirmed it; false: probable; null: in no group",
        ),
        RowField("is_group_lead", "is_group_lead", Kind.FLAG, "Stands for its event", is_nullable=False),
    ),
    filters=(
        Filter(
            "source",
            "all; esmr or smarts: of that system; or one of the sources",
            choices=("all", "esmr", "smarts", *unified.SOURCES),
            condition=of_source,
        ),
        Filter("facility", "Facility by its public id, such as fac-a400001", condition=at_facility),
        wdid_filter(),
        Filter("app_id", "APP_ID of the enrollment, as published", condition=of_app_id),
        Filter("place_id", "CIWQS place id of the plant", kind=Kind.INTEGER, condition=of_place_id),
        county_filter(),
        region_filter(),
        Filter("type", "Type as published, or rule", path="type", lookups=SOME),
        pollutant_filter().with_condition(about_pollutant),
        Filter(
            "status",
            f"Violation, Potential or Dismissed; of an exceedance {unified.STANDS} or {unified.DISMISSED}",
            path="status",
            lookups=SOME,
        ),
        Filter("priority", "Priority as published", path="priority", lookups=SOME),
        Filter("permit", "Permit type as published, or order", path="permit", lookups=SOME),
        year_filter(),
        Filter("event_date", "Day it occurred, or ended", "event_date", Kind.DATE, RANGE),
        Filter(
            "period_from",
            "What it is about lies on or after this day, at least in part",
            kind=Kind.DATE,
            condition=lambda day: overlaps_period(first=day),
        ),
        Filter(
            "period_to",
            "What it is about lies on or before this day, at least in part",
            kind=Kind.DATE,
            condition=lambda day: overlaps_period(last=day),
        ),
        flag_filter("is_serious", "Marked as serious"),
        flag_filter("is_provisional", "Of an exceedance: its year is open"),
        flag_filter("is_group_lead", "Each event once: the row that stands for its group, or is in none"),
        flag_filter("is_confirmed_duplicate", "Staff confirmed that it is one event with another row").with_condition(
            of_duplicates
        ),
        Filter("duplicate_group", "Rows of this group", path="duplicate_group"),
    ),
    orderings=(BY_NUMBER, by_date("event_date")),
    includes=(
        Include(
            "duplicates",
            "ids of the other rows of its group",
            {"type": "array", "items": {"type": "string"}},
            load_duplicates,
            (),
        ),
    ),
)
