"""Staff pages of what is computed from samples: findings with their inputs, levels, unusable results, changes."""

from functools import partial
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from monitoring.models import EsmrSample, SmartsSample
from stormwater.admin.chosen import chosen
from stormwater.admin.records import ReadOnlyAdmin, RecordAdmin, list_link
from violations.admin.deciding import decide, posted_number
from violations.deciding import dismiss_exceedance, undo_dismissal
from violations.models import Computation, EraLevel, Exceedance, Finding, FindingChange, Indeterminate, UnusableResults
from violations.rules.vocabulary import FAMILY_OF
from violations.wording import period_of, value_of

# A finding of a year is made of dozens of results; no page needs more than this.
MAX_INPUTS = 500


DISMISS = "violations.dismiss_exceedance"


class RuleFilter(SimpleListFilter):
    """By rule; the rules are known, so that nobody has to look for them in the table."""

    title = "rule"
    parameter_name = "rule"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """All rules."""
        return [(rule, rule.replace("_", " ")) for rule in FAMILY_OF]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The findings of the chosen rule."""
        return queryset.filter(rule=self.value()) if self.value() else queryset


class StandingFilter(SimpleListFilter):
    """Whether the published samples still say so, and staff have not dismissed it."""

    title = "standing"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Three ways to stand."""
        return [("stands", "Stands"), ("dismissed", "Dismissed by staff"), ("went", "No longer computed")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The findings that stand so."""
        dismissed = Q(dismissed_at__isnull=False, dismissed_inputs_hash=F("inputs_hash"))
        if self.value() == "went":
            return queryset.filter(went_at__isnull=False)
        if self.value() == "dismissed":
            return queryset.filter(dismissed, went_at=None)
        return queryset.filter(~dismissed, went_at=None) if self.value() == "stands" else queryset


class FindingAdmin(RecordAdmin):
    """What exceedances and indeterminate comparisons have in common."""

    list_select_related = ("enrollment", "esmr_facility", "pollutant")
    list_filter: ClassVar[Any] = (chosen("enrollment", "enrollment"), chosen("esmr_facility", "eSMR facility"))
    search_fields = ("public_id", "enrollment__wdid", "enrollment__app_id", "esmr_facility__place_id")
    search_help_text = "Exact public id, WDID, APP_ID or eSMR place id."

    def get_readonly_fields(self, request: Any, obj: Any = None) -> tuple[str, ...]:
        """The results are shown as rows, not as numbers alone."""
        return (*super().get_readonly_fields(request, obj), "inputs")

    def get_fieldsets(self, request: Any, obj: Any = None) -> Any:
        """With the results that the finding was made of."""
        return [*super().get_fieldsets(request, obj), ("Results that it was made of", {"fields": ["inputs"]})]

    @admin.display(description="Discharger")
    def discharger(self, obj: Finding) -> str:
        """The enrollment or the plant."""
        return str(obj.enrollment or obj.esmr_facility)

    @admin.display(description="Value")
    def shown_value(self, obj: Finding) -> str:
        """The value against its limit."""
        return value_of(obj)

    @admin.display(description="Period")
    def period(self, obj: Finding) -> str:
        """A day, or from when to when."""
        return period_of(obj)

    @admin.display(description="Stands", boolean=True)
    def stands(self, obj: Finding) -> bool:
        """Whether the published samples still say so."""
        return obj.went_at is None

    @admin.display(description="Results")
    def inputs(self, obj: Finding) -> SafeString:
        """Date, location and published value of each result, with a link to it."""
        model = SmartsSample if obj.enrollment_id else EsmrSample
        day = "sample_date" if obj.enrollment_id else "sampling_date"
        page = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
        samples = model._default_manager.filter(pk__in=obj.sample_ids).select_related("location", "parameter", "unit")
        rows = (
            (
                reverse(page, args=[sample.pk]),
                getattr(sample, day) or "no date",
                sample.location.name or "unnamed",
                sample.parameter.name,
                " ".join(str(part) for part in (sample.qualifier, sample.result, sample.unit) if part is not None),
            )
            for sample in samples.order_by(day, "pk")[:MAX_INPUTS]
        )
        return format_html("<ul>{}</ul>", format_html_join("", '<li><a href="{}">{}</a>, {}, {}: {}</li>', rows))

    def related_links(self, obj: Any) -> list[tuple[str, str]]:
        return [("Its changes over time", list_link("violations.FindingChange", q=obj.public_id))]


@admin.register(Exceedance)
class ExceedanceAdmin(FindingAdmin):
    """Computed exceedances. An exceedance is not a violation of the permit."""

    change_form_template = "admin/violations/exceedance.html"
    list_display = (
        "public_id",
        "rule",
        "discharger",
        "pollutant",
        "period",
        "shown_value",
        "results",
        "is_provisional",
        "stands",
        "dismissed",
    )
    list_filter = (
        RuleFilter,
        StandingFilter,
        "is_provisional",
        "is_serious",
        chosen("enrollment", "enrollment"),
        chosen("esmr_facility", "eSMR facility"),
    )

    @admin.display(description="Dismissed by staff", boolean=True)
    def dismissed(self, obj: Exceedance) -> bool:
        """Whether staff have dismissed it as it is now."""
        return obj.is_dismissed

    def get_urls(self) -> list[URLPattern]:
        """With the address that takes dismissals."""
        view = self.admin_site.admin_view(self.decide)
        return [path("<int:exceedance_id>/decide/", view, name="violations_exceedance_decide"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The finding's page, with its dismissals and the form."""
        finding = self.get_object(request, object_id)
        context: dict[str, Any] = {}
        if isinstance(finding, Exceedance):
            context = {"decisions": finding.dismissals.all(), "may_dismiss": request.user.has_perm(DISMISS)}
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def decide(self, request: HttpRequest, exceedance_id: int) -> HttpResponse:
        """Dismiss, or take a dismissal back."""
        page, reason = (
            reverse("admin:violations_exceedance_change", args=[exceedance_id]),
            request.POST.get("reason", ""),
        )
        if request.POST.get("verdict") == "undo":
            undo = partial(undo_dismissal, decision_id=posted_number(request, "decision"), reason=reason)
            return decide(request, DISMISS, page, "The dismissal was taken back.", lambda who: undo(reviewer=who))
        dismiss = partial(
            dismiss_exceedance,
            exceedance_id=exceedance_id,
            reason=reason,
            expected_inputs=request.POST.get("inputs", ""),
        )
        return decide(request, DISMISS, page, "The exceedance is dismissed.", lambda who: dismiss(reviewer=who))

    def related_links(self, obj: Any) -> list[tuple[str, str]]:
        links = [
            *super().related_links(obj),
            ("Violations that may be the same event", list_link("violations.DuplicatePair", exceedance=obj.pk)),
        ]
        member = obj.enrollment or obj.esmr_facility
        if member and member.facility_id:
            page = reverse("admin:violations_facilitysummary_change", args=[member.facility_id])
            links.append(("All about its facility", page))
        return links


@admin.register(Indeterminate)
class IndeterminateAdmin(FindingAdmin):
    """Comparisons that cannot be made."""

    list_display = ("public_id", "rule", "discharger", "pollutant", "period", "shown_value", "stands")


@admin.register(EraLevel)
class EraLevelAdmin(RecordAdmin):
    """Estimated ERA levels."""

    list_display = (
        "row_number",
        "enrollment",
        "pollutant",
        "reporting_year",
        "level",
        "entered_year",
        "results",
        "is_exceeded",
        "is_sensitive",
    )
    list_select_related = ("enrollment", "pollutant")
    list_filter = ("level", "is_exceeded", "is_sensitive", chosen("enrollment", "enrollment"))
    search_fields = ("enrollment__wdid", "enrollment__app_id")
    search_help_text = "Exact WDID or APP_ID."


@admin.register(UnusableResults)
class UnusableResultsAdmin(RecordAdmin):
    """Numbers of results that rules could not use."""

    list_display = (
        "row_number",
        "family",
        "enrollment",
        "esmr_facility",
        "pollutant",
        "reporting_year",
        "reason",
        "results",
    )
    list_select_related = ("enrollment", "esmr_facility", "pollutant")
    list_filter = (chosen("enrollment", "enrollment"), chosen("esmr_facility", "eSMR facility"))
    search_fields = ("enrollment__wdid", "enrollment__app_id", "esmr_facility__place_id")
    search_help_text = "Exact WDID, APP_ID or eSMR place id."


@admin.register(Computation)
class ComputationAdmin(ReadOnlyAdmin):
    """When findings were computed, and what that changed."""

    list_display = ("id", "finished_at", "as_of", "is_full", "appeared", "changed", "went")

    def related_links(self, obj: Any) -> list[tuple[str, str]]:
        return [("What it changed", list_link("violations.FindingChange", computation=obj.pk))]


@admin.register(FindingChange)
class FindingChangeAdmin(ReadOnlyAdmin):
    """Findings that appeared, changed or went."""

    list_display = ("row_number", "public_id", "verdict", "kind", "old_values", "new_values", "computation", "run")
    list_select_related = ("computation", "run")
    list_filter = (chosen("computation", "computation"),)
    search_fields = ("public_id",)
    search_help_text = "Exact public id of the finding."
