"""What the two systems' own records of facilities say: `/api/smarts/facilities`, `/api/esmr/facilities`, regions."""

from django.db.models import Q

from facilities.api.shared_filters import (
    app_id_filter,
    county_filter,
    facility_filter,
    flag_filter,
    program_filter,
    region_filter,
    wdid_filter,
)
from facilities.models import ConstructionDetail, EsmrFacility, IndustrialDetail, SmartsEnrollment
from facilities.selectors.public import (
    count_of_esmr_facilities,
    list_enrollments,
    list_esmr_facilities,
    list_esmr_regions,
    load_superseded_certifications,
    said_by_crosswalk,
    search_enrollments,
    search_esmr_facilities,
    with_npdes_number,
)
from stormwater.api.caching import Tier
from stormwater.api.families import Family
from stormwater.api.filters import RANGE, SOME, Filter
from stormwater.api.keyset import BY_NUMBER, by_date, by_integer, by_text
from stormwater.api.listing import Include, Listing, Search
from stormwater.api.places import Point
from stormwater.api.row_fields import PROVENANCE, Kind, RowField, own_number, public_fields

SMARTS_FACILITIES = Listing(
    name="smarts_facilities",
    row_name="SmartsFacility",
    path="smarts/facilities",
    tag="SMARTS records",
    title="Enrollments in SMARTS",
    description="Enrollments in the industrial and the construction permit, with every published column but personal "
    "contact data. Columns of the one permit's file are null for the other's. Values are those of the current "
    "certification.",
    rows=list_enrollments,
    families=frozenset({Family.FACILITIES}),
    datasets=("smarts_industrial_facilities", "smarts_construction_facilities"),
    is_counted_by_ledger=True,
    key="id",
    key_converter="int",
    point=Point("latitude", "longitude"),
    fields=(
        own_number(),
        RowField("facility_id", "facility__public_id", Kind.TEXT, "Id of the canonical facility"),
        RowField("region", "region_id", Kind.TEXT, "Code of the region, read from the published one"),
        RowField("county", "county__name", Kind.TEXT, "County, read from the published ones"),
        *public_fields(SmartsEnrollment),
        *public_fields(IndustrialDetail, path="industrial_detail__", is_optional=True),
        *public_fields(ConstructionDetail, path="construction_detail__", is_optional=True),
        *PROVENANCE,
    ),
    filters=(
        program_filter("program"),
        Filter("status", "Status as published: Active, Terminated", path="status", lookups=SOME),
        Filter("permit_type", "Permit type as published", path="permit_type", lookups=SOME),
        region_filter(),
        county_filter(),
        Filter("city", "City of the site, in any case", condition=lambda text: Q(site_city__iexact=text)),
        wdid_filter(),
        app_id_filter(),
        facility_filter("facility__public_id"),
        Filter("primary_sic", "Primary SIC code (industrial)", path="industrial_detail__primary_sic", lookups=SOME),
        Filter("combined_risk", "Combined risk as published (construction)", path="construction_detail__combined_risk"),
        Filter("noi_processed_date", "Day the notice of intent was processed", "noi_processed_date", Kind.DATE, RANGE),
        flag_filter("has_esmr", "Its facility has a record in eSMR", "facility__has_esmr"),
    ),
    orderings=(BY_NUMBER, by_text("site_name"), by_date("noi_processed_date")),
    search=Search(
        "Words in site name, operator, address, city, WDID (with or without its space) or APP_ID", search_enrollments
    ),
    includes=(
        Include(
            "superseded_certifications",
            "earlier certifications of the same WDID and APP_ID, where they say something else",
            {"type": "array", "items": {"type": "object"}},
            load_superseded_certifications,
            (),
        ),
    ),
)

ESMR_FACILITIES = Listing(
    name="esmr_facilities",
    row_name="EsmrFacility",
    path="esmr/facilities",
    tag="eSMR records",
    title="Facilities in eSMR",
    description="Facilities of the self-monitoring results. The files give them a name and a region; coordinates are "
    "those of their monitoring locations.",
    rows=list_esmr_facilities,
    families=frozenset({Family.FACILITIES}),
    datasets=("esmr",),
    key="place_id",
    key_converter="int",
    point=Point("latitude", "longitude"),
    fields=(
        own_number(),
        RowField("facility_id", "facility__public_id", Kind.TEXT, "Id of the canonical facility"),
        RowField("region", "region_id", Kind.TEXT, "Code of the region, read from the published one"),
        *public_fields(EsmrFacility),
        RowField("agency_name", said_by_crosswalk("agency_name"), Kind.TEXT, "Agency, by the CIWQS facility list"),
        RowField("npdes_number", said_by_crosswalk("npdes_number"), Kind.TEXT, "NPDES permit number, by that list"),
        *PROVENANCE,
    ),
    filters=(
        Filter(
            "npdes_number",
            "NPDES permit number, by the CIWQS facility list",
            condition=lambda text: Q(pk__in=with_npdes_number(text).values("pk")),
        ),
        region_filter(),
        Filter("place_id", "CIWQS place id", path="place_id", kind=Kind.INTEGER, lookups=SOME),
        facility_filter("facility__public_id"),
        flag_filter("has_smarts", "Its facility has an enrollment in SMARTS", "facility__has_smarts"),
    ),
    orderings=(BY_NUMBER, by_integer("place_id"), by_text("name")),
    search=Search(
        "Words in the name, or the place id; or in name, agency, address, city or NPDES number of the "
        "CIWQS facility list",
        search_esmr_facilities,
    ),
)

ESMR_REGIONS = Listing(
    name="esmr_regions",
    row_name="EsmrRegion",
    path="esmr/regions",
    tag="eSMR records",
    title="Regions in eSMR",
    description="Regions of the Water Boards that have facilities in eSMR.",
    rows=list_esmr_regions,
    families=frozenset({Family.FACILITIES}),
    datasets=("esmr",),
    tier=Tier.WARM,
    fields=(
        RowField("code", "code", Kind.TEXT, "Code, such as 2 or 5F", is_nullable=False),
        RowField("name", "name", Kind.TEXT, "Name of region and office", is_nullable=False),
        RowField("facility_count", count_of_esmr_facilities(), Kind.INTEGER, "Facilities in eSMR", is_nullable=False),
    ),
    filters=(),
)
