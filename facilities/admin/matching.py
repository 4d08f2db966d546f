"""Staff pages of the matching's tables: read-only; verdicts are given in the review console."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from facilities.models import (
    AwaitedDecision,
    CrosswalkEntry,
    MatchCandidate,
    MatchDecision,
    MatcherRun,
)
from facilities.review.urls import review_urls
from facilities.selectors.blind import IS_BLIND, is_blind_pair, without_blind_links
from stormwater.admin.chosen import chosen
from stormwater.admin.records import HIDDEN, RecordAdmin, list_link

# What the machine makes of a pair: hidden, as in the console, while the pair is to be judged blind.
TELLS_THE_SCORE = frozenset({"state", "tier", "reason", "probability", "log_odds", "lead", "rank", "is_blind_sample"})
BLIND = "Drawn at random to measure the machine: what the machine made of it is hidden until it is judged."


@admin.register(MatchCandidate)
class MatchCandidateAdmin(RecordAdmin):
    """A pair: what the machine makes of it, feature by feature, and how it stands."""

    list_display = (
        "esmr_facility",
        "enrollment",
        "state_unless_blind",
        "tier_unless_blind",
        "probability_unless_blind",
        "rank_unless_blind",
        "conflict",
        "is_queued",
    )
    list_select_related = ("esmr_facility", "enrollment")
    list_filter = (
        "state",
        "tier",
        "conflict",
        "is_queued",
        chosen("esmr_facility", "eSMR facility"),
        chosen("enrollment", "enrollment"),
    )
    search_fields = ("esmr_facility__place_id", "enrollment__wdid", "enrollment__app_id")
    search_help_text = "Exact place id, WDID or APP_ID."
    sections = (
        ("Why this score", ("base", "why", "vetoes")),
        (
            "Bookkeeping",
            ("version", "model_version", "evidence_hash", "machine_hash", "first_proposed_at", "changed_at"),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[MatchCandidate]:
        """Without pairs that are to be judged blind where a filter would tell what the machine makes of them."""
        rows = super().get_queryset(request)
        tells = any(name.partition("__")[0] in TELLS_THE_SCORE for name in request.GET)
        return rows.exclude(IS_BLIND) if tells else rows

    def get_urls(self) -> list[Any]:
        """With the review console."""
        return [*review_urls(self.admin_site), *super().get_urls()]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """`why` is the evidence in words."""
        return ("why",)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Without the evidence as JSON, which `why` shows in words."""
        fieldsets = super().get_fieldsets(request, obj)
        fieldsets[0][1]["fields"] = [name for name in fieldsets[0][1]["fields"] if name != "evidence"]
        if obj is not None and is_blind_pair(obj):
            shown = [name for name in fieldsets[0][1]["fields"] if name not in TELLS_THE_SCORE]
            return [(None, {"fields": shown, "description": BLIND})]
        # `changed_at` is shown once, with the bookkeeping.
        return [fieldset for fieldset in fieldsets if fieldset[0] != "Provenance"]

    @admin.display(description="State")
    def state_unless_blind(self, obj: MatchCandidate) -> str:
        """How it stands."""
        return HIDDEN if is_blind_pair(obj) else obj.get_state_display()

    @admin.display(description="Tier")
    def tier_unless_blind(self, obj: MatchCandidate) -> str:
        """How the machine found it."""
        return HIDDEN if is_blind_pair(obj) else obj.get_tier_display()

    @admin.display(description="Probability")
    def probability_unless_blind(self, obj: MatchCandidate) -> str:
        """How likely the machine finds it."""
        return HIDDEN if is_blind_pair(obj) else f"{obj.probability:.3f}"

    @admin.display(description="Rank")
    def rank_unless_blind(self, obj: MatchCandidate) -> str:
        """Its place among the pairs of the plant."""
        return HIDDEN if is_blind_pair(obj) else str(obj.rank)

    @admin.display(description="Evidence")
    def why(self, obj: MatchCandidate) -> SafeString:
        """A line per feature: its share of the log-odds, and the sentence."""
        rows = [(f"{one['contribution']:+.2f}", one["feature"], one["detail"]) for one in obj.evidence]
        items = format_html_join("", "<tr><td>{}</td><td>{}</td><td>{}</td></tr>", rows)
        return format_html_join("", "<table><tbody>{}</tbody></table>", [(items,)])

    def related_links(self, obj: MatchCandidate) -> list[tuple[str, str]]:
        pair = {"esmr_facility": obj.esmr_facility_id, "enrollment": obj.enrollment_id}
        compare = ("Compare and decide", reverse("admin:review_pair", args=[obj.pk]))
        if is_blind_pair(obj):
            return [compare]
        return [
            compare,
            ("Decisions about the pair", list_link("facilities.MatchDecision", **pair)),
            ("Other pairs of the plant", list_link("facilities.MatchCandidate", esmr_facility=obj.esmr_facility_id)),
        ]


@admin.register(MatchDecision)
class MatchDecisionAdmin(RecordAdmin):
    """A decision: who or which rule, what, why, and on what evidence."""

    list_display = (
        "id",
        "decided_at",
        "esmr_facility",
        "enrollment",
        "verdict",
        "decided_by",
        "reason_code",
        "is_live",
    )
    list_select_related = ("esmr_facility", "enrollment")
    list_filter = (
        "verdict",
        "rule",
        "is_live",
        "is_blind",
        chosen("esmr_facility", "eSMR facility"),
        chosen("enrollment", "enrollment"),
    )
    search_fields = ("esmr_facility__place_id", "enrollment__wdid", "enrollment__app_id")
    search_help_text = "Exact place id, WDID or APP_ID."

    def get_queryset(self, request: HttpRequest) -> QuerySet[MatchDecision]:
        """Without the machine's decisions about pairs that are to be judged blind."""
        return without_blind_links(super().get_queryset(request).select_related("reviewer"))


@admin.register(CrosswalkEntry)
class CrosswalkEntryAdmin(RecordAdmin):
    """A row of the CIWQS facility list."""

    list_display = ("place_id", "name", "agency_name", "city", "county", "npdes_number", "file_name", "line")
    list_select_related = ("county",)
    list_filter = ("region", "county")
    search_fields = ("place_id", "npdes_number")
    search_help_text = "Exact place id (CIWQS) or NPDES number."


@admin.register(AwaitedDecision)
class AwaitedDecisionAdmin(RecordAdmin):
    """An imported decision whose records are not here yet."""

    list_display = ("place_id", "app_id", "wdid", "file_name", "line", "received_at")
    search_fields = ("place_id",)
    search_help_text = "Exact place id."


@admin.register(MatcherRun)
class MatcherRunAdmin(RecordAdmin):
    """A run of the matcher, and what it did."""

    list_display = ("id", "started_at", "finished_at", "is_full", "why_full", "model_version")
    list_filter = ("is_full",)
