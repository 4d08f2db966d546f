"""Enforcement actions and inspections."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from stormwater.api.keyset import date_key
from stormwater.api.searching import WordVector
from stormwater.fields import (
    published_coordinate,
    published_date,
    published_flag,
    published_integer,
    published_numeric,
    published_text,
)
from stormwater.provenance import SourcedRecord

# What searches look through.
ENFORCEMENT_WORDS = WordVector("description", "corrective_action")
INSPECTION_WORDS = WordVector("general_notes", "follow_up_action")


class EnforcementAction(SourcedRecord):
    """A letter, notice, order or penalty. The file does not say which violations it is about."""

    enrollment = models.ForeignKey(
        "facilities.SmartsEnrollment",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="enforcement_actions",
        db_index=False,
        db_comment="Null for an orphan: no facility file has its APP_ID and WDID",
    )
    region = models.ForeignKey("facilities.Region", null=True, blank=True, on_delete=models.PROTECT)
    wdid = published_text("WDID")
    app_id = published_text("APP_ID")
    enforcement_id = models.TextField(unique=True, db_comment="ENFORCEMENT_ID as published")
    enforcement_type = published_text("ENFORCEMENT_TYPE")
    status = published_text("ENFORCEMENT_STATUS")
    issuance_date = published_date("ISSUANCE_DATE")
    due_date = published_date("DUE_DATE")
    description = published_text("DESCRIPTION")
    corrective_action = published_text("CORRECTIVE_ACTION")
    order_number = published_text("ORDER_NUMBER")
    economic_benefits = published_numeric("ECONOMIC_BENEFITS")
    total_max_liability = published_numeric("TOTAL_MAX_LIABILITY")
    staff_costs = published_numeric("STAFF_COSTS")
    initial_assessment = published_numeric("INITIAL_ASSESSMENT")
    total_assessment = published_numeric("TOTAL_ASSESSMENT")
    received_amount = published_numeric("RECEIVED_AMOUNT")
    spent_amount = published_numeric("SPENT_AMOUNT")
    balance_due = published_numeric("BALANCE_DUE")
    acl_complaint_date = published_date("ACL_COMPLAINT_ISSUANCE_DATE")
    adoption_date = published_date("ADOPTION_DATE")
    compliance_date = published_date("COMPLIANCE_DATE")
    epl_issuance_date = published_date("EPL_ISSUANCE_DATE")
    received_date = published_date("RECEIVED_DATE")
    waiver_received_date = published_date("WAIVER_RECEIVED_DATE")
    violation_count = published_integer("COUNT_OF_VIOLATIONS")
    permit_type = published_text("PERMIT_TYPE")
    region_published = published_text("REGIONAL_BOARD")
    place_name = published_text("PLACE_NAME")
    place_address = published_text("PLACE_ADDRESS")
    place_address_2 = published_text("PLACE_ADDRESS_2")
    place_city = published_text("PLACE_CITY")
    place_state = published_text("PLACE_STATE")
    place_zip = published_text("PLACE_ZIP")
    place_latitude = published_coordinate("PLACE_LATITUDE")
    place_longitude = published_coordinate("PLACE_LONGITUDE")
    place_county = published_text("PLACE_COUNTY")
    place_total_size = published_numeric("PLACE_TOTAL_SIZE")
    place_total_size_unit = published_text("PLACE_TOTAL_SIZE_UNIT")
    receiving_water_name = published_text("RECEIVING_WATER_NAME")
    discharges_indirectly = published_flag("INDIRECTLY")
    discharges_directly = published_flag("DIRECTLY")

    class Meta:
        ordering = ("pk",)
        db_table_comment = "Enforcement actions (SMARTS)"
        indexes = [
            models.Index(fields=("enrollment", "issuance_date"), name="enforcement_enrollment_date"),
            models.Index(fields=("wdid",), name="enforcement_wdid"),
            models.Index(date_key("issuance_date"), "id", name="enforcement_by_issuance"),
            GinIndex(ENFORCEMENT_WORDS, name="enforcement_words"),
        ]

    def __str__(self) -> str:
        return f"Enforcement action {self.enforcement_id}"


class Inspection(SourcedRecord):
    """A visit to a site, or a look at it from the road."""

    enrollment = models.ForeignKey(
        "facilities.SmartsEnrollment",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="inspections",
        db_index=False,
        db_comment="Null for an orphan: no facility file has its APP_ID and WDID",
    )
    region = models.ForeignKey("facilities.Region", null=True, blank=True, on_delete=models.PROTECT)
    wdid = published_text("WDID")
    app_id = published_text("APP_ID")
    inspection_id = models.TextField(unique=True, db_comment="INSPECTION_ID as published")
    classification = published_text("INSPECTION_CLASSIFICATION")
    start_time = published_text("INSPECTION_START_TIME")
    end_time = published_text("INSPECTION_END_TIME")
    status = published_text("INSPECTION_STATUS")
    purpose = published_text("INSPECTION_PURPOSE")
    inspection_date = published_date("INSPECTION_DATE")
    contact_name = published_text("INSPECTION_CONTACT", private=True)
    inspector_type = published_text("INSPECTOR_TYPE")
    inspector_name = published_text("INSPECTOR_NAME")
    agency_name = published_text("AGENCY_NAME")
    agency_inspector_name = published_text("AGENCY_INSPECTOR_NAME")
    follow_up_action = published_text("FOLLOW_UP_ACTION")
    general_notes = published_text("GENERAL_NOTES")
    is_virtual = published_flag("VIRTUAL_INSPECTION")
    violation_count = published_integer("COUNT_OF_VIOLATIONS")
    report_upload_date = published_date("FINAL_INSP_RPT_UPLOAD_DATE")
    permit_type = published_text("PERMIT_TYPE")
    region_published = published_text("REGIONAL_BOARD")
    place_name = published_text("PLACE_NAME")
    place_address = published_text("PLACE_ADDRESS")
    place_address_2 = published_text("PLACE_ADDRESS_2")
    place_city = published_text("PLACE_CITY")
    place_state = published_text("PLACE_STATE")
    place_zip = published_text("PLACE_ZIP")
    place_latitude = published_coordinate("PLACE_LATITUDE")
    place_longitude = published_coordinate("PLACE_LONGITUDE")
    place_county = published_text("PLACE_COUNTY")
    place_total_size = published_numeric("PLACE_TOTAL_SIZE")
    place_total_size_unit = published_text("PLACE_TOTAL_SIZE_UNIT")
    receiving_water_name = published_text("RECEIVING_WATER_NAME")
    discharges_indirectly = published_flag("INDIRECTLY")
    discharges_directly = published_flag("DIRECTLY")

    class Meta:
        ordering = ("pk",)
        db_table_comment = "Inspections (SMARTS)"
        indexes = [
            models.Index(fields=("enrollment", "inspection_date"), name="inspection_enrollment_date"),
            models.Index(fields=("wdid",), name="inspection_wdid"),
            models.Index(date_key("inspection_date"), "id", name="inspection_by_date"),
            GinIndex(INSPECTION_WORDS, name="inspection_words"),
        ]

    def __str__(self) -> str:
        return f"Inspection {self.inspection_id}"
