"""Filters by declaration: each makes a django-filter filter, a parameter's check and its documentation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

import django_filters
from django import forms
from django.core.validators import DecimalValidator, MaxValueValidator, MinValueValidator
from django.db.models import Q, QuerySet

from stormwater.api.keyset import DateIs
from stormwater.api.problems import ParameterError
from stormwater.api.row_fields import Kind

MAX_TEXT = 200
MAX_INTEGER = 2**31 - 1
MAX_VALUES = 50  # of a filter that takes a list
# Numbers are published below 10^15; a filter takes no more digits than the data can have.
_DIGITS, _PLACES = 30, 15


class Lookup(Enum):
    """How a value is compared: the ending of the parameter's name, and in words."""

    EXACT = "", "equal to"
    GTE = "__gte", "from (inclusive)"
    LTE = "__lte", "to (inclusive)"
    GT = "__gt", "above"
    LT = "__lt", "below"
    IN = "__in", "one of, separated by commas"

    def __init__(self, ending: str, words: str) -> None:
        self.ending = ending
        self.words = words


_DATE_OPERATORS = {Lookup.EXACT: "=", Lookup.GTE: ">=", Lookup.LTE: "<="}


class Narrowing(Enum):
    """How an index finds the rows of a filter on a large table."""

    TO_FEW = "to few"  # thousands at most: all are found first, and sorted then
    IN_ORDER = "in order"  # any number, found in the order of the list


ONLY = (Lookup.EXACT,)
SOME = (Lookup.EXACT, Lookup.IN)
RANGE = (Lookup.EXACT, Lookup.GTE, Lookup.LTE)
OPEN_RANGE = (*RANGE, Lookup.GT, Lookup.LT)


@dataclass(frozen=True, slots=True, eq=False)
class Filter:
    """A filter of a list: one parameter per lookup.

    `condition` makes the condition from a clean value where it is more than a comparison of `path`;
    `choices` are the values that exist, as clients write them. On a large table, a filter that
    `narrows` is answered by an index, so that any other filter may go with it.
    """

    name: str
    description: str
    path: str = ""
    kind: Kind = Kind.TEXT
    lookups: Sequence[Lookup] = ONLY
    choices: Sequence[str] = ()
    condition: Callable[[Any], Q] | None = None
    narrows: Narrowing | None = None
    walks: bool = False  # on a large table: keeps to the order of the whole-table walk
    example: Any = None
    parameters: Mapping[str, Lookup] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", {f"{self.name}{lookup.ending}": lookup for lookup in self.lookups})

    def with_condition(self, condition: Callable[[Any], Q]) -> "Filter":
        """The same filter with another meaning in the database."""
        return replace(self, condition=condition)

    def schema(self, lookup: Lookup) -> dict[str, Any]:
        """The parameter in the OpenAPI document."""
        if lookup is Lookup.IN:
            return {"type": "string", "minLength": 1, "maxLength": MAX_TEXT * 5}
        schema = self.kind.schema
        if self.choices:
            schema["enum"] = list(self.choices)
        elif self.kind is Kind.TEXT:
            schema |= {"minLength": 1, "maxLength": MAX_TEXT}
        elif self.kind is Kind.INTEGER:
            schema |= {"minimum": -MAX_INTEGER, "maximum": MAX_INTEGER}
        return schema


def build_filterset(filters: Sequence[Filter]) -> type[django_filters.FilterSet]:
    """The django-filter class of some filters."""
    declared = {
        parameter: _Declared(declaration, lookup)
        for declaration in filters
        for parameter, lookup in declaration.parameters.items()
    }
    return type("ListFilterSet", (django_filters.FilterSet,), dict(declared))


def read_filters(
    filterset: type[django_filters.FilterSet], given: Mapping[str, str]
) -> tuple[dict[str, Q], list[ParameterError]]:
    """The condition of each parameter that is given, and what is wrong with others. Every one is of the filter set.

    By the fields that the class has, one by one: to make a filter set and its form, with copies of all of their
    fields, takes longer than the rest of a request.
    """
    conditions, errors = {}, []
    for name, text in given.items():
        declared = filterset.base_filters[name]
        try:
            conditions[name] = declared.condition(declared.field.clean(text))
        except forms.ValidationError as error:
            errors += [ParameterError(name, message) for message in error.messages]
    return conditions, errors


class _Declared(django_filters.Filter):
    """One parameter."""

    def __init__(self, declaration: Filter, lookup: Lookup) -> None:
        super().__init__(field_name=declaration.path, lookup_expr=lookup.ending.lstrip("_") or "exact")
        self._declaration = declaration
        self._lookup = lookup

    @property
    def field(self) -> forms.Field:
        if not hasattr(self, "_field"):
            single = _form_field(self._declaration)
            self._field = _ListField(single) if self._lookup is Lookup.IN else single
        return self._field

    def condition(self, value: Any) -> Q:
        """The condition that a clean value means."""
        if self._declaration.kind is Kind.DATE and self._declaration.condition is None:
            return Q(DateIs(self.field_name, _DATE_OPERATORS[self._lookup], value))
        if self._declaration.condition is None:
            return Q(**{f"{self.field_name}__{self.lookup_expr}": value})
        if self._lookup is not Lookup.IN:
            return self._declaration.condition(value)
        condition = Q()
        for part in value:
            condition |= self._declaration.condition(part)
        return condition

    def filter(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return rows.filter(self.condition(value))


def _form_field(declaration: Filter) -> forms.Field:
    if declaration.choices:
        return _ChoiceField(declaration.choices)
    match declaration.kind:
        case Kind.INTEGER:
            return forms.IntegerField(min_value=-MAX_INTEGER, max_value=MAX_INTEGER)
        case Kind.NUMBER:
            return _NumberField()
        case Kind.FLAG:
            return forms.TypedChoiceField(
                choices=[("true", ""), ("false", "")],
                coerce=lambda text: text == "true",
                error_messages={"invalid_choice": "Must be true or false."},
            )
        case Kind.DATE:
            return forms.DateField(
                input_formats=["%Y-%m-%d"], error_messages={"invalid": "Must be a date, such as 2024-01-31."}
            )
        case _:
            return forms.CharField(max_length=MAX_TEXT, strip=False)


class _NumberField(forms.DecimalField):
    """A decimal number that the data could have; `1e999999999` is none."""

    default_validators = [
        DecimalValidator(_DIGITS, _PLACES),
        MaxValueValidator(10**_PLACES),
        MinValueValidator(-(10**_PLACES)),
    ]

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and len(value) > _DIGITS + 10:
            raise forms.ValidationError("Must be a number of reasonable length.")
        return super().to_python(value)


class _ChoiceField(forms.CharField):
    """One of the values that exist, in any case."""

    def __init__(self, choices: Sequence[str]) -> None:
        super().__init__(max_length=MAX_TEXT)
        self._choices = {choice.lower(): choice for choice in choices}

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        known = self._choices.get(text.lower())
        if known is None:
            raise forms.ValidationError(f"Must be one of: {', '.join(self._choices.values())}.")
        return known


class _ListField(forms.CharField):
    """Some values, separated by commas, each as the single one would be."""

    def __init__(self, single: forms.Field) -> None:
        super().__init__(max_length=MAX_TEXT * 5)
        self._single = single

    def clean(self, value: Any) -> list[Any]:
        parts = super().clean(value).split(",")
        if len(parts) > MAX_VALUES:
            raise forms.ValidationError(f"Takes at most {MAX_VALUES} values.")
        return [self._single.clean(part.strip()) for part in parts]
