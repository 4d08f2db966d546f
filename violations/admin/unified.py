"""Staff pages of the unified list, and of what is found about a facility: in numbers, rows and plots."""

from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from stormwater.admin.chosen import chosen
from stormwater.admin.naming import labels_of
from stormwater.admin.records import RecordAdmin, list_link
from stormwater.api.keyset import date_key
from violations.admin.regulatory import violation_in_words
from violations.models import EraLevel, FacilitySummary, InferredEnforcementLink, UnifiedFinding
from violations.plotting import plot
from violations.rules.vocabulary import BASELINE
from violations.selectors.series import list_series
from violations.selectors.unified import list_unified_findings
from violations.wording import LEVEL_TITLES, RULE_TITLES, SOURCE_TITLES

ROWS = 100


class ReportingYearFilter(SimpleListFilter):
    """By reporting year, from a list that nobody has to count."""

    title = "reporting year"
    parameter_name = "reporting_year"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The years that there are, through the index."""
        years = model_admin.model.objects.order_by("-reporting_year").values_list("reporting_year", flat=True)
        known = years.filter(reporting_year__isnull=False).distinct()[:30]
        return [(str(year), f"{year}-{(year + 1) % 100:02}") for year in known]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of the chosen year."""
        value = self.value()
        return queryset.filter(reporting_year=value) if value and value.isdecimal() else queryset


@admin.register(UnifiedFinding)
class UnifiedFindingAdmin(RecordAdmin):
    """Violations on record and computed exceedances in one list."""

    list_display = (
        "public_id",
        "source",
        "event_date",
        "type",
        "pollutant",
        "wdid",
        "facility",
        "status",
        "is_serious",
        "is_confirmed_duplicate",
    )
    list_select_related = ("facility", "pollutant")
    list_filter = (
        "source",
        "is_serious",
        "is_provisional",
        "is_confirmed_duplicate",
        ReportingYearFilter,
        chosen("facility", "facility"),
        chosen("enrollment", "enrollment"),
        chosen("esmr_facility", "eSMR facility"),
    )
    search_fields = ("public_id", "wdid", "esmr_facility__place_id", "facility__public_id", "duplicate_group")
    search_help_text = "Exact public id of the row or its facility, WDID, eSMR place id or duplicate group."

    def related_links(self, obj: UnifiedFinding) -> list[tuple[str, str]]:
        links = [("The record itself", address_of(obj))]
        if obj.facility_id:
            links.append(
                ("All about its facility", reverse("admin:violations_facilitysummary_change", args=[obj.facility_id]))
            )
        if obj.duplicate_group:
            links.append(("Its duplicate group", list_link("violations.UnifiedFinding", q=obj.duplicate_group)))
        return links


@admin.register(FacilitySummary)
class FacilitySummaryAdmin(RecordAdmin):
    """What there is about each facility; its page shows findings with their inputs, and plots."""

    change_form_template = "admin/violations/facility_findings.html"
    list_display = (
        "facility",
        "violations_on_record",
        "violations_potential",
        "exceedances_esmr",
        "exceedances_smarts",
        "exceedances_dismissed",
        "worst_era_level",
        "last_inspection_date",
        "enforcement_active",
    )
    list_select_related = ("facility",)
    list_filter = ("worst_era_level",)
    search_fields = ("facility__public_id", "facility__enrollments__wdid", "facility__esmr_facilities__place_id")
    search_help_text = "Exact public id of the facility, or WDID or eSMR place id of one of its members."

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The facility's page."""
        summary = self.get_object(request, object_id)
        context = _facility_page(summary) if isinstance(summary, FacilitySummary) else {}
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def related_links(self, obj: FacilitySummary) -> list[tuple[str, str]]:
        return [
            ("The facility", reverse("admin:facilities_facility_change", args=[obj.pk])),
            ("All its findings and violations", list_link("violations.UnifiedFinding", facility=obj.pk)),
        ]


@admin.register(InferredEnforcementLink)
class InferredEnforcementLinkAdmin(RecordAdmin):
    """Which violations enforcement actions are probably about: inferred, never a fact."""

    change_form_template = "admin/violations/inferred_link.html"
    list_display = ("row_number", "score", "wdid", "action", "on_record", "reasons")
    list_select_related = ("enforcement_action", "violation")
    list_filter = (chosen("enforcement_action", "enforcement action"), chosen("violation", "violation"))
    search_fields = ("enforcement_action__enforcement_id", "violation__violation_id", "violation__wdid")
    search_help_text = "Exact ENFORCEMENT_ID, VIOLATION_ID or WDID."

    @admin.display(description="WDID")
    def wdid(self, obj: InferredEnforcementLink) -> str | None:
        """The enrollment of both."""
        return obj.enforcement_action.wdid

    @admin.display(description="Enforcement action")
    def action(self, obj: InferredEnforcementLink) -> str:
        """Its number, day and kind."""
        action = obj.enforcement_action
        return f"{action.enforcement_id}, {action.issuance_date}, {action.enforcement_type or 'no type'}"

    @admin.display(description="Violation on record")
    def on_record(self, obj: InferredEnforcementLink) -> str:
        """What the violation says, as far as it fits."""
        return violation_in_words(obj.violation)


def address_of(row: UnifiedFinding) -> str:
    """The admin's page of the record or finding that a row stands for."""
    if row.violation_id:
        return reverse("admin:violations_regulatoryviolation_change", args=[row.violation_id])
    return reverse("admin:violations_exceedance_change", args=[row.exceedance_id])


def _facility_page(summary: FacilitySummary) -> dict[str, Any]:
    rows = list(
        list_unified_findings()
        .filter(facility=summary.pk)
        .select_related("pollutant", "exceedance")
        .order_by(date_key("event_date").desc(), "-pk")[: ROWS + 1]
    )
    for row in rows:
        row.address = address_of(row)  # type: ignore[attr-defined]  # for the template
        row.value_in_words = _value_of(row)  # type: ignore[attr-defined]
        if row.duplicate_group:
            group = list_link("violations.UnifiedFinding", q=row.duplicate_group)
            row.group_address = group  # type: ignore[attr-defined]
        row.source_in_words = SOURCE_TITLES[row.source]  # type: ignore[attr-defined]
        row.type_in_words = RULE_TITLES.get(row.type or "", row.type)  # type: ignore[attr-defined]
    labels = labels_of(FacilitySummary)
    words = {"worst_era_level": LEVEL_TITLES.get(summary.worst_era_level or "")}
    fields = [field for field in summary._meta.concrete_fields if field.name not in {"facility", "changed_at"}]
    levels = EraLevel.objects.filter(enrollment__facility=summary.pk).exclude(level=BASELINE)
    current = levels.aggregate(year=Max("reporting_year"))["year"] or 0
    return {
        "numbers": [
            (labels.get(field.name, field.name), words.get(field.name, getattr(summary, field.name)))
            for field in fields
        ],
        "levels": [
            (level, LEVEL_TITLES[level.level])
            for level in levels.filter(reporting_year=current).select_related("enrollment", "pollutant")
        ],
        "rows": rows[:ROWS],
        "is_cut": len(rows) > ROWS,
        "plots": [drawn for series in list_series(summary.facility) if (drawn := plot(series))],
    }


def _value_of(row: UnifiedFinding) -> str:
    finding = row.exceedance
    return f"{float(finding.value):.4g} {finding.unit} (limit {finding.limit_text})" if finding else ""
