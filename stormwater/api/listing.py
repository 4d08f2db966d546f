"""A list of the API by declaration.

Rows, CSV, filters, the check of parameters and the OpenAPI document are all made from one
`Listing`, so that none of them can say anything else than the others.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any

import django_filters
from django.db.models import Model, Q, QuerySet

from stormwater.api import places, searching
from stormwater.api.caching import Tier
from stormwater.api.families import Family
from stormwater.api.filters import Filter, build_filterset
from stormwater.api.formats import CsvFormat, GeoJsonFormat, JsonFormat
from stormwater.api.keyset import BY_NUMBER, Ordering
from stormwater.api.places import Point
from stormwater.api.row_fields import RowField

MAX_PAGE = 500
DEFAULT_PAGE = 50


@dataclass(frozen=True, slots=True)
class Search:
    """What `search=` looks for. `condition` takes the text, which has a word of three characters or more."""

    description: str
    condition: Callable[[str], Q]


@dataclass(frozen=True, slots=True, eq=False)
class Include:
    """Something that `include=` adds to each row of a page, read for all of them at once.

    `load` takes the primary keys of the rows and returns a value for those that have one; the
    others get `empty`. It makes the same number of queries however many rows there are.
    """

    name: str
    description: str
    schema: Mapping[str, Any]
    load: Callable[[Sequence[int]], Mapping[int, Any]]
    empty: Any = None


@dataclass(frozen=True, eq=False)
class Listing:
    """A list: its address, its rows, and how clients may ask for them.

    `rows` are the published ones, without joins or order: a queryset made anew for every call, from
    the parts of the address. `key` is the field that a row's own address uses. A `datasets` list
    that is exactly the records of these lets the ledger count (`is_counted_by_ledger`).

    `is_large` is for tables of millions of rows. Their filters need one that an index answers
    beside them (`Filter.narrows`), and their order follows: `orderings` (the first is the default)
    where the rows are narrowed, else the order of the rows' numbers.
    """

    name: str  # in plural, unique: facilities, smarts_violations
    row_name: str  # name of a row in the OpenAPI document: Facility
    path: str  # below /api/, without slashes at the ends
    tag: str
    title: str
    description: str
    rows: Callable[..., QuerySet[Any]]
    fields: tuple[RowField, ...]
    filters: tuple[Filter, ...]
    families: frozenset[Family]
    datasets: tuple[str, ...]
    orderings: tuple[Ordering, ...] = (BY_NUMBER,)
    search: Search | None = None
    includes: tuple[Include, ...] = ()
    point: Point | None = None
    tier: Tier = Tier.HOT
    key: str | None = None  # name of a field; none: rows have no address of their own
    key_converter: str = "str"
    resolve_key: Callable[[Any], Any] | None = None  # for keys that were given up for another
    is_large: bool = False
    is_for_staff: bool = False  # never kept, JSON only, by token or session
    is_counted_by_ledger: bool = False
    path_parts: Mapping[str, str] = field(default_factory=dict)  # variable parts of the path, with their meaning
    dataset_part: str | None = None  # the part of the path that names the one dataset that the rows are of

    @cached_property
    def model(self) -> type[Model]:
        """The model of the rows."""
        return self.rows(**dict.fromkeys(self.path_parts, "")).model

    @cached_property
    def _all_rows(self) -> QuerySet[Any]:
        return self.rows()

    def rows_at(self, path_parts: Mapping[str, str]) -> QuerySet[Any]:
        """The rows at an address; those of an address without variable parts are put together once."""
        return self.rows(**path_parts) if path_parts else self._all_rows

    def datasets_at(self, path_parts: Mapping[str, str]) -> Sequence[str]:
        """The datasets that the rows at an address are made of."""
        return (path_parts[self.dataset_part],) if self.dataset_part else self.datasets

    @cached_property
    def filterset(self) -> type[django_filters.FilterSet]:
        """The django-filter class."""
        return build_filterset(self.filters)

    @cached_property
    def filter_of(self) -> dict[str, Filter]:
        """The filter that each parameter belongs to."""
        return {parameter: declared for declared in self.filters for parameter in declared.parameters}

    @cached_property
    def field_of(self) -> dict[str, RowField]:
        """The fields by name."""
        return {row_field.name: row_field for row_field in self.fields}

    @cached_property
    def include_of(self) -> dict[str, Include]:
        """The includes by name."""
        return {include.name: include for include in self.includes}

    @cached_property
    def ordering_of(self) -> dict[str, Ordering]:
        """The orders by name."""
        return {ordering.name: ordering for ordering in (*self.orderings, BY_NUMBER)}

    @cached_property
    def ordering_names(self) -> tuple[str, ...]:
        """The values that `ordering=` takes."""
        return tuple(name for ordering in self.ordering_of for name in (ordering, f"-{ordering}"))

    @cached_property
    def row_parameters(self) -> tuple[str, ...]:
        """The parameters of a single row's address."""
        return ("fields", *(("include",) if self.includes else ()), "format")

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """Every parameter of the list's address."""
        place = (places.BBOX, places.NEAR, places.RADIUS) if self.point else ()
        search = (searching.PARAMETER,) if self.search else ()
        paging = ("ordering", "cursor", "page_size", "count")
        return (*self.filter_of, *search, *place, *paging, *self.row_parameters)

    @cached_property
    def formats(self) -> tuple[type[Any], ...]:
        """The forms that the list comes in."""
        if self.is_for_staff:
            return (JsonFormat,)
        return (JsonFormat, *((GeoJsonFormat,) if self.point else ()), CsvFormat)

    @cached_property
    def row_formats(self) -> tuple[type[Any], ...]:
        """The forms that a single row comes in."""
        return (JsonFormat, *((GeoJsonFormat,) if self.point else ()))

    @cached_property
    def fingerprint(self) -> str:
        """Stands for the form of the rows: another after an update of the program that changes it."""
        described = ";".join(f"{row_field.name}:{row_field.kind.name}" for row_field in self.fields)
        return sha256(described.encode()).hexdigest()[:8]
