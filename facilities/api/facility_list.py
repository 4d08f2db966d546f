"""`/api/facilities`: the canonical facilities."""

from django.db.models import Q

from facilities.api.shared_filters import county_filter, flag_filter, region_filter
from facilities.models import Program
from facilities.selectors.public import (
    count_of_enrollments,
    count_of_events,
    current_id,
    facilities_with_enrollment,
    latest_event,
    list_esmr_facilities,
    list_facilities,
    load_enrollments,
    load_esmr_facilities,
    npdes_numbers_of_facility,
    search_facilities,
    spellings_of_wdid,
    wdids_of_facility,
    with_npdes_number,
)
from stormwater.api.families import Family
from stormwater.api.filters import SOME, Filter
from stormwater.api.keyset import BY_NUMBER, by_text
from stormwater.api.listing import Include, Listing, Search
from stormwater.api.places import Point
from stormwater.api.row_fields import Kind, RowField

DATASETS = ("smarts_industrial_facilities", "smarts_construction_facilities", "esmr")
_MEMBERS = {"type": "array", "items": {"type": "object"}}

FACILITIES = Listing(
    name="facilities",
    row_name="Facility",
    path="facilities",
    tag="Facilities",
    title="Facilities",
    description="Sites, each with all that the two systems have of it. Name, place and region are those of its best "
    "record: a published enrollment before a withdrawn one, active before ended, the one certified last; an eSMR "
    "facility only where there is no enrollment.",
    rows=list_facilities,
    families=frozenset(Family),
    datasets=DATASETS,
    key="id",
    resolve_key=current_id,
    point=Point("latitude", "longitude"),
    fields=(
        RowField("id", "public_id", Kind.TEXT, "Stable id of the facility", is_nullable=False),
        RowField("name", "name", Kind.TEXT, "Name"),
        RowField("operator_name", "operator_name", Kind.TEXT, "Operator"),
        RowField("address", "address", Kind.TEXT, "Street address"),
        RowField("city", "city", Kind.TEXT, "City"),
        RowField("county", "county__name", Kind.TEXT, "County"),
        RowField("region", "region_id", Kind.TEXT, "Code of the Water Boards' region"),
        RowField("region_name", "region__name", Kind.TEXT, "Name of the region"),
        RowField("latitude", "latitude", Kind.NUMBER, "Degrees, WGS 84"),
        RowField("longitude", "longitude", Kind.NUMBER, "Degrees, WGS 84, negative in California"),
        RowField("has_esmr", "has_esmr", Kind.FLAG, "Has a record in eSMR", is_nullable=False),
        RowField("has_smarts", "has_smarts", Kind.FLAG, "Has a published enrollment in SMARTS", is_nullable=False),
        RowField("wdids", wdids_of_facility(), Kind.TEXTS, "WDIDs of its published enrollments", is_nullable=False),
        RowField(
            "npdes_numbers",
            npdes_numbers_of_facility(),
            Kind.TEXTS,
            "NPDES permit numbers of its eSMR facilities, by the CIWQS facility list, if that was loaded",
            is_nullable=False,
        ),
        RowField("enrollment_count", count_of_enrollments(), Kind.INTEGER, "Published enrollments", is_nullable=False),
        RowField(
            "violation_count",
            count_of_events("violations.RegulatoryViolation"),
            Kind.INTEGER,
            "Violations on the regulatory record, whatever their status",
            is_nullable=False,
        ),
        RowField(
            "enforcement_count",
            count_of_events("enforcement.EnforcementAction"),
            Kind.INTEGER,
            "Enforcement actions",
            is_nullable=False,
        ),
        RowField(
            "inspection_count",
            count_of_events("enforcement.Inspection"),
            Kind.INTEGER,
            "Inspections",
            is_nullable=False,
        ),
        RowField(
            "last_inspection_date",
            latest_event("enforcement.Inspection", "inspection_date"),
            Kind.DATE,
            "Date of the last inspection",
        ),
    ),
    filters=(
        region_filter(),
        county_filter(),
        Filter("city", "City, in any case", path="city", condition=lambda text: Q(city__iexact=text)),
        flag_filter("has_esmr", "Has a record in eSMR"),
        flag_filter("has_smarts", "Has a published enrollment in SMARTS"),
        Filter(
            "program",
            "Has a published enrollment in this permit program",
            choices=tuple(Program.values),
            condition=lambda program: facilities_with_enrollment(program=program),
        ),
        Filter(
            "status",
            "Has a published enrollment of this status, as published: Active, Terminated",
            lookups=SOME,
            condition=lambda status: facilities_with_enrollment(status=status),
        ),
        Filter(
            "wdid",
            "Has a published enrollment of this WDID, with or without its space",
            condition=lambda text: facilities_with_enrollment(wdid__in=spellings_of_wdid(text)),
        ),
        Filter(
            "app_id",
            "Has a published enrollment of this APP_ID",
            condition=lambda text: facilities_with_enrollment(app_id=text),
        ),
        Filter(
            "place_id",
            "Has the eSMR facility of this CIWQS place id",
            kind=Kind.INTEGER,
            condition=lambda number: Q(pk__in=list_esmr_facilities().filter(place_id=number).values("facility_id")),
        ),
        Filter(
            "npdes_number",
            "Has an eSMR facility of this NPDES permit number, by the CIWQS facility list",
            condition=lambda text: Q(pk__in=with_npdes_number(text).values("facility_id")),
        ),
    ),
    orderings=(BY_NUMBER, by_text("name")),
    search=Search(
        "Words in name, operator, address, city, WDID (with or without its space), APP_ID or place id of one of the "
        "facility's records, or in name, agency, address, city or NPDES number that the CIWQS facility list has of it; "
        "each may be a part of a word",
        search_facilities,
    ),
    includes=(
        Include("enrollments", "its published enrollments, in few words", _MEMBERS, load_enrollments, ()),
        Include("esmr_facilities", "its records in eSMR, in few words", _MEMBERS, load_esmr_facilities, ()),
    ),
)
