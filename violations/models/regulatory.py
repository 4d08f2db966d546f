"""Regulatory violations, and their exact link to the inspection that found them."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from stormwater.api.keyset import date_key
from stormwater.api.searching import WordVector
from stormwater.fields import published_coordinate, published_date, published_flag, published_numeric, published_text
from stormwater.provenance import SourcedRecord

# What a search looks through.
VIOLATION_WORDS = WordVector("description", "memo")


class RegulatoryViolation(SourcedRecord):
    """A violation that the Water Boards recorded in SMARTS."""

    enrollment = models.ForeignKey(
        "facilities.SmartsEnrollment",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="violations",
        db_index=False,
        db_comment="Null for an orphan: no facility file has its APP_ID and WDID",
    )
    region = models.ForeignKey("facilities.Region", null=True, blank=True, on_delete=models.PROTECT)
    wdid = published_text("WDID")
    app_id = published_text("APP_ID")
    violation_id = models.TextField(unique=True, db_comment="VIOLATION_ID as published")
    violation_source = published_text("VIOLATION_SOURCE")
    violation_source_id = published_text("VIOLATION_SOURCE_ID")
    violation_type = published_text("VIOLATION_TYPE")
    is_serious = published_flag("SERIOUS_VIOLATION")
    priority = published_text("VIOLATION_PRIORITY")
    occurrence_date = published_date("OCCURRENCE_DATE")
    discovery_date = published_date("DISCOVERY_DATE")
    determined_by = published_text("DETERMINED_BY")
    is_exempt_from_mmp = published_flag("EXEMPT_FROM_MMP")
    memo = published_text("MEMO")
    description = published_text("DESCRIPTION")
    status = published_text("VIOLATION_STATUS")
    linked_enforcement_action = published_text("LINKED_ENFORCEMENT_ACTION")
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
        db_table_comment = "Violations on the regulatory record (SMARTS)"
        indexes = [
            models.Index(fields=("enrollment", "occurrence_date"), name="violation_enrollment_date"),
            models.Index(fields=("wdid",), name="violation_wdid"),
            models.Index(fields=("violation_source_id",), name="violation_source_id"),
            models.Index(date_key("occurrence_date"), "id", name="violation_by_occurrence"),
            models.Index(date_key("discovery_date"), "id", name="violation_by_discovery"),
            GinIndex(VIOLATION_WORDS, name="violation_words"),
        ]

    def __str__(self) -> str:
        return f"Violation {self.violation_id}"


class InspectionViolation(models.Model):
    """The only exact link in the data: VIOLATION_SOURCE `Inspection` makes the source id an inspection id."""

    violation = models.OneToOneField(RegulatoryViolation, on_delete=models.CASCADE, related_name="inspection_link")
    inspection = models.ForeignKey("enforcement.Inspection", on_delete=models.CASCADE, related_name="violation_links")

    class Meta:
        ordering = ("pk",)
        db_table_comment = "Violations found by an inspection (VIOLATION_SOURCE_ID)"

    def __str__(self) -> str:
        return f"Violation {self.violation_id} found by inspection {self.inspection_id}"
