"""Read-only pages of published records: the source is the publisher's, and a sync would undo any edit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Field, Model
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from stormwater.admin.large_tables import LargeTableAdmin
from stormwater.admin.naming import labels_of, title_of
from stormwater.fields import is_private

HIDDEN = "hidden"  # in place of a value that is not to be seen yet
PRIVATE_HEADING = "Personal contact data (never public)"
# Columns that the sync writes about a record; shown as "provenance", last.
SYNC_FIELDS = (
    "resource",
    "run",
    "line",
    "removed_by",
    "first_seen_at",
    "changed_at",
    "copies",
    "content_hash",
    "text_hash",
)


class ReadOnlyPermissions:
    """Nobody adds, changes or deletes here; whoever may view, views."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnlyPermissions, LargeTableAdmin):
    """Pages of a table that only the sync writes."""

    actions: Any = None
    change_form_template = "admin/record_change_form.html"

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """With readable labels."""
        return super().get_form(request, obj, change, **{"labels": labels_of(self.model), **kwargs})

    def related_links(self, obj: Any) -> list[tuple[str, str]]:
        """Lists that belong to the record, as (words, address)."""
        return []

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The record's page, with its links; there is no history to link to."""
        obj = self.get_object(request, object_id)
        links = self.related_links(obj) if obj else []
        context = {"related_links": links, "list_title": title_of(self.model), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)


class RecordAdmin(ReadOnlyAdmin):
    """Pages of a synced record.

    `sections` are headings with the fields below them. What is in none of them comes first;
    personal contact data and provenance have sections of their own, last.
    """

    sections: Sequence[tuple[str, Sequence[str]]] = ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """`provenance` is no column; all columns are read-only already."""
        return ("provenance",) if _has_field(self.model, "run") else ()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """All fields of the model, in their sections."""
        fieldsets = fieldsets_of(self.model, self.sections)
        if _has_field(self.model, "run"):
            about = [name for name in SYNC_FIELDS if _has_field(self.model, name) and name not in {"run", "line"}]
            fieldsets.append(("Provenance", {"fields": ["provenance", *about]}))
        return fieldsets

    @admin.display(description="Read from")
    def provenance(self, obj: Any) -> SafeString:
        """Which line of which file the present values come from, with links."""
        return provenance_of(obj)

    @admin.display(description="Source")
    def source_line(self, obj: Any) -> SafeString:
        """The run and line, short, for lists; costs no query."""
        return format_html(
            '<a href="{}">Run {}</a>, line {}',
            reverse("admin:sync_run_change", args=[obj.run_id]),
            obj.run_id,
            obj.line,
        )

    @admin.display(description="In the latest file", boolean=True)
    def is_published(self, obj: Any) -> bool:
        """Whether the latest file still has the record."""
        return obj.removed_by_id is None


class ReadOnlyStackedInline(ReadOnlyPermissions, admin.StackedInline):
    """A one-to-one detail, read-only."""

    extra = 0
    can_delete = False

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """With readable labels."""
        return super().get_formset(request, obj, **{"labels": labels_of(self.model), **kwargs})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """All fields, personal contact data apart."""
        return fieldsets_of(self.model, ())


def fieldsets_of(model: type[Model], sections: Sequence[tuple[str, Sequence[str]]]) -> list[Any]:
    """Fieldsets of all columns but the sync's own."""
    names = [field.name for field in shown_fields(model)]
    private = [field.name for field in shown_fields(model) if is_private(field)]
    placed = {name for _, fields in sections for name in fields}
    first = [name for name in names if name not in placed and name not in private]
    fieldsets: list[Any] = [(None, {"fields": first})] if first else []
    fieldsets += [(heading, {"fields": list(fields)}) for heading, fields in sections]
    if private:
        fieldsets.append((PRIVATE_HEADING, {"fields": private, "classes": ["collapse"]}))
    return fieldsets


def shown_fields(model: type[Model]) -> Iterable[Field[Any, Any]]:
    """The columns that say something about the record itself, in the order of the model."""
    for field in model._meta.concrete_fields:
        if field.name not in SYNC_FIELDS and not field.primary_key:
            yield field


def provenance_of(obj: Any) -> SafeString:
    """The run, the file and the line that a record was read from."""
    run = obj.run
    words = format_html(
        '<a href="{}">Run {}</a>, line {} of {}',
        reverse("admin:sync_run_change", args=[run.pk]),
        run.pk,
        f"{obj.line:,}",
        run.file_name or "its file",
    )
    if run.raw_file_id is None:
        return words
    address = reverse("admin:sync_rawfile_line", args=[run.raw_file_id, obj.line])
    return format_html('{} · <a href="{}">show that line as published</a>', words, address)


def list_link(label: str, **filters: Any) -> str:
    """Address of a model's list (`app.Model`), narrowed by filters."""
    app, _, model = label.lower().partition(".")
    address = reverse(f"admin:{app}_{model}_changelist")
    return f"{address}?{urlencode(filters)}" if filters else address


def _has_field(model: type[Model], name: str) -> bool:
    return any(field.name == name for field in model._meta.concrete_fields)
