"""eSMR: results (`/api/esmr/samples`), monitoring locations, parameters."""

from facilities.api.shared_filters import facility_filter, region_filter
from monitoring.api.sample_parts import MEASURED, SAMPLE_FILTERS, SAMPLES_DESCRIPTION
from monitoring.models import EsmrLocation, EsmrReport, EsmrSample
from monitoring.selectors import (
    list_esmr_locations,
    list_esmr_parameters,
    list_esmr_samples,
    of_esmr_facility,
    of_esmr_location,
    of_resource,
    search_parameters,
)
from stormwater.api.caching import Tier
from stormwater.api.families import Family
from stormwater.api.filters import RANGE, SOME, Filter, Narrowing
from stormwater.api.keyset import BY_NUMBER, by_date, by_text
from stormwater.api.listing import Listing, Search
from stormwater.api.places import Point
from stormwater.api.row_fields import PROVENANCE, Kind, RowField, own_number, public_fields

_LOCATION_NAMES = {
    "name": "location",
    "description": "location_description",
    "latitude": "location_latitude",
    "longitude": "location_longitude",
}

ESMR_SAMPLES = Listing(
    name="esmr_samples",
    row_name="EsmrSample",
    path="esmr/samples",
    tag="eSMR records",
    title="Self-monitoring results",
    description="Results with their report and location. A row is either an analytical result (method) or a value "
    f"that the discharger calculated (calculated_method): never mix them. {SAMPLES_DESCRIPTION}",
    rows=list_esmr_samples,
    families=frozenset({Family.MONITORING, Family.FACILITIES}),
    datasets=("esmr",),
    tier=Tier.UNCACHED,
    is_large=True,
    is_counted_by_ledger=True,
    key="id",
    key_converter="int",
    fields=(
        own_number("Our own number of the row; a corrected row is another one"),
        RowField("sampling_year", "resource__sampling_year", Kind.INTEGER, "Sampling year of the file"),
        RowField("facility_id", "esmr_facility__facility__public_id", Kind.TEXT, "Id of the canonical facility"),
        RowField("place_id", "esmr_facility__place_id", Kind.INTEGER, "CIWQS place id", is_nullable=False),
        RowField("region", "esmr_facility__region_id", Kind.TEXT, "Code of the facility's region"),
        *public_fields(EsmrReport, path="report__", leave_out=("line",)),
        RowField("location_id", "location_id", Kind.INTEGER, "Our own number of the location", is_nullable=False),
        *public_fields(EsmrLocation, path="location__", leave_out=("line",), rename=_LOCATION_NAMES),
        *MEASURED,
        RowField("method", "method__name", Kind.TEXT, "Analytical method as published"),
        *public_fields(EsmrSample),
        *PROVENANCE,
    ),
    filters=(
        Filter(
            "place_id",
            "CIWQS place id of the facility",
            kind=Kind.INTEGER,
            condition=lambda number: of_esmr_facility(place_id=number),
            narrows=Narrowing.TO_FEW,
        ),
        facility_filter("", narrows=Narrowing.TO_FEW).with_condition(
            lambda text: of_esmr_facility(facility__public_id=text)
        ),
        Filter(
            "location_place_id",
            "Place id of the location",
            kind=Kind.INTEGER,
            condition=lambda number: of_esmr_location(location_place_id=number),
            narrows=Narrowing.TO_FEW,
        ),
        Filter("location_id", "Our own number of the location", "location_id", Kind.INTEGER, narrows=Narrowing.TO_FEW),
        *SAMPLE_FILTERS,
        Filter(
            "sampling_year",
            "Sampling year of the file",
            kind=Kind.INTEGER,
            condition=lambda year: of_resource(f"esmr:{year}"),
            walks=True,
        ),
        Filter("sampling_date", "Day of the sample", "sampling_date", Kind.DATE, RANGE),
        Filter("location_type", "Type of the location as published", path="location__location_type", lookups=SOME),
        Filter("calculated_method", "What was calculated, as published", path="calculated_method", lookups=SOME),
        region_filter("esmr_facility__region_id"),
    ),
    orderings=(by_date("sampling_date"),),
)

ESMR_LOCATIONS = Listing(
    name="esmr_locations",
    row_name="EsmrLocation",
    path="esmr/locations",
    tag="eSMR records",
    title="Monitoring locations in eSMR",
    description="Locations as described with their samples; one whose description has changed has several rows. A "
    "location can lie kilometres from the plant's gate.",
    rows=list_esmr_locations,
    families=frozenset({Family.MONITORING, Family.FACILITIES}),
    datasets=("esmr",),
    key="id",
    key_converter="int",
    point=Point("latitude", "longitude"),
    fields=(
        own_number(),
        RowField("facility_id", "esmr_facility__facility__public_id", Kind.TEXT, "Id of the canonical facility"),
        RowField("place_id", "esmr_facility__place_id", Kind.INTEGER, "CIWQS place id", is_nullable=False),
        RowField("region", "esmr_facility__region_id", Kind.TEXT, "Code of the facility's region"),
        *public_fields(EsmrLocation),
        *PROVENANCE,
    ),
    filters=(
        region_filter("esmr_facility__region_id"),
        Filter("place_id", "CIWQS place id of the facility", "esmr_facility__place_id", Kind.INTEGER, SOME),
        facility_filter("esmr_facility__facility__public_id"),
        Filter("location_place_id", "Place id of the location", "location_place_id", Kind.INTEGER, SOME),
        Filter("location_type", "Type as published, such as Effluent Monitoring", path="location_type", lookups=SOME),
    ),
    orderings=(BY_NUMBER,),
)

ESMR_PARAMETERS = Listing(
    name="esmr_parameters",
    row_name="EsmrParameter",
    path="esmr/parameters",
    tag="eSMR records",
    title="Parameters in eSMR",
    description="Parameters of which eSMR has results, exactly as published: the spellings that filters take.",
    rows=list_esmr_parameters,
    families=frozenset({Family.MONITORING}),
    datasets=("esmr",),
    tier=Tier.WARM,
    fields=(own_number(), RowField("name", "name", Kind.TEXT, "Name as published", is_nullable=False)),
    filters=(Filter("name", "Name exactly as published", path="name"),),
    orderings=(by_text("name"), BY_NUMBER),
    search=Search("Words in the name", search_parameters),
)
