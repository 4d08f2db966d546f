"""eSMR self-monitoring results."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from monitoring.models.sample import Sample, SampleContext
from stormwater.api.keyset import date_key
from stormwater.fields import (
    published_coordinate,
    published_date,
    published_flag,
    published_integer,
    published_numeric,
    published_text,
)


class EsmrReport(SampleContext):
    """A self-monitoring report: the document that a result was sent in."""

    report_name = published_text("report_name")
    document_id = published_integer("smr_document_id")

    class Meta:
        ordering = ("pk",)
        verbose_name = "eSMR report"
        db_table_comment = "Self-monitoring reports (eSMR)"
        indexes = [models.Index(fields=("document_id",), name="esmr_report_document")]

    def __str__(self) -> str:
        return f"{self.report_name or 'report'} ({self.document_id})"


class EsmrLocation(SampleContext):
    """A monitoring location of an eSMR facility, as described with its samples."""

    esmr_facility = models.ForeignKey(
        "facilities.EsmrFacility", on_delete=models.PROTECT, related_name="locations", db_constraint=False
    )
    region_published = published_text("region")
    name = published_text("location")
    location_place_id = published_integer("location_place_id")
    location_type = published_text("location_place_type")
    facility_name = published_text("facility_name")
    facility_place_id = published_integer("facility_place_id")
    latitude = published_coordinate("latitude")
    longitude = published_coordinate("longitude")
    receiving_water_name = published_text("receiving_water_body")
    description = published_text("location_desc")

    class Meta:
        ordering = ("pk",)
        verbose_name = "eSMR location"
        db_table_comment = "Monitoring locations (eSMR)"
        indexes = [models.Index(fields=("location_place_id",), name="esmr_location_place")]

    def __str__(self) -> str:
        return f"{self.name or 'unnamed'} of {self.facility_name or self.facility_place_id}"


class EsmrSample(Sample):
    """One reported value: an analytical result, or a value that the discharger calculated."""

    esmr_facility = models.ForeignKey(
        "facilities.EsmrFacility",
        on_delete=models.PROTECT,
        related_name="samples",
        db_constraint=False,
        db_index=False,
        db_comment="That of its location, repeated here for the index",
    )
    report = models.ForeignKey(
        "monitoring.EsmrReport",
        on_delete=models.PROTECT,
        related_name="samples",
        db_constraint=False,
        db_index=False,
    )
    location = models.ForeignKey(
        "monitoring.EsmrLocation",
        on_delete=models.PROTECT,
        related_name="samples",
        db_constraint=False,
        db_index=False,
    )
    calculated_method = published_text("calculated_method")
    qualifier = published_text("qualifier")
    result = published_numeric("result")
    mdl = published_numeric("mdl")
    ml = published_numeric("ml")
    rl = published_numeric("rl")
    sampling_date = published_date("sampling_date")
    sampling_time = published_text("sampling_time")
    analysis_date = published_date("analysis_date")
    analysis_time = published_text("analysis_time")
    is_review_priority = published_flag("review_priority_indicator")
    qa_codes = published_text("qa_codes")
    comments = published_text("comments")

    class Meta:
        ordering = ("pk",)
        verbose_name = "eSMR sample"
        db_table_comment = "Self-monitoring results (eSMR)"
        constraints = [
            models.UniqueConstraint(fields=("content_hash", "resource"), name="esmr_sample_content_unique"),
        ]
        indexes = [
            models.Index(fields=("esmr_facility", "parameter", "sampling_date"), name="esmr_sample_series"),
            models.Index(fields=("location",), name="esmr_sample_location"),
            models.Index("parameter", date_key("sampling_date"), "id", name="esmr_sample_parameter"),
            models.Index(fields=("resource", "id"), name="esmr_sample_resource"),
            BrinIndex(fields=("run",), name="esmr_sample_run", pages_per_range=32),
            models.Index(fields=("removed_by",), name="esmr_sample_removed", condition=Q(removed_by__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"eSMR sample {self.pk}"
