"""Staff pages of enforcement actions and inspections."""

from django.contrib import admin

from enforcement.models import EnforcementAction, Inspection
from stormwater.admin.chosen import chosen
from stormwater.admin.places import PLACE_SECTION
from stormwater.admin.records import RecordAdmin, list_link


@admin.register(EnforcementAction)
class EnforcementActionAdmin(RecordAdmin):
    """Letters, notices, orders and penalties."""

    list_display = (
        "enforcement_id",
        "issuance_date",
        "enforcement_type",
        "status",
        "wdid",
        "place_name",
        "is_published",
        "source_line",
    )
    list_filter = ("region", chosen("enrollment", "enrollment"))
    search_fields = ("enforcement_id", "wdid", "enrollment__app_id")
    search_help_text = "Exact ENFORCEMENT_ID, WDID or APP_ID."
    sections = (
        (
            "Money",
            (
                "economic_benefits",
                "total_max_liability",
                "staff_costs",
                "initial_assessment",
                "total_assessment",
                "received_amount",
                "spent_amount",
                "balance_due",
            ),
        ),
        PLACE_SECTION,
    )

    def related_links(self, obj: EnforcementAction) -> list[tuple[str, str]]:
        return [
            ("Its changes over time", list_link("sync.RecordChange", q=obj.enforcement_id)),
            (
                "Violations that it is probably about",
                list_link("violations.InferredEnforcementLink", enforcement_action=obj.pk),
            ),
        ]


@admin.register(Inspection)
class InspectionAdmin(RecordAdmin):
    """Visits, and looks from the road, with the violations that they found."""

    list_display = (
        "inspection_id",
        "inspection_date",
        "purpose",
        "status",
        "violation_count",
        "wdid",
        "place_name",
        "is_published",
        "source_line",
    )
    list_filter = ("region", chosen("enrollment", "enrollment"))
    search_fields = ("inspection_id", "wdid", "enrollment__app_id")
    search_help_text = "Exact INSPECTION_ID, WDID or APP_ID."
    sections = (PLACE_SECTION,)

    def related_links(self, obj: Inspection) -> list[tuple[str, str]]:
        return [
            (
                "Violations that it found",
                list_link("violations.RegulatoryViolation", inspection_link__inspection=obj.pk),
            ),
            ("Its changes over time", list_link("sync.RecordChange", q=obj.inspection_id)),
        ]
