"""A filter by one related record, reached by a link: it lists no alternatives, for there may be a million."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.utils import get_fields_from_path
from django.db.models import Model, QuerySet
from django.http import HttpRequest

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin


class ChosenRelationFilter(SimpleListFilter):
    """Shown only while it is in force, so that it can be seen and taken off."""

    relation = ""

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        """The chosen record alone."""
        value = self.value()
        if not value:
            return []
        field = get_fields_from_path(model_admin.model, self.relation)[-1]
        related: type[Model] = field.related_model  # type: ignore[assignment]
        found = related._default_manager.filter(pk=value).first() if value.isdecimal() else None
        return [(value, str(found) if found else f"no such record: {value}")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that point to the chosen record."""
        value = self.value()
        if not value:
            return queryset
        return queryset.filter(**{self.relation: value}) if value.isdecimal() else queryset.none()


def chosen(relation: str, title: str) -> type[ChosenRelationFilter]:
    """The filter for one foreign key, or a path that ends in one: `?relation=KEY`."""
    attributes = {"relation": relation, "parameter_name": relation, "title": title}
    return type(f"Chosen{relation.title()}Filter", (ChosenRelationFilter,), attributes)
