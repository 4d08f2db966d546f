"""Quarantined rows, data-quality issues and record changes: three tables that grow with every sync."""

from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet, TextField
from django.db.models.functions import Left, Length
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from stormwater.admin.chosen import chosen
from stormwater.admin.records import ReadOnlyAdmin
from sync.admin.wording import ISSUES, REASONS, in_words, number, run_link
from sync.contracts import CONTRACTS
from sync.contracts.base import Shape
from sync.models import DataQualityIssue, QuarantinedRow, RecordChange, Resource, Run

# Cells and rows of megabytes exist; the database sends their beginning.
IN_A_LIST = 300
ON_A_PAGE = 20_000


class ResourceFilter(SimpleListFilter):
    """By resource, through its runs: the findings have no column for it, their runs an index."""

    title = "resource"
    parameter_name = "resource"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(slug, slug) for slug in Resource.objects.order_by("slug").values_list("slug", flat=True)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        return queryset.filter(run__in=Run.objects.filter(resource__slug=self.value()).order_by().values("pk"))


class CodeFilter(SimpleListFilter):
    """By code. The choices are those that we know, not those that are in the table: that would read all of it."""

    column = ""
    words: dict[str, str] = {}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        codes = [(code, code.replace("_", " ")) for code in self.words]
        value = self.value()
        return codes if not value or value in self.words else [*codes, (value, value)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.column: self.value()}) if self.value() else queryset


class ReasonFilter(CodeFilter):
    """Why a row was set aside."""

    title = parameter_name = column = "reason"
    words = REASONS


class IssueCodeFilter(CodeFilter):
    """What was wrong with a cell."""

    title = parameter_name = column = "code"
    words = ISSUES


class NamedColumnFilter(SimpleListFilter):
    """By published column, reached from a run's page; `-` means the whole row."""

    title = parameter_name = "column"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        value = self.value()
        return [(value, "the whole row" if value == "-" else value)] if value else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(column="" if value == "-" else value) if value else queryset


