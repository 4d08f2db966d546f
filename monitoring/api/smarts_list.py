"""`/api/smarts/monitoring`: results of stormwater samples, industrial and construction."""

from facilities.api.shared_filters import app_id_filter, county_filter, facility_filter, region_filter, wdid_filter
from monitoring.api.sample_parts import MEASURED, SAMPLE_FILTERS, SAMPLES_DESCRIPTION
from monitoring.models import SmartsLocation, SmartsReport, SmartsSample
from monitoring.selectors import list_smarts_samples, of_enrollment, of_report, of_resource, of_wdid
from stormwater.api.caching import Tier
from stormwater.api.families import Family
from stormwater.api.filters import RANGE, SOME, Filter, Narrowing
from stormwater.api.keyset import by_date
from stormwater.api.listing import Listing
from stormwater.api.row_fields import PROVENANCE, Kind, RowField, own_number, public_fields

SMARTS_MONITORING = Listing(
    name="smarts_monitoring",
    row_name="SmartsSample",
    path="smarts/monitoring",
    tag="SMARTS records",
    title="Stormwater monitoring results",
    description="Results with their report and outfall, every published column but personal data. "
    f"{SAMPLES_DESCRIPTION}",
    rows=list_smarts_samples,
    families=frozenset({Family.MONITORING, Family.FACILITIES}),
    datasets=("smarts_industrial_monitoring", "smarts_construction_monitoring"),
    tier=Tier.UNCACHED,
    is_large=True,
    is_counted_by_ledger=True,
    key="id",
    key_converter="int",
    fields=(
        own_number("Our own number of the row; a corrected row is another one"),
        RowField("dataset", "resource__dataset_id", Kind.TEXT, "Slug of the dataset", is_nullable=False),
        RowField("facility_id", "enrollment__facility__public_id", Kind.TEXT, "Id of the canonical facility"),
        *public_fields(
            SmartsReport,
            path="report__",
            leave_out=("line",),
            rename={"certified_at": "report_certified_at"},
        ),
        RowField("location_id", "location_id", Kind.INTEGER, "Our own number of the outfall", is_nullable=False),
        *public_fields(
            SmartsLocation,
            path="location__",
            leave_out=("line", "app_id", "wdid"),
            rename={
                "name": "location_name",
                "description": "location_description",
                "latitude": "location_latitude",
                "longitude": "location_longitude",
            },
        ),
        *MEASURED,
        *public_fields(SmartsSample),
        *PROVENANCE,
    ),
    filters=(
        wdid_filter(narrows=Narrowing.TO_FEW).with_condition(of_wdid),
        app_id_filter(narrows=Narrowing.TO_FEW).with_condition(lambda text: of_report(app_id=text)),
        facility_filter("", narrows=Narrowing.TO_FEW).with_condition(
            lambda text: of_enrollment(facility__public_id=text)
        ),
        Filter("report_id", "REPORT_ID", condition=lambda text: of_report(report_id=text), narrows=Narrowing.TO_FEW),
        *SAMPLE_FILTERS,
        Filter(
            "program",
            "Permit program, by the file that the row is in",
            choices=("industrial", "construction"),
            condition=lambda program: of_resource(f"smarts_{program}_monitoring"),
            walks=True,
        ),
        Filter("sample_date", "Day of the sample", "sample_date", Kind.DATE, RANGE),
        Filter("reporting_year", "Reporting year as published", "report__reporting_year", Kind.INTEGER, RANGE),
        Filter("event_type", "Type of the event as published", path="report__event_type", lookups=SOME),
        Filter("location_type", "Type of the outfall as published", path="location__location_type", lookups=SOME),
        Filter("location_id", "Our own number of the outfall", "location_id", Kind.INTEGER),
        region_filter("enrollment__region_id"),
        county_filter("enrollment__county_id"),
        Filter(
            "place_id",
            "CIWQS place id of a facility in eSMR at the same site",
            kind=Kind.INTEGER,
            narrows=Narrowing.TO_FEW,
            condition=lambda number: of_enrollment(facility__esmr_facilities__place_id=number),
        ),
    ),
    orderings=(by_date("sample_date"),),
)
