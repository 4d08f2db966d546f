"""Filters and fields that violations, enforcement actions and inspections have in common."""

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
from stormwater.api.filters import SOME, Filter
from stormwater.api.places import Point
from stormwater.api.row_fields import Kind, RowField, own_number

EVENT_POINT = Point("place_latitude", "place_longitude")

# Before an event's own columns.
EVENT_FIELDS = (
    own_number(),
    RowField(
        "facility_id",
        "enrollment__facility__public_id",
        Kind.TEXT,
        "Id of the canonical facility; null for an orphan, which no facility file knows",
    ),
    RowField("region", "region_id", Kind.TEXT, "Code of the region, read from the published one"),
    RowField("county", "enrollment__county__name", Kind.TEXT, "County of the enrollment"),
)
# What the record does not say itself, for the lists that are more than the records.
FACILITY_FIELDS = (
    RowField("facility_name", "enrollment__facility__name", Kind.TEXT, "Name of the canonical facility"),
    RowField("program", "enrollment__program", Kind.TEXT, "Permit program of the enrollment"),
)

EVENT_FILTERS = (
    region_filter(),
    county_filter("enrollment__county_id"),
    program_filter("enrollment__program"),
    Filter("permit_type", "Permit type as published", path="permit_type", lookups=SOME),
    Filter("city", "City of the place, in any case", condition=lambda text: Q(place_city__iexact=text)),
    wdid_filter(),
    app_id_filter(),
    facility_filter("enrollment__facility__public_id"),
    Filter(
        "place_id",
        "CIWQS place id of a facility in eSMR at the same site",
        kind=Kind.INTEGER,
        condition=lambda number: Q(enrollment__facility__esmr_facilities__place_id=number),
    ),
    flag_filter("has_esmr", "Its facility has a record in eSMR", "enrollment__facility__has_esmr"),
)
