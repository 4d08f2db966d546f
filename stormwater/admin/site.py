"""The admin site: its name, and the groups that its index shows."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.contrib import admin
from django.core.checks import CheckMessage
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse

from stormwater.admin.naming import title_of
from stormwater.admin.pages import load_pages
from stormwater.overview.start_page.page import read_start_page

# Heading -> models, in the order in which staff need them. A model that is in no group stays with its app, below.
GROUPS: dict[str, tuple[str, ...]] = {
    "Ledger: what was loaded, and what became of every row": (
        "sync.Dataset",
        "sync.Run",
        "sync.QuarantinedRow",
        "sync.DataQualityIssue",
        "sync.RecordChange",
        "sync.RawFile",
    ),
    "Facilities": ("facilities.Facility", "facilities.SmartsEnrollment", "facilities.EsmrFacility"),
    "Matching": (
        "facilities.MatchCandidate",
        "facilities.MatchDecision",
        "facilities.CrosswalkEntry",
        "facilities.AwaitedDecision",
        "facilities.MatcherRun",
    ),
    "Violations and enforcement": (
        "violations.UnifiedFinding",
        "violations.FacilitySummary",
        "violations.RegulatoryViolation",
        "violations.DuplicatePair",
        "violations.DuplicateDecision",
        "enforcement.Inspection",
        "enforcement.EnforcementAction",
        "violations.InferredEnforcementLink",
    ),
    "Computed from samples (no violations of the permit)": (
        "violations.Exceedance",
        "violations.DismissalDecision",
        "violations.Indeterminate",
        "violations.EraLevel",
        "violations.UnusableResults",
        "violations.FindingChange",
        "violations.Computation",
    ),
    "Monitoring": (
        "monitoring.EsmrSample",
        "monitoring.EsmrLocation",
        "monitoring.EsmrReport",
        "monitoring.SmartsSample",
        "monitoring.SmartsLocation",
        "monitoring.SmartsReport",
    ),
    "Reference data": (
        "monitoring.Parameter",
        "monitoring.Unit",
        "monitoring.Method",
        "facilities.Region",
        "facilities.County",
        "violations.Pollutant",
        "violations.Benchmark",
        "violations.PermitLimit",
        "violations.UnitConversion",
        "violations.QualifierClass",
        "violations.StatisticAlias",
    ),
    "Operation": ("sync.Alert", "sync.FollowUp"),
}


class StormwaterAdminSite(admin.AdminSite):
    """The stock admin under our name, with models grouped by subject instead of by app."""

    site_header = "Stormwater Watch"
    site_title = "Stormwater Watch"
    index_title = "Start page"

    def check(self, app_configs: Sequence[AppConfig] | None) -> list[CheckMessage]:
        """Check the pages of all apps, which may not have been loaded yet."""
        load_pages()
        return super().check(app_configs)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The start page, with the list of all tables below it."""
        seen = {model._meta.label for model, page in self._registry.items() if page.has_view_permission(request)}
        return super().index(request, {"start": read_start_page(seen), **(extra_context or {})})

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The groups of the index and the sidebar; for one app's own page, that app."""
        apps = super().get_app_list(request, app_label)
        if app_label is not None:
            return apps
        left = {f"{app['app_label']}.{model['object_name']}": model for app in apps for model in app["models"]}
        groups = []
        for number, (name, labels) in enumerate(GROUPS.items()):
            models = [left.pop(label) for label in labels if label in left]
            for model in models:
                model["name"] = title_of(model["model"])
            if models:
                groups.append(_group(name, number, models))
        for app in apps:
            app["models"] = [model for model in app["models"] if f"{app['app_label']}.{model['object_name']}" in left]
        return groups + [app for app in apps if app["models"]]


def _group(name: str, number: int, models: list[Any]) -> dict[str, Any]:
    """A group in the form in which Django's templates expect an app."""
    try:
        index = reverse("admin:index")
    except NoReverseMatch:
        index = ""
    return {
        "name": name,
        "app_label": f"group-{number}",
        "app_url": models[0]["admin_url"] or index,
        "has_module_perms": True,
        "models": models,
    }
