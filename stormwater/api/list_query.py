"""What a client asks of a list: its parameters, checked against the declaration, before any query.

Everything that is wrong is found at once and named.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.db.models import Q, QuerySet
from django.http import QueryDict

from stormwater.api import cursors, places, searching
from stormwater.api.cursors import Cursor
from stormwater.api.filters import MAX_TEXT, Narrowing, read_filters
from stormwater.api.keyset import BY_NUMBER, Ordering
from stormwater.api.listing import DEFAULT_PAGE, MAX_PAGE, Include, Listing
from stormwater.api.problems import ParameterError, unknown_name, wrong_parameters
from stormwater.api.row_fields import RowField

EXACT, ESTIMATE = "exact", "estimate"
# What does not change which rows there are, nor their order: a cursor goes on when these change.
_PRESENTATION = {"cursor", "page_size", "count", "fields", "include", "format"}
_PAGING = ("cursor", "page_size", "count", "include")


@dataclass(frozen=True, slots=True)
class RowQuery:
    """How rows shall look."""

    fields: tuple[RowField, ...]
    includes: tuple[Include, ...]


@dataclass(frozen=True, slots=True)
class ListQuery:
    """Which rows, in which order, which page of them, and how they shall look."""

    look: RowQuery
    rows: QuerySet[Any]  # filtered, not ordered
    are_few: bool  # of a large table: found by an index whatever their order
    is_filtered: bool
    ordering: Ordering
    is_descending: bool
    cursor: Cursor | None
    page_size: int
    count: str | None
    binding: str  # stands for list, filters and order

    def cursor_text(self, key: Sequence[Any], *, is_backwards: bool, is_inclusive: bool = False) -> str:
        """The cursor of the page beside a row with this key; `is_inclusive` of the one that begins with it."""
        return cursors.encode_cursor(Cursor(tuple(key), is_backwards, is_inclusive), self.binding)


def read_row_query(listing: Listing, given: QueryDict) -> RowQuery:
    """The parameters of a single row's address. Raises a 400 that names each wrong one."""
    errors = check_names(given, listing.row_parameters)
    look = _read_look(listing, given, errors)
    if errors:
        raise wrong_parameters(errors)
    return look


def read_list_query(listing: Listing, given: QueryDict, path_parts: Mapping[str, str], *, is_export: bool) -> ListQuery:
    """The parameters of a list's address. Raises a 400 that names each wrong one. Makes no query."""
    errors = check_names(given, listing.parameters)
    if is_export:
        message = "Does not go with format=csv, which has all rows."
        errors += [ParameterError(name, message) for name in _PAGING if name in given]
    look = _read_look(listing, given, errors)
    values = {name: str(given[name]) for name in given}
    rows, narrowings = _read_filters(listing, values, listing.rows_at(path_parts), errors)
    is_narrowed = not listing.is_large or bool(narrowings)
    ordering, is_descending = _read_ordering(listing, values, is_narrowed, errors)
    page_size = _read_page_size(values.get("page_size"), errors)
    count = values.get("count")
    if count not in {None, EXACT, ESTIMATE}:
        errors.append(ParameterError("count", f"Must be {EXACT} or {ESTIMATE}."))
    if errors:
        raise wrong_parameters(errors)
    chosen = {name: value for name, value in values.items() if name not in _PRESENTATION}
    binding = _binding(listing.name, path_parts, chosen, ordering, is_descending)
    cursor = cursors.decode_cursor(values["cursor"], binding) if "cursor" in values else None
    is_filtered = bool(chosen.keys() - {"ordering"}) or bool(path_parts)
    are_few = Narrowing.TO_FEW in narrowings
    return ListQuery(look, rows, are_few, is_filtered, ordering, is_descending, cursor, page_size, count, binding)


def check_names(given: QueryDict, known: Sequence[str]) -> list[ParameterError]:
    """What is wrong with the names of parameters, or with any value whatever its name."""
    errors = []
    for name, values in given.lists():
        if name not in known:
            errors.append(unknown_name(name[:100], name, known, "parameter"))
        elif len(values) > 1:
            errors.append(ParameterError(name, "Is given more than once."))
        elif not values[0]:
            errors.append(ParameterError(name, "Has no value. Leave it out."))
        elif "\x00" in values[0]:
            errors.append(ParameterError(name, "Must not hold NUL characters."))
    return errors


