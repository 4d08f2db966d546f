"""Datasets and their resources: how fresh they are, and "sync now"."""

from abc import abstractmethod
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from stormwater.admin.records import ReadOnlyAdmin, list_link
from stormwater.errors import UserError
from sync.admin.wording import duration, say_what_failed, seconds_of
from sync.asking import ask_for_sync
from sync.contracts import CONTRACTS
from sync.contracts.base import DatasetContract
from sync.models import Dataset, Resource, Run
from sync.selectors import ResourceStatus, list_resource_statuses
from sync.services import RunResult

RECENT_RUNS = 15


class LedgerPageAdmin(ReadOnlyAdmin):
    """Pages of a dataset or a resource: freshness, recent runs, "sync now"."""

    change_form_template = "admin/sync/dataset_page.html"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The page, for whoever may view it."""
        obj = self.get_object(request, object_id)
        context = {}
        if obj:
            context = self.page(obj) | sync_now_context(request)
            context |= _guards_in_words(context["contract"])
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    @abstractmethod
    def page(self, obj: Any) -> dict[str, Any]:
        """What the page says."""


@admin.register(Dataset)
class DatasetAdmin(LedgerPageAdmin):
    """All datasets on one page, and each on its own."""

    def get_urls(self) -> list[URLPattern]:
        """With "sync now"."""
        sync_now = path("sync-now/", self.admin_site.admin_view(self.sync_now), name="sync_dataset_sync_now")
        resource = path("resource/<str:slug>/", self.admin_site.admin_view(self.resource), name="sync_dataset_resource")
        return [sync_now, resource, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Every resource with its freshness; also datasets that were never loaded."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        statuses = list_resource_statuses()
        context = {
            **self.admin_site.each_context(request),
            **sync_now_context(request),
            "title": "Datasets",
            "opts": self.opts,
            "datasets": [(contract, _of_dataset(statuses, contract)) for contract in CONTRACTS.values()],
            "sentence": _freshness_sentence(statuses),
        }
        return TemplateResponse(request, "admin/sync/datasets.html", context)

    def page(self, obj: Dataset) -> dict[str, Any]:
        contract = CONTRACTS[obj.pk]
        return {
            "slug": obj.pk,
            "contract": contract,
            "statuses": _of_dataset(list_resource_statuses(), contract),
            "recent_runs": _recent_runs(Run.objects.filter(resource__dataset=obj)),
            "runs_link": list_link("sync.Run", resource__dataset__slug__exact=obj.pk),
        }

    def resource(self, request: HttpRequest, slug: str) -> HttpResponse:
        """To the page of a resource, by its slug."""
        resource = get_object_or_404(Resource, slug=slug)
        return HttpResponseRedirect(reverse("admin:sync_resource_change", args=[resource.pk]))

    def sync_now(self, request: HttpRequest) -> HttpResponse:
        """Sync a dataset or a resource from the portal: by a worker if there are any, else at once."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not may_sync(request):
            raise PermissionDenied
        slug = request.POST.get("slug", "")
        return HttpResponseRedirect(self._sync(request, slug) or reverse("admin:sync_dataset_changelist"))

    def _sync(self, request: HttpRequest, slug: str) -> str:
        """Start or do the sync; returns where to go on, if not to the datasets."""
        try:
            asked = ask_for_sync(name=slug)
        except UserError as error:
            self.message_user(request, str(error), messages.ERROR)
            return ""
        if asked.is_queued:
            words = f"The sync of {slug} has started. Its runs appear at the top of this list."
            self.message_user(request, words, messages.SUCCESS)
            return reverse("admin:sync_run_changelist")
        for result in asked.runs:
            self.message_user(request, _result_in_words(result), _level(result))
        say_what_failed(self, request, asked)
        runs = [result.run for result in asked.runs if result.run]
        return reverse("admin:sync_run_change", args=runs) if len(runs) == 1 else ""


@admin.register(Resource)
class ResourceAdmin(LedgerPageAdmin):
    """What is loaded as one unit. The list of all resources is the page of the datasets."""

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        """Not in the index: the page of the datasets lists them."""
        return {}

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The page of the datasets."""
        return HttpResponseRedirect(reverse("admin:sync_dataset_changelist"))

    def page(self, obj: Resource) -> dict[str, Any]:
        return {
            "list_title": "Datasets",
            "slug": obj.slug,
            "contract": CONTRACTS[obj.dataset_id],
            "statuses": [status for status in list_resource_statuses() if status.resource == obj.slug],
            "recent_runs": _recent_runs(Run.objects.filter(resource=obj)),
            "runs_link": list_link("sync.Run", resource=obj.pk),
            "related_links": [
                ("Quarantined rows", list_link("sync.QuarantinedRow", resource=obj.slug)),
                ("Data-quality issues", list_link("sync.DataQualityIssue", resource=obj.slug)),
                ("Record changes", list_link("sync.RecordChange", resource=obj.slug)),
                ("Raw files", list_link("sync.RawFile", resource=obj.pk)),
            ],
        }


def may_sync(request: HttpRequest) -> bool:
    """Whether the user may start syncs."""
    return request.user.has_perm("sync.add_run")


def sync_now_context(request: HttpRequest) -> dict[str, Any]:
    """What the "sync now" buttons need to know."""
    return {"may_sync": may_sync(request), "runs_inline": settings.CELERY_TASK_ALWAYS_EAGER}


def _of_dataset(statuses: list[ResourceStatus], contract: DatasetContract) -> list[ResourceStatus]:
    """Of yearly resources, the newest first."""
    own = [status for status in statuses if status.resource.partition(":")[0] == contract.slug]
    return own[::-1]


def _freshness_sentence(statuses: list[ResourceStatus]) -> str:
    stale = sum(status.is_stale for status in statuses)
    waiting = sum(status.last_status == Run.Status.HELD for status in statuses)
    failed = sum(status.last_status == Run.Status.FAILED for status in statuses)
    parts = [f"{len(statuses) - stale} of {len(statuses)} resources are fresh"]
    parts += [f"{waiting} held, waiting for a person"] if waiting else []
    parts += [f"{failed} failed at the last try"] if failed else []
    return "; ".join(parts) + "."


def _guards_in_words(contract: DatasetContract) -> dict[str, str]:
    return {"max_drop": f"{contract.guards.max_drop:.0%}", "max_bad": f"{contract.guards.max_bad_share:.0%}"}


def _recent_runs(runs: Any) -> list[tuple[Run, str]]:
    recent = runs.select_related("resource").order_by("-pk")[:RECENT_RUNS]
    return [(run, duration(seconds_of(run))) for run in recent]


def _result_in_words(result: RunResult) -> str:
    if result.status == Run.Status.PUBLISHED:
        return (
            f"{result.dataset} published: {result.read:,} rows read, {result.inserted:,} inserted, "
            f"{result.updated:,} updated, {result.removed:,} removed."
        )
    return f"{result.dataset}: {result.status}. {result.message}".strip()


def _level(result: RunResult) -> int:
    if result.status == Run.Status.FAILED:
        return messages.ERROR
    return messages.WARNING if result.status == Run.Status.HELD else messages.SUCCESS
