"""SMARTS enrollments: a discharger's coverage under the industrial or the construction permit."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Replace, Upper

from stormwater.api.keyset import date_key, text_key
from stormwater.api.searching import SearchText
from stormwater.fields import (
    published_coordinate,
    published_date,
    published_flag,
    published_numeric,
    published_text,
    published_timestamp,
)
from stormwater.provenance import Sourced, SourcedRecord

# What a search looks through; a WDID without the space that it may have.
ENROLLMENT_TEXT = SearchText(
    "site_name",
    "operator_name",
    "site_address",
    "site_city",
    Replace(models.F("wdid"), models.Value(" "), models.Value("")),
    "app_id",
)


class Program(models.TextChoices):
    """The two general permits, by the file that an enrollment comes from."""

    INDUSTRIAL = "industrial", "Industrial"
    CONSTRUCTION = "construction", "Construction"


class SmartsEnrollment(SourcedRecord):
    """One (APP_ID, WDID) of one program, with the values of its current certification."""

    program = models.TextField(choices=Program.choices, db_comment="Facility file that the enrollment comes from")
    facility = models.ForeignKey(
        "facilities.Facility",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="enrollments",
        db_comment="Canonical site; set in the transaction that brings the enrollment",
    )
    region = models.ForeignKey("facilities.Region", null=True, blank=True, on_delete=models.PROTECT)
    county = models.ForeignKey("facilities.County", null=True, blank=True, on_delete=models.PROTECT)
    permit_type = published_text("PERMIT_TYPE")
    app_id = published_text("APP_ID")
    wdid = published_text("WDID")
    status = published_text("STATUS")
    noi_processed_date = published_date("NOI_PROCESSED_DATE")
    not_effective_date = published_date("NOT_EFFECTIVE_DATE")
    region_published = published_text("REGION_BOARD / REGION")
    county_published = published_text("COUNTY")
    operator_name = published_text("OPERATOR_NAME / OWNER_NAME")
    site_name = published_text("FACILITY_NAME / SITE_NAME")
    site_address = published_text("FACILITY_ADDRESS / SITE_ADDRESS")
    site_address_2 = published_text("FACILITY_ADDRESS_2 / SITE_ADDRESS_2")
    site_city = published_text("FACILITY_CITY / SITE_CITY")
    site_state = published_text("FACILITY_STATE / SITE_STATE")
    site_zip = published_text("FACILITY_ZIP / SITE_ZIP")
    latitude = published_coordinate("FACILITY_LATITUDE / SITE_LATITUDE")
    longitude = published_coordinate("FACILITY_LONGITUDE / SITE_LONGITUDE")
    site_county = published_text("FACILITY_COUNTY / SITE_COUNTY")
    contact_first_name = published_text("FACILITY_CONTACT_FIRST_NAME / SITE_CONTACT_FIRST_NAME", private=True)
    contact_last_name = published_text("FACILITY_CONTACT_LAST_NAME / SITE_CONTACT_LAST_NAME", private=True)
    contact_title = published_text("FACILITY_TITLE / SITE_TITLE", private=True)
    contact_phone = published_text("FACILITY_PHONE / SITE_PHONE", private=True)
    contact_email = published_text("FACILITY_EMAIL / SITE_EMAIL", private=True)
    total_size = published_numeric("FACILITY_TOTAL_SIZE / SITE_TOTAL_SIZE")
    total_size_unit = published_text("FACILITY_TOTAL_SIZE_UNIT / SITE_TOTAL_SIZE_UNIT")
    receiving_water_name = published_text("RECEIVING_WATER_NAME")
    discharges_indirectly = published_flag("INDIRECTLY")
    discharges_directly = published_flag("DIRECTLY")
    certifier_name = published_text("CERTIFIER_BY", private=True)
    certifier_title = published_text("CERTIFIER_TITLE", private=True)
    certified_at = published_timestamp("CERTIFICATION_DATE")

    class Meta:
        ordering = ("pk",)
        verbose_name = "SMARTS enrollment"
        db_table_comment = "SMARTS enrollments; published by the two facility files"
        constraints = [
            models.UniqueConstraint(
                fields=("app_id", "wdid", "program"),
                nulls_distinct=False,
                name="enrollment_app_id_wdid_unique",
            ),
            models.CheckConstraint(
                condition=models.Q(app_id__isnull=False) | models.Q(wdid__isnull=False),
                name="enrollment_has_an_id",
            ),
        ]
        indexes = [
            models.Index(fields=("wdid",), name="enrollment_wdid"),
            models.Index(text_key("site_name"), "id", name="enrollment_by_site_name"),
            models.Index(date_key("noi_processed_date"), "id", name="enrollment_by_noi_date"),
            models.Index(fields=("status", "id"), name="enrollment_status"),
            models.Index(fields=("latitude", "longitude"), name="enrollment_place"),
            models.Index(Upper("site_city"), name="enrollment_city"),
            GinIndex(OpClass(ENROLLMENT_TEXT, name="gin_trgm_ops"), name="enrollment_search"),
        ]

    def __str__(self) -> str:
        return f"{self.wdid or 'no WDID'} / {self.app_id or 'no APP_ID'} {self.site_name or ''}".strip()


class IndustrialDetail(models.Model):
    """What only the industrial file says of an enrollment."""

    enrollment = models.OneToOneField(
        SmartsEnrollment, primary_key=True, on_delete=models.CASCADE, related_name="industrial_detail"
    )
    industrial_area = published_numeric("FACILITY_AREA_ACTIVITY")
    industrial_area_unit = published_text("FACILITY_AREA_ACTIVITY_UNIT")
    impervious_percent = published_numeric("PERCENT_OF_SITE_IMPERVIOUSNESS")
    primary_sic = published_text("PRIMARY_SIC")
    secondary_sic = published_text("SECONDARY_SIC")
    tertiary_sic = published_text("TERTIARY_SIC")
    is_tmdl_discharger = published_flag("QUESTION_TMDL_ANSWER")

    class Meta:
        db_table_comment = "Industrial enrollments: columns of the industrial facility file alone"

    def __str__(self) -> str:
        return f"Industrial detail of {self.enrollment_id}"


class ConstructionDetail(models.Model):
    """What only the construction file says of an enrollment."""

    enrollment = models.OneToOneField(
        SmartsEnrollment, primary_key=True, on_delete=models.CASCADE, related_name="construction_detail"
    )
    developer_name = published_text("DEVELOPER_NAME")
    developer_address = published_text("DEVELOPER_ADDRESS")
    developer_address_2 = published_text("DEVELOPER_ADDRESS_2")
    developer_city = published_text("DEVELOPER_CITY")
    developer_state = published_text("DEVELOPER_STATE")
    developer_zip = published_text("DEVELOPER_ZIP")
    developer_contact_first_name = published_text("DEVELOPER_CONTACT_FIRST_NAME", private=True)
    developer_contact_last_name = published_text("DEVELOPER_CONTACT_LAST_NAME", private=True)
    developer_title = published_text("DEVELOPER_TITLE", private=True)
    developer_phone = published_text("DEVELOPER_PHONE", private=True)
    developer_email = published_text("DEVELOPER_EMAIL", private=True)
    disturbed_area = published_numeric("SITE_TOTAL_DISTURBED_ACREAGE")
    disturbed_area_unit = published_text("TOTAL_DISTURBED_ACREAGE_UNIT")
    disturbed_percent = published_numeric("PERCENT_TOTAL_DISTURBED")
    impervious_before_percent = published_numeric("IMPERVIOUSNESS_BEFORE")
    impervious_after_percent = published_numeric("IMPERVIOUSNESS_AFTER")
    tract_numbers = published_text("TRACT_NUMBERS")
    mile_post_marker = published_text("MILE_POST_MARKER")
    is_part_of_common_plan = published_flag("PART_OF_A_LARGER_COMMON_PLAN")
    common_plan_name = published_text("NAME_OF_PLAN_OR_DEVELOPMENT")
    construction_start_date = published_date("CONSTRUCTION_COMMENCEMENT_DATE")
    grading_complete_date = published_date("COMPLETE_GRADING_DATE")
    project_complete_date = published_date("COMPLETE_PROJECT_DATE")
    construction_type = published_text("TYPE_OF_CONSTRUCTION")
    is_residential = published_flag("CONSTRUCTION_RESIDENTIAL")
    is_commercial = published_flag("CONSTRUCTION_COMMERTIAL")
    is_industrial = published_flag("CONSTRUCTION_INDUSTRIAL")
    is_reconstruction = published_flag("CONSTRUCTION_RECONSTRUCTION")
    is_transportation = published_flag("CONSTRUCTION_TRANSPORTATION")
    is_utility = published_flag("TYPE_OF_CONSTRUCTION_UTILITY")
    is_other = published_flag("CONSTRUCTION_OTHER")
    other_description = published_text("CONSTRUCTION_OTHER_DESRIPTION")
    is_above_ground = published_flag("CONSTRUCTION_ABOVE_GROUND")
    is_below_ground = published_flag("CONSTRUCTION_BELOW_GROUND")
    is_gas_line = published_flag("CONSTRUCTION_GAS_LINE")
    is_water_sewer_line = published_flag("CONSTRUCTION_WATER_SEWER_LINE")
    is_communication_line = published_flag("CONS_COMMUNICATION_LINE")
    is_cable_line = published_flag("CONS_CABLE_LINE")
    is_electrical_line = published_flag("CONS_ELECTRICAL_LINE")
    r_factor = published_numeric("R_FACTOR")
    k_factor = published_numeric("K_FACTOR")
    ls_factor = published_numeric("LS_FACTOR")
    watershed_erosion_estimate = published_numeric("WATERSHED_EROSION_ESTIMATE")
    sediment_risk = published_text("SITE_SEDIMENT_RISK_FACTOR")
    receiving_water_risk = published_text("RECEIVING_WATER_RISK")
    combined_risk = published_text("PROJECT_COMBINED_RISK")
    qsd_first_name = published_text("QSD_FIRST_NAME", private=True)
    qsd_last_name = published_text("QSD_LAST_NAME", private=True)
    qsd_certification_number = published_text("QSD_CERTIFICATION_NUMBER", private=True)

    class Meta:
        db_table_comment = "Construction enrollments: columns of the construction facility file alone"

    def __str__(self) -> str:
        return f"Construction detail of {self.enrollment_id}"


class SupersededCertification(Sourced):
    """A row of the same (APP_ID, WDID) that is not the current one and says something else."""

    enrollment = models.ForeignKey(
        SmartsEnrollment, on_delete=models.CASCADE, related_name="superseded_certifications", db_index=False
    )
    content_hash = models.UUIDField(db_comment="Hash of the typed values")
    values = models.JSONField(db_comment="The typed values by field name, as the current ones have them")

    class Meta:
        ordering = ("enrollment", "line")
        db_table_comment = "Rows of a facility file that a newer certification of the same enrollment replaced"
        constraints = [
            models.UniqueConstraint(fields=("enrollment", "content_hash"), name="superseded_certification_unique"),
        ]

    def __str__(self) -> str:
        return f"Superseded certification of {self.enrollment_id}, line {self.line}"