def _read_look(listing: Listing, given: Mapping[str, str], errors: list[ParameterError]) -> RowQuery:
    fields = _chosen("fields", given, listing.field_of, listing.field_of, errors)
    includes = _chosen("include", given, listing.include_of, (), errors)
    return RowQuery(
        tuple(listing.field_of[name] for name in fields), tuple(listing.include_of[name] for name in includes)
    )


def _chosen(
    parameter: str,
    given: Mapping[str, str],
    known: Mapping[str, Any],
    otherwise: Iterable[str],
    errors: list[ParameterError],
) -> list[str]:
    """The names of a list of names; each once, in the order of the declaration."""
    if parameter not in given:
        return list(otherwise)
    names = {name.strip() for name in given[parameter].split(",")}
    what = "field" if parameter == "fields" else "include"
    errors += [unknown_name(parameter, name, list(known), what) for name in sorted(names - known.keys())]
    return [name for name in known if name in names]


def _read_filters(
    listing: Listing, values: Mapping[str, str], rows: QuerySet[Any], errors: list[ParameterError]
) -> tuple[QuerySet[Any], set[Narrowing]]:
    """The rows that the filters leave, and how indexes of a large table narrow them."""
    wanted = {name: value for name, value in values.items() if name in listing.filter_of and value}
    conditions, wrong = read_filters(listing.filterset, wanted)
    errors += wrong
    condition = Q()
    if listing.point:
        condition &= places.find_place(listing.point, values, errors)
    if listing.search and values.get(searching.PARAMETER):
        condition &= _read_search(listing, values[searching.PARAMETER], errors)
    narrowings = {narrowing for name in wanted if (narrowing := listing.filter_of[name].narrows)}
    if listing.is_large and not narrowings:
        errors += [_too_wide(listing, name) for name in wanted if not listing.filter_of[name].walks]
    if errors:
        return rows, narrowings
    for found in conditions.values():
        condition &= found
    return (rows.filter(condition) if condition else rows), narrowings


def _read_search(listing: Listing, text: str, errors: list[ParameterError]) -> Q:
    assert listing.search  # noqa: S101 - the caller has looked
    if len(text) > searching.MAX_LENGTH or not searching.words_of(text):
        message = (
            f"Must be at most {searching.MAX_LENGTH} characters and {searching.MAX_WORDS} words, "
            f"one of them of {searching.MIN_WORD} characters or more."
        )
        errors.append(ParameterError(searching.PARAMETER, message))
        return Q()
    try:
        ProhibitNullCharactersValidator()(text)
    except ValidationError:
        return Q()  # named already, as of any parameter
    return listing.search.condition(text)


def _too_wide(listing: Listing, name: str) -> ParameterError:
    narrowing = ", ".join(dict.fromkeys(declared.name for declared in listing.filters if declared.narrows))
    return ParameterError(name, f"The table has millions of rows. Needs one of these beside it: {narrowing}.")


def _read_ordering(
    listing: Listing, values: Mapping[str, str], is_narrowed: bool, errors: list[ParameterError]
) -> tuple[Ordering, bool]:
    default = listing.orderings[0] if is_narrowed else BY_NUMBER
    text = values.get("ordering")
    if not text:
        return default, False
    if text not in listing.ordering_names:
        errors.append(unknown_name("ordering", text, listing.ordering_names, "order"))
        return default, False
    ordering = listing.ordering_of[text.lstrip("-")]
    if listing.is_large and (ordering is BY_NUMBER) is is_narrowed:
        names = [name for name in listing.ordering_names if (name.lstrip("-") != BY_NUMBER.name) is is_narrowed]
        what = "with these filters" if is_narrowed else "without a filter that narrows them"
        errors.append(ParameterError("ordering", f"The rows {what} come in the order {' or '.join(names)}."))
    return ordering, text.startswith("-")


def _read_page_size(text: str | None, errors: list[ParameterError]) -> int:
    if text is None:
        return DEFAULT_PAGE
    if not (text.isascii() and text.isdecimal() and len(text) < MAX_TEXT and 1 <= int(text) <= MAX_PAGE):
        errors.append(ParameterError("page_size", f"Must be a whole number from 1 to {MAX_PAGE}."))
        return DEFAULT_PAGE
    return int(text)


def _binding(
    name: str, path_parts: Mapping[str, str], chosen: Mapping[str, str], ordering: Ordering, is_descending: bool
) -> str:
    parts = [name, sorted(path_parts.items()), sorted(chosen.items()), ordering.name, is_descending]
    return sha256(json.dumps(parts).encode()).hexdigest()[:12]
