"""Staff pages of pairs that are probably one event, with their history, and of decisions about findings."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse

from stormwater.admin.chosen import chosen
from stormwater.admin.records import ReadOnlyAdmin, RecordAdmin
from violations.admin.deciding import decide, posted_number
from violations.admin.regulatory import violation_in_words
from violations.deciding import decide_duplicate, undo_duplicate_decision
from violations.models import DismissalDecision, DuplicateDecision, DuplicatePair
from violations.wording import RULE_TITLES, period_of, value_of

PERMISSION = "violations.decide_duplicatepair"


@admin.register(DuplicatePair)
class DuplicatePairAdmin(RecordAdmin):
    """Violations on record and computed exceedances that are probably one event."""

    change_form_template = "admin/violations/duplicate_pair.html"
    list_display = ("row_number", "standing", "score", "wdid", "on_record", "computed")
    list_select_related = ("violation", "exceedance__pollutant")
    list_filter = ("state", "is_proposed", chosen("violation", "violation"), chosen("exceedance", "exceedance"))
    search_fields = ("violation__violation_id", "violation__wdid", "exceedance__public_id")
    search_help_text = "Exact VIOLATION_ID, WDID of the violation, or public id of the exceedance."

    @admin.display(description="State")
    def standing(self, obj: DuplicatePair) -> str:
        """How it stands after staff, and whether the rules propose it still."""
        return str(obj.get_state_display()) + ("" if obj.is_proposed else "; no longer proposed")

    @admin.display(description="WDID")
    def wdid(self, obj: DuplicatePair) -> str | None:
        """The enrollment that the violation is of."""
        return obj.violation.wdid

    @admin.display(description="On record")
    def on_record(self, obj: DuplicatePair) -> str:
        """What the violation says, as far as it fits."""
        return violation_in_words(obj.violation)

    @admin.display(description="Computed")
    def computed(self, obj: DuplicatePair) -> str:
        """What was found, when, and how much."""
        finding = obj.exceedance
        return f"{RULE_TITLES[finding.rule]}: {finding.pollutant}, {period_of(finding)}, {value_of(finding)}"

    def get_urls(self) -> list[URLPattern]:
        """With the address that takes decisions."""
        view = self.admin_site.admin_view(self.decide)
        return [path("<int:pair_id>/decide/", view, name="violations_duplicatepair_decide"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Both records side by side, what speaks for one event, the history, and the form."""
        pair = self.get_object(request, object_id)
        context: dict[str, Any] = {}
        if isinstance(pair, DuplicatePair):
            finding = pair.exceedance
            context = {
                "decisions": pair.decisions.all(),
                "may_decide": request.user.has_perm(PERMISSION),
                "rule": RULE_TITLES[finding.rule],
                "period": period_of(finding),
                "value": value_of(finding),
            }
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def related_links(self, obj: DuplicatePair) -> list[tuple[str, str]]:
        member = obj.exceedance.enrollment or obj.exceedance.esmr_facility
        if member is None or not member.facility_id:
            return []
        return [
            ("All about its facility", reverse("admin:violations_facilitysummary_change", args=[member.facility_id]))
        ]

    def decide(self, request: HttpRequest, pair_id: int) -> HttpResponse:
        """Confirm, reject or undo."""
        page = reverse("admin:violations_duplicatepair_change", args=[pair_id])
        verdict, reason = request.POST.get("verdict", ""), request.POST.get("reason", "")
        if verdict == "undo":
            undo = partial(undo_duplicate_decision, decision_id=posted_number(request, "decision"), reason=reason)
            return decide(request, PERMISSION, page, "The decision was taken back.", lambda who: undo(reviewer=who))
        decided = partial(
            decide_duplicate,
            pair_id=pair_id,
            verdict=verdict,
            expected_version=posted_number(request, "version"),
            reason=reason,
        )
        return decide(request, PERMISSION, page, "The decision was saved.", lambda who: decided(reviewer=who))


@admin.register(DuplicateDecision)
class DuplicateDecisionAdmin(ReadOnlyAdmin):
    """All decisions about pairs."""

    list_display = ("row_number", "pair", "verdict", "reviewer_name", "decided_at", "reason", "is_live")
    list_select_related = ("pair",)
    list_filter = ("is_live", chosen("pair", "pair"))
    search_fields = ("reviewer_name",)
    search_help_text = "Exact login of the reviewer."


@admin.register(DismissalDecision)
class DismissalDecisionAdmin(ReadOnlyAdmin):
    """All dismissals of exceedances, and what was taken back."""

    list_display = (
        "row_number",
        "exceedance",
        "verdict",
        "reviewer_name",
        "decided_at",
        "reason",
        "seen_value",
        "is_live",
    )
    list_select_related = ("exceedance",)
    list_filter = ("is_live", chosen("exceedance", "exceedance"))
    search_fields = ("exceedance__public_id", "reviewer_name")
    search_help_text = "Exact public id of the exceedance, or login of the reviewer."
