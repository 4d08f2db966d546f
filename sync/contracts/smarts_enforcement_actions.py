"""Enforcement actions: letters, notices, orders and penalties. The file names no violation."""

from datetime import timedelta

from stormwater.api.families import Family
from sync.contracts.base import Cadence, Column, DatasetContract, Guards, Kind, Shape
from sync.contracts.shared import PLACE_COLUMNS, SMARTS_PACKAGE

CONTRACT = DatasetContract(
    slug="smarts_enforcement_actions",
    title="SMARTS enforcement actions",
    shape=Shape.EVENTS,
    family=Family.ENFORCEMENT,
    package=SMARTS_PACKAGE,
    resource_id="9cf197f4-f1d5-4d43-b94b-ccb155ef14cf",
    file_stem="enforcement_actions",
    columns=(
        Column("WDID", field="wdid"),
        Column("APP_ID", field="app_id"),
        Column("ENFORCEMENT_ID", field="enforcement_id"),
        Column("ENFORCEMENT_TYPE", field="enforcement_type"),
        Column("ENFORCEMENT_STATUS", field="status"),
        Column("ISSUANCE_DATE", Kind.DATE, "issuance_date", past=True),
        Column("DUE_DATE", Kind.DATE, "due_date"),
        Column("DESCRIPTION", field="description"),
        Column("CORRECTIVE_ACTION", field="corrective_action"),
        Column("ORDER_NUMBER", field="order_number"),
        Column("ECONOMIC_BENEFITS", Kind.NUMERIC, "economic_benefits"),
        Column("TOTAL_MAX_LIABILITY", Kind.NUMERIC, "total_max_liability"),
        Column("STAFF_COSTS", Kind.NUMERIC, "staff_costs"),
        Column("INITIAL_ASSESSMENT", Kind.NUMERIC, "initial_assessment"),
        Column("TOTAL_ASSESSMENT", Kind.NUMERIC, "total_assessment"),
        Column("RECEIVED_AMOUNT", Kind.NUMERIC, "received_amount"),
        Column("SPENT_AMOUNT", Kind.NUMERIC, "spent_amount"),
        Column("BALANCE_DUE", Kind.NUMERIC, "balance_due"),
        Column("ACL_COMPLAINT_ISSUANCE_DATE", Kind.DATE, "acl_complaint_date"),
        Column("ADOPTION_DATE", Kind.DATE, "adoption_date"),
        Column("COMPLIANCE_DATE", Kind.DATE, "compliance_date"),
        Column("EPL_ISSUANCE_DATE", Kind.DATE, "epl_issuance_date"),
        Column("RECEIVED_DATE", Kind.DATE, "received_date", past=True),
        Column("WAIVER_RECEIVED_DATE", Kind.DATE, "waiver_received_date"),
        Column("COUNT_OF_VIOLATIONS", Kind.INTEGER, "violation_count"),
        Column("PERMIT_TYPE", field="permit_type"),
        Column("REGIONAL_BOARD", field="region_published", aliases=("REGION", "REGION_BOARD")),
        *PLACE_COLUMNS,
    ),
    key=("ENFORCEMENT_ID",),
    required=(("ENFORCEMENT_ID",),),
    target="enforcement.EnforcementAction",
    guards=Guards(min_rows=15_000),
    cadence=Cadence(sync_every=timedelta(days=1), stale_after=timedelta(days=10)),
    after=("smarts_industrial_facilities", "smarts_construction_facilities"),
)
