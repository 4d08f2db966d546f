"""Construction monitoring: results of stormwater samples, one row per parameter."""

from datetime import timedelta

from stormwater.api.families import Family
from sync.contracts.base import Cadence, Column, DatasetContract, Dimension, Guards, Kind, Part, Shape
from sync.contracts.shared import SMARTS_PACKAGE

CONTRACT = DatasetContract(
    slug="smarts_construction_monitoring",
    title="SMARTS construction monitoring",
    shape=Shape.SAMPLES,
    family=Family.MONITORING,
    package=SMARTS_PACKAGE,
    resource_id="0c441948-5bb9-4d50-9f3c-ca7dab256056",
    file_stem="construction_ad_hoc_reports_-_parameter_data",
    columns=(
        Column("PERMIT_TYPE", field="permit_type", part=Part.REPORT),
        Column("WDID", field="wdid", part=Part.REPORT),
        Column("APP_ID", field="app_id", part=Part.REPORT),
        Column("REPORT_YEAR", Kind.INTEGER, "reporting_year", part=Part.REPORT, aliases=("REPORTING_YEAR",)),
        Column("REPORT_ID", field="report_id", part=Part.REPORT),
        Column("EVENT_TYPE", field="event_type", part=Part.REPORT),
        Column("EVENT_START_DATE", Kind.DATE, "event_start_date", part=Part.REPORT, past=True),
        Column("EVENT_END_DATE", Kind.DATE, "event_end_date", part=Part.REPORT),
        Column("RAINFALL_AMOUNT", Kind.NUMERIC, "rainfall", part=Part.REPORT),
        Column("BUSINESS_DAYS", Kind.INTEGER, "business_days", part=Part.REPORT),
        Column("MONITORING_LOCATION_NAME", field="name", part=Part.LOCATION),
        Column("MONITORING_LOCATION_TYPE", field="location_type", part=Part.LOCATION),
        Column(
            "MONITOR_LOCATION_DESCRIPTION",
            field="description",
            part=Part.LOCATION,
            aliases=("MONITORING_LOCATION_DESCRIPTION",),
        ),
        Column("MONITORING_LATITUDE", Kind.LATITUDE, "latitude", part=Part.LOCATION),
        Column("MONITORING_LONGITUDE", Kind.LONGITUDE, "longitude", part=Part.LOCATION),
        Column("SAMPLE_ID", field="sample_code", part=Part.SAMPLING),
        Column("SAMPLE_DATE", Kind.DATE, "sample_date", part=Part.SAMPLING, past=True),
        Column("SAMPLE_TIME", Kind.TIME, "sample_time", part=Part.SAMPLING),
        Column("PERCENT_OF_TOTAL_DISCHARGE", Kind.NUMERIC, "discharge_percent", part=Part.SAMPLING),
        Column("QSP", field="qsp_name", part=Part.SAMPLING, private=True),
        Column("PARAMETER", field="name", part=Part.PARAMETER),
        Column("RESULT_QUALIFIER", field="qualifier"),
        Column("RESULT", Kind.NUMERIC, "result"),
        Column("UNITS", field="name", part=Part.UNIT),
        Column("ANALYTICAL_METHOD", field="code", part=Part.METHOD),
        Column("MDL", Kind.NUMERIC, "mdl"),
        Column("RL", Kind.NUMERIC, "rl"),
        Column("ANALYZED_BY", field="analyzed_by", private=True),
        Column("CERTIFIER_NAME", field="certifier_name", part=Part.REPORT, private=True),
        Column("CERTIFIED_DATE", Kind.ORACLE_TIMESTAMP, "certified_at", part=Part.REPORT, past=True),
    ),
    key=(),
    required=(("APP_ID", "WDID"), ("PARAMETER",)),
    target="monitoring.SmartsSample",
    program="construction",
    dimensions=(
        Dimension(Part.REPORT, "monitoring.SmartsReport", "report"),
        Dimension(Part.LOCATION, "monitoring.SmartsLocation", "location", also=("APP_ID", "WDID")),
        Dimension(Part.PARAMETER, "monitoring.Parameter", "parameter", is_small=True),
        Dimension(Part.METHOD, "monitoring.Method", "method", is_small=True),
        Dimension(Part.UNIT, "monitoring.Unit", "unit", is_small=True),
    ),
    guards=Guards(min_rows=1_000_000),
    cadence=Cadence(sync_every=timedelta(days=7), stale_after=timedelta(days=21)),
    after=("smarts_industrial_facilities", "smarts_construction_facilities"),
)