class FieldFilter(SimpleListFilter):
    """By field of the chosen resource's records, as its contract names them; `-` means the record as a whole."""

    title = parameter_name = "field"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        value = self.value()
        contract = CONTRACTS.get(request.GET.get("resource", ""))
        fields = {column.field for column in contract.kept_columns if not column.joined} if contract else set()
        fields |= {value} - {"-"} if value else set()
        if not fields and not value:
            return []
        return [("-", "the record as a whole"), *((field, field.replace("_", " ")) for field in sorted(fields))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(field="" if value == "-" else value) if value else queryset


class ChangedResourceFilter(SimpleListFilter):
    """By resource; only keyed datasets have changes."""

    title = "resource"
    parameter_name = "resource"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(slug, slug) for slug, contract in CONTRACTS.items() if contract.shape is not Shape.SAMPLES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(resource__slug=self.value()) if self.value() else queryset


class FindingAdmin(ReadOnlyAdmin):
    """What the pages of findings have in common."""

    list_select_related = ("run__resource", "run__raw_file")
    long_column = ""  # the text that can have megabytes

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the beginning of the long text instead of all of it."""
        queryset = super().get_queryset(request)
        return queryset.defer(self.long_column).annotate(
            beginning=Left(self.long_column, ON_A_PAGE, output_field=TextField()), length=Length(self.long_column)
        )

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """The newest first; of one run, in the order in which they were found."""
        return ("pk",) if request.GET.get("run") else ("-pk",)

    @admin.display(description="Run")
    def run_of(self, obj: Any) -> SafeString:
        """The run and what it loaded."""
        return format_html("{}<br>{}", run_link(obj.run_id), obj.run.resource.slug)

    @admin.display(description="Line")
    def line_of(self, obj: Any) -> SafeString | str:
        """The line, with a link to what the file says there."""
        if obj.run.raw_file_id is None:
            return number(obj.line)
        address = reverse("admin:sync_rawfile_line", args=[obj.run.raw_file_id, obj.line])
        return format_html('<a href="{}">{}</a>', address, number(obj.line))

    @admin.display(description="As published")
    def short_text(self, obj: Any) -> SafeString:
        """The beginning, for lists."""
        return raw_block(obj.beginning[:IN_A_LIST], obj.length)

    @admin.display(description="As published")
    def long_text(self, obj: Any) -> SafeString:
        """As much as a page can bear."""
        return raw_block(obj.beginning, obj.length)


def raw_block(text: str, length: int) -> SafeString:
    """Raw text in its own spacing, and how much of it is not shown."""
    left = length - len(text)
    more = format_html('<span class="quiet">… {} more characters</span>', number(left)) if left > 0 else ""
    return format_html('<pre class="raw">{}</pre>{}', text, more)


@admin.register(QuarantinedRow)
class QuarantinedRowAdmin(FindingAdmin):
    """Rows that could not be loaded, as they were."""

    list_display = ("row_number", "run_of", "line_of", "why", "short_text")
    list_filter = (chosen("run", "run"), ResourceFilter, ReasonFilter)
    fields = ("run_of", "line_of", "why", "reason", "long_text")
    readonly_fields = ("run_of", "line_of", "why", "long_text")
    long_column = "raw_text"

    @admin.display(description="Why it was set aside")
    def why(self, obj: QuarantinedRow) -> SafeString:
        """The reason in words, with its detail."""
        return format_html("{}.<br>{}", in_words(REASONS, obj.reason), obj.detail)


@admin.register(DataQualityIssue)
class DataQualityIssueAdmin(FindingAdmin):
    """Cells that were emptied or repaired."""

    list_display = ("row_number", "run_of", "line_of", "column_name", "what", "short_text", "stored")
    list_filter = (chosen("run", "run"), ResourceFilter, IssueCodeFilter, NamedColumnFilter)
    fields = ("run_of", "line_of", "column_name", "what", "code", "long_text", "stored")
    readonly_fields = ("run_of", "line_of", "column_name", "what", "long_text", "stored")
    long_column = "raw_value"

    @admin.display(description="Column")
    def column_name(self, obj: DataQualityIssue) -> str:
        """The published column."""
        return obj.column or "the whole row"

    @admin.display(description="What was done")
    def what(self, obj: DataQualityIssue) -> str:
        """The code in words."""
        return in_words(ISSUES, obj.code)

    @admin.display(description="Stored instead")
    def stored(self, obj: DataQualityIssue) -> str:
        """The repaired value."""
        return "nothing" if obj.stored_value is None else obj.stored_value


@admin.register(RecordChange)
class RecordChangeAdmin(ReadOnlyAdmin):
    """The change log of keyed records."""

    list_display = ("row_number", "when", "record", "kind", "field_name", "before", "after", "run_of")
    list_select_related = ("run", "resource")
    list_filter = (chosen("run", "run"), ChangedResourceFilter, "kind", FieldFilter)
    search_fields = ("record_key",)
    search_help_text = "Exact key of the record: VIOLATION_ID, ENFORCEMENT_ID, INSPECTION_ID, or APP_ID|WDID."
    fields = ("when", "record", "kind", "field_name", "before_in_full", "after_in_full", "run_of")
    readonly_fields = fields

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By record key. The index begins with the resource, so all of them are named."""
        term = search_term.strip()
        if not term:
            return queryset, False
        resources = list(Resource.objects.values_list("pk", flat=True))
        return queryset.filter(resource__in=resources, record_key=term), False

    @admin.display(description="Published")
    def when(self, obj: RecordChange) -> Any:
        """When the run was published."""
        return obj.run.finished_at

    @admin.display(description="Record")
    def record(self, obj: RecordChange) -> SafeString:
        """Dataset and key."""
        return format_html("{}<br>{}", obj.resource.slug, obj.record_key)

    @admin.display(description="Field")
    def field_name(self, obj: RecordChange) -> str:
        """The field in words."""
        return obj.field.replace("_", " ") or "the record"

    @admin.display(description="Before")
    def before(self, obj: RecordChange) -> str:
        """The old value, its beginning."""
        return _short(obj, obj.old_value)

    @admin.display(description="After")
    def after(self, obj: RecordChange) -> str:
        """The new value, its beginning."""
        return _short(obj, obj.new_value)

    @admin.display(description="Before")
    def before_in_full(self, obj: RecordChange) -> str:
        """The old value."""
        return _value(obj, obj.old_value)

    @admin.display(description="After")
    def after_in_full(self, obj: RecordChange) -> str:
        """The new value."""
        return _value(obj, obj.new_value)

    @admin.display(description="Run")
    def run_of(self, obj: RecordChange) -> SafeString | str:
        """The run that made the change."""
        return run_link(obj.run_id)


def _value(change: RecordChange, value: str | None) -> str:
    if change.kind != RecordChange.Kind.UPDATED:
        return ""
    return "nothing" if value is None else value


def _short(change: RecordChange, value: str | None) -> str:
    text = _value(change, value)
    return text if len(text) <= IN_A_LIST else f"{text[:IN_A_LIST]}…"
