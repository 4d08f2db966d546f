"""Searching by id: exactly, and so by an index.

Django's own search compares without regard to case, which no index of ours serves: on a table of
millions it reads every row.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin.utils import get_fields_from_path
from django.core.exceptions import ValidationError
from django.db.models import Field, ForeignKey, ManyToOneRel, Model, Q, QuerySet
from django.http import HttpRequest

# Of a relation's rows with the searched id: one WDID has a handful of enrollments.
MAX_RELATED = 1_000


class ExactSearch:
    """ModelAdmin mixin: `search_fields` are indexed columns, or `relation__column`; the whole term must be equal."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The rows of which one of the fields is the term (upper case is tried as well)."""
        term = search_term.strip()
        if not term:
            return queryset, False
        fields = self.get_search_fields(request)  # type: ignore[attr-defined]  # a ModelAdmin's
        condition = any_id_is(queryset.model, fields, term)
        return (queryset.filter(condition) if condition else queryset.none()), False


def any_id_is(model: type[Model], paths: Iterable[str], term: str) -> Q:
    """The condition that one of the fields equals the term; empty if none of them can."""
    condition = Q()
    for path in paths:
        condition |= _relation_is(model, path, term) if "__" in path else _field_is(model, path, term)
    return condition


def _field_is(model: type[Model], name: str, term: str) -> Q:
    field: Field[Any, Any] = get_fields_from_path(model, model._meta.pk.name if name == "pk" else name)[-1]
    try:
        values = {field.to_python(term), field.to_python(term.upper())}
    except ValidationError:
        return Q()  # the term is no such id
    return Q(**{f"{name}__in": values})


def _relation_is(model: type[Model], path: str, term: str) -> Q:
    """Look up the related rows first: joined to a large table, an OR would keep every index from being used."""
    name, _, rest = path.partition("__")
    relation = model._meta.get_field(name)
    if not isinstance(relation, ForeignKey | ManyToOneRel):
        raise TypeError(f"{path}: only foreign keys, from either side, can be searched.")
    related: type[Model] = relation.related_model
    condition = any_id_is(related, [rest], term)
    if not condition:
        return Q()
    found = related._default_manager.filter(condition)
    if isinstance(relation, ManyToOneRel):
        keys = list(found.values_list(relation.field.attname, flat=True)[:MAX_RELATED])
        return Q(pk__in=keys) if keys else Q()
    keys = list(found.values_list("pk", flat=True)[:MAX_RELATED])
    return Q(**{f"{name}__in": keys}) if keys else Q()
