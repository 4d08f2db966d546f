"""Violations: the regulatory record that the Water Boards keep of a discharger."""

from datetime import timedelta

from stormwater.api.families import Family
from sync.contracts.base import Cadence, Column, DatasetContract, Guards, Kind, Shape
from sync.contracts.shared import PLACE_COLUMNS, SMARTS_PACKAGE

CONTRACT = DatasetContract(
    slug="smarts_violations",
    title="SMARTS violations",
    shape=Shape.EVENTS,
    family=Family.VIOLATIONS,
    package=SMARTS_PACKAGE,
    resource_id="9b69a654-0c9a-4865-8d10-38c55b1b8c58",
    file_stem="violations",
    columns=(
        Column("WDID", field="wdid"),
        Column("APP_ID", field="app_id"),
        Column("VIOLATION_ID", field="violation_id"),
        Column("VIOLATION_SOURCE", field="violation_source"),
        Column("VIOLATION_SOURCE_ID", field="violation_source_id"),
        Column("VIOLATION_TYPE", field="violation_type"),
        Column("SERIOUS_VIOLATION", Kind.FLAG, "is_serious"),
        Column("VIOLATION_PRIORITY", field="priority"),
        Column("OCCURRENCE_DATE", Kind.DATE, "occurrence_date", past=True),
        Column("DISCOVERY_DATE", Kind.DATE, "discovery_date", past=True),
        Column("DETERMINED_BY", field="determined_by"),
        Column("EXEMPT_FROM_MMP", Kind.FLAG, "is_exempt_from_mmp"),
        Column("MEMO", field="memo"),
        Column("DESCRIPTION", field="description"),
        Column("VIOLATION_STATUS", field="status"),
        Column("LINKED_ENFORCEMENT_ACTION", field="linked_enforcement_action"),
        Column("PERMIT_TYPE", field="permit_type"),
        Column("REGIONAL_BOARD", field="region_published", aliases=("REGION", "REGION_BOARD")),
        *PLACE_COLUMNS,
    ),
    key=("VIOLATION_ID",),
    required=(("VIOLATION_ID",),),
    target="violations.RegulatoryViolation",
    guards=Guards(min_rows=15_000),
    cadence=Cadence(sync_every=timedelta(days=1), stale_after=timedelta(days=10)),
    after=("smarts_industrial_facilities", "smarts_construction_facilities", "smarts_inspections"),
)
