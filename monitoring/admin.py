"""Staff pages of samples and what they refer to. The sample tables hold millions of rows."""

from typing import Any

from django.contrib import admin

from monitoring.models import (
    EsmrLocation,
    EsmrReport,
    EsmrSample,
    Method,
    Parameter,
    SmartsLocation,
    SmartsReport,
    SmartsSample,
    Unit,
)
from stormwater.admin.chosen import chosen
from stormwater.admin.records import RecordAdmin, list_link


class SampleAdmin(RecordAdmin):
    """What the two sample tables have in common.

    No filters but those that an index serves: a parameter or a year alone would mean reading millions of rows.
    """

    @admin.display(description="Location")
    def location_name(self, obj: Any) -> str:
        """The location without its facility, which has a column of its own."""
        return obj.location.name or "unnamed"

    @admin.display(description="Result")
    def value(self, obj: Any) -> str:
        """Qualifier, number and unit as published."""
        parts = [obj.qualifier, None if obj.result is None else str(obj.result), obj.unit.name if obj.unit else None]
        return " ".join(part for part in parts if part) or "-"


@admin.register(EsmrSample)
class EsmrSampleAdmin(SampleAdmin):
    """eSMR results."""

    list_display = (
        "row_number",
        "sampling_date",
        "parameter",
        "value",
        "location_name",
        "esmr_facility",
        "resource",
        "is_published",
        "source_line",
    )
    list_select_related = ("parameter", "unit", "location", "esmr_facility", "resource")
    list_filter = (chosen("esmr_facility", "eSMR facility"), chosen("location", "location"))
    search_fields = ("pk", "esmr_facility__place_id", "location__location_place_id")
    search_help_text = "Exact number of the sample, place id of the facility, or place id of the location."


@admin.register(SmartsSample)
class SmartsSampleAdmin(SampleAdmin):
    """Stormwater results, industrial and construction."""

    list_display = (
        "row_number",
        "sample_date",
        "parameter",
        "value",
        "location_name",
        "enrollment",
        "resource",
        "is_published",
        "source_line",
    )
    list_select_related = ("parameter", "unit", "location", "enrollment", "resource")
    list_filter = (chosen("enrollment", "enrollment"), chosen("report", "report"))
    search_fields = ("pk", "enrollment__wdid", "enrollment__app_id", "report__report_id")
    search_help_text = "Exact number of the sample, WDID, APP_ID or REPORT_ID."


@admin.register(EsmrReport)
class EsmrReportAdmin(RecordAdmin):
    """Self-monitoring reports."""

    list_display = ("row_number", "report_name", "document_id", "source_line")
    search_fields = ("pk", "document_id")
    search_help_text = "Exact document id (smr_document_id)."


@admin.register(EsmrLocation)
class EsmrLocationAdmin(RecordAdmin):
    """Monitoring locations of eSMR facilities, each description of a location apart."""

    list_display = (
        "row_number",
        "name",
        "location_type",
        "location_place_id",
        "facility_name",
        "description",
        "source_line",
    )
    list_filter = (chosen("esmr_facility", "eSMR facility"),)
    search_fields = ("location_place_id", "esmr_facility__place_id")
    search_help_text = "Exact place id of the location or of its facility."

    def related_links(self, obj: EsmrLocation) -> list[tuple[str, str]]:
        return [("Samples", list_link("monitoring.EsmrSample", location=obj.pk))]


@admin.register(SmartsReport)
class SmartsReportAdmin(RecordAdmin):
    """Stormwater monitoring reports."""

    list_display = ("report_id", "wdid", "reporting_year", "event_type", "event_start_date", "source_line")
    list_filter = (chosen("enrollment", "enrollment"),)
    search_fields = ("report_id", "wdid", "enrollment__app_id")
    search_help_text = "Exact REPORT_ID, WDID or APP_ID."

    def related_links(self, obj: SmartsReport) -> list[tuple[str, str]]:
        return [("Samples", list_link("monitoring.SmartsSample", report=obj.pk))]


@admin.register(SmartsLocation)
class SmartsLocationAdmin(RecordAdmin):
    """Outfalls and other places of stormwater samples."""

    list_display = ("name", "location_type", "wdid", "description", "latitude", "longitude", "source_line")
    list_filter = (chosen("enrollment", "enrollment"),)
    search_fields = ("wdid", "enrollment__app_id")
    search_help_text = "Exact WDID or APP_ID."


@admin.register(Parameter, Unit)
class NameAdmin(RecordAdmin):
    """Names as published."""

    list_display = ("name",)
    search_fields = ("name",)
    search_help_text = "The exact name as published."


@admin.register(Method)
class MethodAdmin(RecordAdmin):
    """Analytical methods as published."""

    list_display = ("row_number", "code", "name")
