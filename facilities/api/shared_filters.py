"""Filters that lists about facilities, and about what happened at them, have in common."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Q

from facilities.models import Program
from facilities.reference_data import COUNTIES, REGIONS
from facilities.selectors.public import spellings_of_wdid
from stormwater.api.filters import ONLY, SOME, Filter
from stormwater.api.row_fields import Kind

_NUMBER_OF_COUNTY = {name: place for place, name in enumerate(COUNTIES, start=1)}


def region_filter(path: str = "region_id", of_codes: Callable[[Sequence[str]], Q] | None = None, **more: Any) -> Filter:
    """By region of the Water Boards; 5 and 6 stand for all their offices.

    `of_codes` makes the condition from the codes where it is more than a look at `path`.
    """

    def condition(code: str) -> Q:
        codes = [known for known in REGIONS if _is_office_of(known, code)]
        return of_codes(codes) if of_codes else Q(**{f"{path}__in": codes})

    return Filter(
        "region",
        "Region by its code, such as 4 or 5F; 5 and 6 are all of their offices",
        lookups=SOME,
        choices=tuple(REGIONS),
        condition=condition,
        **more,
    )


def county_filter(path: str = "county_id", of_number: Callable[[int], Q] | None = None, **more: Any) -> Filter:
    """By county, by its name or the two digits that a WDID has for it.

    `of_number` makes the condition from the county's number where it is more than a look at `path`.
    """

    def condition(text: str) -> Q:
        number = _NUMBER_OF_COUNTY.get(text) or int(text)
        return of_number(number) if of_number else Q(**{path: number})

    return Filter(
        "county",
        "County by name or by its number in a WDID: Los Angeles or 19",
        lookups=SOME,
        choices=(*_NUMBER_OF_COUNTY, *(f"{number:02}" for number in _NUMBER_OF_COUNTY.values())),
        condition=condition,
        **more,
    )


def facility_filter(path: str, **more: Any) -> Filter:
    """By canonical facility."""
    return Filter("facility", "Facility by its public id, such as fac-a400001", path=path, **more)


def wdid_filter(path: str = "wdid", **more: Any) -> Filter:
    """By WDID as the record has it."""
    return Filter(
        "wdid",
        "WDID, with or without the space that it may have: 4 19I012345 or 419I012345",
        condition=lambda text: Q(**{f"{path}__in": spellings_of_wdid(text)}),
        **more,
    )


def app_id_filter(path: str = "app_id", **more: Any) -> Filter:
    """By APP_ID as the record has it."""
    return Filter("app_id", "APP_ID as published", path=path, **more)


def program_filter(path: str, **more: Any) -> Filter:
    """By permit program."""
    return Filter(
        "program", "Permit program of the enrollment", path=path, choices=tuple(Program.values), lookups=ONLY, **more
    )


def flag_filter(name: str, description: str, path: str | None = None, **more: Any) -> Filter:
    """By yes or no."""
    return Filter(name, description, path=path or name, kind=Kind.FLAG, **more)


def _is_office_of(known: str, code: str) -> bool:
    return known == code or (code in {"5", "6"} and known.startswith(code))
