"""Staff pages of the regulatory record of violations."""

from typing import Any, ClassVar

from django.contrib import admin
from django.utils.text import Truncator

from stormwater.admin.chosen import chosen
from stormwater.admin.places import PLACE_SECTION
from stormwater.admin.records import ReadOnlyPermissions, RecordAdmin, list_link
from violations.models import InspectionViolation, RegulatoryViolation

LIST_TEXT = 120  # characters of a violation's text in a list of others


def violation_in_words(violation: RegulatoryViolation) -> str:
    """Number, day, type and the beginning of the text, for lists."""
    about = (violation.violation_id, violation.occurrence_date or "no date", violation.violation_type or "no type")
    text = " ".join((violation.description or violation.memo or "").split())
    return ", ".join(map(str, about)) + (f": {Truncator(text).chars(LIST_TEXT)}" if text else "")


class FoundByInline(ReadOnlyPermissions, admin.TabularInline):
    """The inspection that found the violation."""

    model = InspectionViolation
    verbose_name_plural = "Found by inspection"
    extra = 0
    can_delete = False
    fields = ("inspection",)
    readonly_fields = ("inspection",)


@admin.register(RegulatoryViolation)
class RegulatoryViolationAdmin(RecordAdmin):
    """Violations that the Water Boards recorded."""

    list_display = (
        "violation_id",
        "occurrence_date",
        "violation_type",
        "status",
        "priority",
        "wdid",
        "place_name",
        "is_published",
        "source_line",
    )
    list_filter = (
        "region",
        "is_serious",
        chosen("enrollment", "enrollment"),
        chosen("inspection_link__inspection", "inspection"),
    )
    search_fields = ("violation_id", "wdid", "violation_source_id", "enrollment__app_id")
    search_help_text = "Exact VIOLATION_ID, VIOLATION_SOURCE_ID, WDID or APP_ID."
    sections = (PLACE_SECTION,)
    inlines: ClassVar[Any] = (FoundByInline,)

    def related_links(self, obj: RegulatoryViolation) -> list[tuple[str, str]]:
        return [
            ("Its changes over time", list_link("sync.RecordChange", q=obj.violation_id)),
            ("Exceedances that may be the same event", list_link("violations.DuplicatePair", violation=obj.pk)),
            ("Enforcement it probably led to", list_link("violations.InferredEnforcementLink", violation=obj.pk)),
        ]
