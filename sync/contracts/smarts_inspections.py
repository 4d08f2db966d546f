"""Inspections of enrolled sites, and of sites that never filed."""

from datetime import timedelta

from stormwater.api.families import Family
from sync.contracts.base import Cadence, Column, DatasetContract, Guards, Kind, Shape
from sync.contracts.shared import PLACE_COLUMNS, SMARTS_PACKAGE

CONTRACT = DatasetContract(
    slug="smarts_inspections",
    title="SMARTS inspections",
    shape=Shape.EVENTS,
    family=Family.ENFORCEMENT,
    package=SMARTS_PACKAGE,
    resource_id="33047e47-7d44-46aa-9e0f-1a0f1b0cad66",
    file_stem="inspections",
    columns=(
        Column("WDID", field="wdid"),
        Column("APP_ID", field="app_id"),
        Column("INSPECTION_ID", field="inspection_id"),
        Column("INSPECTION_CLASSIFICATION", field="classification"),
        Column("INSPECTION_START_TIME", Kind.TIME, "start_time"),
        Column("INSPECTION_END_TIME", Kind.TIME, "end_time"),
        Column("INSPECTION_STATUS", field="status"),
        Column("INSPECTION_PURPOSE", field="purpose"),
        Column("INSPECTION_DATE", Kind.DATE, "inspection_date", past=True),
        Column("INSPECTION_CONTACT", field="contact_name", private=True),
        Column("INSPECTOR_TYPE", field="inspector_type"),
        Column("INSPECTOR_NAME", field="inspector_name"),
        Column("AGENCY_NAME", field="agency_name"),
        Column("AGENCY_INSPECTOR_NAME", field="agency_inspector_name"),
        Column("FOLLOW_UP_ACTION", field="follow_up_action"),
        Column("GENERAL_NOTES", field="general_notes"),
        Column("VIRTUAL_INSPECTION", Kind.FLAG, "is_virtual"),
        Column("COUNT_OF_VIOLATIONS", Kind.INTEGER, "violation_count"),
        Column("FINAL_INSP_RPT_UPLOAD_DATE", Kind.DATE, "report_upload_date", optional=True, past=True),
        Column("PERMIT_TYPE", field="permit_type"),
        Column("REGIONAL_BOARD", field="region_published", aliases=("REGION", "REGION_BOARD")),
        *PLACE_COLUMNS,
    ),
    key=("INSPECTION_ID",),
    required=(("INSPECTION_ID",),),
    target="enforcement.Inspection",
    guards=Guards(min_rows=20_000),
    cadence=Cadence(sync_every=timedelta(days=1), stale_after=timedelta(days=10)),
    after=("smarts_industrial_facilities", "smarts_construction_facilities"),
)
