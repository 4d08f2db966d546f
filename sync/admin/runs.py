"""The list of runs, the page of a run, and the release of a held one."""

import re
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin import SimpleListFilter
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from stormwater.admin.chosen import chosen
from stormwater.admin.records import ReadOnlyAdmin
from stormwater.errors import UserError
from sync.admin.run_page import run_page, why_not_releasable
from sync.admin.wording import badge, duration, number, say_what_failed, seconds_of
from sync.asking import ask_for_release
from sync.models import Run

COUNTS = ("inserted", "updated", "unchanged", "duplicate", "quarantined", "removed", "issues")


class SourceFilter(SimpleListFilter):
    """By source; the choices are fixed, so that no table is read for them."""

    title = parameter_name = "source"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("portal", "portal"), ("directory", "directory")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(source=self.value()) if self.value() else queryset


class ReleaseForm(forms.Form):
    """Why the held file is right after all."""

    reason = forms.CharField(
        label="Why is the file right?",
        widget=forms.Textarea(attrs={"rows": 3, "cols": 80}),
        max_length=2_000,
        help_text="Kept in the ledger with your name.",
    )


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    """The ledger's entries."""

    change_form_template = "admin/sync/run_page.html"
    list_display = (
        "run_number",
        "what",
        "state",
        "started_at",
        "took",
        "rows",
        "outcome",
    )
    list_display_links = ("run_number", "what")
    list_select_related = ("resource",)
    list_filter = (
        "status",
        "resource__dataset",
        SourceFilter,
        chosen("resource", "resource"),
        chosen("raw_file", "raw file"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        """With what the page of a run says about it."""
        queryset = super().get_queryset(request)
        if request.resolver_match and request.resolver_match.url_name == "sync_run_change":
            queryset = queryset.select_related(
                "resource__dataset", "resource__last_published", "raw_file", "release_of", "released_by"
            )
        return queryset

    def get_urls(self) -> list[URLPattern]:
        """With the page that releases a held run."""
        release = path("<int:run_id>/release/", self.admin_site.admin_view(self.release), name="sync_run_release")
        return [release, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The run's page."""
        run = self.get_object(request, object_id)
        context = run_page(run) | {"may_release": may_release(request)} if isinstance(run, Run) else {}
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def release(self, request: HttpRequest, run_id: int) -> HttpResponse:
        """Ask for the reason, then publish the held file."""
        run = get_object_or_404(Run.objects.select_related("resource__last_published", "raw_file"), pk=run_id)
        if not may_release(request):
            raise PermissionDenied
        page = reverse("admin:sync_run_change", args=[run.pk])
        refusal = (
            why_not_releasable(run) if run.status == Run.Status.HELD else f"Run {run.pk} is {run.status}, not held."
        )
        if refusal:
            self.message_user(request, refusal, messages.ERROR)
            return HttpResponseRedirect(page)
        form = ReleaseForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            return HttpResponseRedirect(self._release(request, run, form.cleaned_data["reason"]) or page)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Release run {run.pk} of {run.resource.slug}?",
            "opts": self.opts,
            "run": run,
            "form": form,
            "runs_inline": settings.CELERY_TASK_ALWAYS_EAGER,
        }
        return TemplateResponse(request, "admin/sync/release.html", context)

    def _release(self, request: HttpRequest, run: Run, reason: str) -> str:
        """Release, here or by a worker; returns where to go on, if not to the held run."""
        assert isinstance(request.user, AbstractBaseUser)  # noqa: S101 - nobody else has the permission
        try:
            asked = ask_for_release(run_id=run.pk, reason=reason, user=request.user)
        except UserError as error:
            self.message_user(request, str(error), messages.ERROR)
            return ""
        if asked.is_queued:
            words = f"The release of run {run.pk} has started. It becomes a run of its own, at the top of this list."
            self.message_user(request, words, messages.SUCCESS)
            return reverse("admin:sync_run_changelist")
        (result,) = asked.runs
        is_published = result.status == Run.Status.PUBLISHED
        words = f"Run {run.pk} was released as run {result.run}: {result.status}. {result.message}"
        self.message_user(request, words.strip(), messages.SUCCESS if is_published else messages.WARNING)
        say_what_failed(self, request, asked)
        return reverse("admin:sync_run_change", args=[result.run])

    @admin.display(description="Run")
    def run_number(self, run: Run) -> int:
        """Its number in the ledger."""
        return run.pk

    @admin.display(description="Resource")
    def what(self, run: Run) -> SafeString:
        """What it loaded; the name may break at its underscores."""
        return format_html_join("", "{}<wbr>", ((part,) for part in re.findall(r"[^_]+_?", run.resource.slug)))

    @admin.display(description="Status")
    def state(self, run: Run) -> SafeString:
        """The status as a badge."""
        return badge(run.status)

    @admin.display(description="Rows read")
    def rows(self, run: Run) -> str:
        """Data rows of the file."""
        return number(run.rows_read)

    @admin.display(description="What became of them")
    def outcome(self, run: Run) -> str:
        """The counts that are not zero, or why there are none."""
        if run.status == Run.Status.UNCHANGED:
            return "The file is the one that is published already."
        if run.status != Run.Status.PUBLISHED:
            return Truncator(run.message).chars(200)
        return " · ".join(f"{number(getattr(run, name))} {name}" for name in COUNTS if getattr(run, name))

    @admin.display(description="Took")
    def took(self, run: Run) -> str:
        """From start to end."""
        return duration(seconds_of(run))


def may_release(request: HttpRequest) -> bool:
    """Whether the user may release held runs."""
    return request.user.has_perm("sync.change_run")
