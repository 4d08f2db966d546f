"""SMARTS stormwater monitoring, industrial and construction."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from monitoring.models.sample import Sample, SampleContext
from stormwater.api.keyset import date_key
from stormwater.fields import (
    published_coordinate,
    published_date,
    published_integer,
    published_numeric,
    published_text,
    published_timestamp,
)


class SmartsReport(SampleContext):
    """A report as published with its samples; one REPORT_ID has several rows if their values differ."""

    enrollment = models.ForeignKey(
        "facilities.SmartsEnrollment",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="monitoring_reports",
        db_constraint=False,
        db_comment="Null for an orphan: no facility file has its APP_ID and WDID",
    )
    permit_type = published_text("PERMIT_TYPE")
    wdid = published_text("WDID")
    app_id = published_text("APP_ID")
    reporting_year = published_integer("REPORTING_YEAR / REPORT_YEAR")
    report_id = published_text("REPORT_ID")
    event_type = published_text("EVENT_TYPE")
    certifier_name = published_text("CERTIFIER_NAME", private=True)
    certified_at = published_timestamp("CERTIFIED_DATE")
    event_start_date = published_date("EVENT_START_DATE")
    event_end_date = published_date("EVENT_END_DATE")
    rainfall = published_numeric("RAINFALL_AMOUNT")
    business_days = published_integer("BUSINESS_DAYS")
    linked_by = models.ForeignKey(
        "sync.Run",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
        db_comment="Run of a facility file that found the enrollment of an orphan; null if it never was one",
    )

    class Meta:
        ordering = ("pk",)
        verbose_name = "SMARTS report"
        db_table_comment = "Stormwater monitoring reports (SMARTS)"
        indexes = [
            models.Index(fields=("wdid",), name="smarts_report_wdid"),
            models.Index(fields=("report_id",), name="smarts_report_report_id"),
            models.Index(fields=("app_id",), name="smarts_report_app_id"),
            models.Index(fields=("linked_by",), name="smarts_report_linked", condition=Q(linked_by__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"Report {self.report_id} of {self.wdid or self.app_id}"


class SmartsLocation(SampleContext):
    """A monitoring location (outfall) of one enrollment, as described with its samples."""

    enrollment = models.ForeignKey(
        "facilities.SmartsEnrollment",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="monitoring_locations",
        db_constraint=False,
        db_comment="Null for an orphan: no facility file has its APP_ID and WDID",
    )
    app_id = published_text("APP_ID")
    wdid = published_text("WDID")
    name = published_text("MONITORING_LOCATION_NAME")
    location_type = published_text("MONITORING_LOCATION_TYPE")
    description = published_text("MONITOR_LOCATION_DESCRIPTION")
    latitude = published_coordinate("MONITORING_LATITUDE")
    longitude = published_coordinate("MONITORING_LONGITUDE")

    class Meta:
        ordering = ("pk",)
        verbose_name = "SMARTS location"
        db_table_comment = "Stormwater monitoring locations (SMARTS)"
        indexes = [
            models.Index(fields=("wdid",), name="smarts_location_wdid"),
        ]

    def __str__(self) -> str:
        return f"{self.name or 'unnamed'} of {self.wdid or self.app_id}"


class SmartsSample(Sample):
    """One result of one stormwater sample, industrial or construction (by `resource`)."""

    enrollment = models.ForeignKey(
        "facilities.SmartsEnrollment",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="samples",
        db_constraint=False,
        db_index=False,
        db_comment="That of its report, repeated here for the index",
    )
    report = models.ForeignKey(
        "monitoring.SmartsReport",
        on_delete=models.PROTECT,
        related_name="samples",
        db_constraint=False,
        db_index=False,
    )
    location = models.ForeignKey(
        "monitoring.SmartsLocation",
        on_delete=models.PROTECT,
        related_name="samples",
        db_constraint=False,
        db_index=False,
    )
    sample_code = published_text("SAMPLE_ID")
    sample_date = published_date("SAMPLE_DATE")
    sample_time = published_text("SAMPLE_TIME")
    discharge_start_date = published_date("DISCHARGE_START_DATE")
    discharge_start_time = published_text("DISCHARGE_START_TIME")
    qualifier = published_text("RESULT_QUALIFIER")
    result = published_numeric("RESULT")
    mdl = published_numeric("MDL")
    rl = published_numeric("RL")
    discharge_end_date = published_date("DISCHARGE_END_DATE")
    discharge_end_time = published_text("DISCHARGE_END_TIME")
    discharge_percent = published_numeric("PERCENT_OF_TOTAL_DISCHARGE")
    qsp_name = published_text("QSP", private=True)
    analyzed_by = published_text("ANALYZED_BY", private=True)

    class Meta:
        ordering = ("pk",)
        verbose_name = "SMARTS sample"
        db_table_comment = "Stormwater sample results (SMARTS)"
        constraints = [
            models.UniqueConstraint(fields=("content_hash", "resource"), name="smarts_sample_content_unique"),
        ]
        indexes = [
            models.Index(fields=("enrollment", "parameter", "sample_date"), name="smarts_sample_series"),
            models.Index(fields=("report",), name="smarts_sample_report"),
            models.Index("parameter", date_key("sample_date"), "id", name="smarts_sample_parameter"),
            models.Index(fields=("resource", "id"), name="smarts_sample_resource"),
            BrinIndex(fields=("run",), name="smarts_sample_run", pages_per_range=32),
            models.Index(fields=("removed_by",), name="smarts_sample_removed", condition=Q(removed_by__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"SMARTS sample {self.pk}"
