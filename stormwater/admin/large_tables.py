"""Lists of tables that can hold millions of rows: no counting, no sorting, no skipping.

The stock change list counts all rows for its page numbers and skips to a page by reading all that
come before it. Here a page is found by the key of its neighbour, so that the thousandth page
costs what the first one does; how many rows there are is the planner's estimate, and said to be
one. There are no page numbers: next, previous, back to the first.
"""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin import ModelAdmin, ShowFacets
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.contrib.humanize.templatetags.humanize import intcomma, intword
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from stormwater.admin.naming import title_of
from stormwater.admin.searching import ExactSearch


def estimated_rows(model: type[Model]) -> int | None:
    """How many rows the planner thinks the table has; None if it has never looked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(%s)", [model._meta.db_table])
        row = cursor.fetchone()
    return int(row[0]) if row and row[0] >= 0 else None


def size_in_words(rows: int | None) -> str:
    """An estimate that cannot be mistaken for a count."""
    if rows is None:
        return "The database has not estimated the size of this table yet."
    rounded = round(rows, 2 - len(str(rows))) if rows >= 100 else rows
    words = intword(rounded) if rows >= 1_000_000 else intcomma(rounded)
    return f"About {words} rows in the whole table, by the database's estimate."


class KeysetChangeList(ChangeList):
    """One page of a list in the order of the primary key.

    The page parameter is `after-KEY` or `before-KEY`, in the order of the list. Django keeps that
    parameter out of the filters, and its links forget it when a filter or the search changes.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = title_of(self.model)

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """By primary key, whatever the address asks for: no other order has an index."""
        return [self._order(request)]

    def get_ordering_field_columns(self) -> dict[int, str]:  # type: ignore[override]
        """No column is marked as sorted."""
        return {}

    def get_results(self, request: HttpRequest) -> None:
        """Read one row more than the page shows, which tells whether there is a next page."""
        way, key = self._position(request)
        is_descending = self._order(request).startswith("-")
        is_backwards = way == "before"
        queryset = self.queryset
        if way:
            lookup = "lt" if is_descending is not is_backwards else "gt"
            queryset = queryset.filter(**{f"pk__{lookup}": key})
        if is_backwards:
            queryset = queryset.reverse()
        rows = list(queryset[: self.list_per_page + 1])
        has_more = len(rows) > self.list_per_page
        rows = rows[: self.list_per_page]
        if is_backwards:
            rows.reverse()
        self._set_links(rows, has_previous=has_more if is_backwards else bool(way), has_next=has_more or is_backwards)
        self.result_list = rows
        self.result_count = len(rows)
        self.full_result_count = self.result_count  # equal numbers: Django then shows neither
        self.show_full_result_count = False
        self.show_admin_actions = False
        self.can_show_all = False
        self.multi_page = False
        self.paginator = None
        self.is_narrowed = bool(self.query or self.get_filters_params())
        self.size_in_words = "" if self.is_narrowed else size_in_words(estimated_rows(self.model))

    def _set_links(self, rows: list[Any], *, has_previous: bool, has_next: bool) -> None:
        first = self.get_query_string()
        self.first_link = first if has_previous else ""
        self.previous_link = self.next_link = ""
        if has_previous:
            self.previous_link = self.get_query_string({PAGE_VAR: f"before-{rows[0].pk}"}) if rows else first
        if has_next and rows:
            self.next_link = self.get_query_string({PAGE_VAR: f"after-{rows[-1].pk}"})

    def _order(self, request: HttpRequest) -> str:
        ordering = tuple(self.model_admin.get_ordering(request))
        return "pk" if ordering == ("pk",) else "-pk"

    def _position(self, request: HttpRequest) -> tuple[str, Any]:
        """Which way the page lies from which key; no way for the first page and for nonsense."""
        way, _, text = request.GET.get(PAGE_VAR, "").partition("-")
        if way not in {"after", "before"}:
            return "", None
        try:
            return way, self.lookup_opts.pk.to_python(text)
        except ValidationError:
            return "", None


class LargeTableAdmin(ExactSearch, ModelAdmin):
    """ModelAdmin of a table that can be large: search by exact id, page by key, count nothing."""

    change_list_template = "admin/large_table_change_list.html"
    ordering: ClassVar[Any] = ("-pk",)
    sortable_by: ClassVar[Any] = ()
    list_per_page = 50
    show_full_result_count = False
    show_facets = ShowFacets.NEVER  # facets are counts

    @admin.display(description="No.")
    def row_number(self, obj: Model) -> Any:
        """Our own number of the row, which the list is ordered by."""
        return obj.pk

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """The list that pages by key."""
        return KeysetChangeList
