"""Cities, counties, regions, ZIP and SIC codes in one spelling."""

import re
from math import asin, cos, radians, sin, sqrt

from facilities.matching.normalize_names import is_blank
from facilities.matching.normalize_words import fold

_REGION = re.compile(r"^(?:region\s+|r)?([1-9])\s*([a-z]{0,3})(?![a-z0-9])")
_REGION_6 = {"t": "a", "slt": "a", "v": "b"}  # older office codes of Region 6 (unconfirmed)
_SAINT = re.compile(r"^st\.?\s")
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_DIGITS = re.compile(r"\d{4}")
_EARTH_KM = 6371.0
LATITUDES = (32.0, 42.1)  # California's box, degrees
LONGITUDES = (-124.6, -114.0)


def parse_city(text: str | None) -> str | None:
    """A city's name: `St. Helena` and `Saint Helena`, `City of Lodi` and `Lodi` are one."""
    if text is None or is_blank(text):
        return None
    folded = _NOT_WORD.sub(" ", _SAINT.sub("saint ", fold(text).strip())).strip()
    return folded.removeprefix("city of ").removeprefix("town of ") or None


def parse_county(text: str | None) -> str | None:
    """A county's name without the word."""
    city = parse_city(text)
    return city.removesuffix(" county") if city else None


def parse_region(text: str | None) -> str | None:
    """A region's code such as `5s`; the digit alone where no office is named."""
    if text is None or is_blank(text):
        return None
    match = _REGION.match(fold(text).strip())
    if not match:
        return None
    office = match[2] if match[1] in "56" else ""
    return match[1] + (_REGION_6.get(office, office) if match[1] == "6" else office)


def parse_zip(text: str | None) -> str | None:
    """The five digits of a ZIP code."""
    match = re.match(r"\s*(\d{5})", text or "")
    return match[1] if match else None


def parse_sic(codes: tuple[str, ...]) -> frozenset[str]:
    """The four-digit numbers of SIC codes."""
    return frozenset(match[0] for match in map(_DIGITS.match, codes) if match)


def usable_point(latitude: float | None, longitude: float | None) -> tuple[float, float] | None:
    """The coordinates, or None outside California's box; a positive longitude is mended."""
    if latitude is None or longitude is None:
        return None
    longitude = -abs(longitude)
    inside = LATITUDES[0] <= latitude <= LATITUDES[1] and LONGITUDES[0] <= longitude <= LONGITUDES[1]
    return (latitude, longitude) if inside else None


def distance_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Great-circle distance of two (latitude, longitude) in kilometres."""
    latitude, longitude = radians(one[0]), radians(one[1])
    other_latitude, other_longitude = radians(other[0]), radians(other[1])
    half = (
        sin((other_latitude - latitude) / 2) ** 2
        + cos(latitude) * cos(other_latitude) * sin((other_longitude - longitude) / 2) ** 2
    )
    return 2 * _EARTH_KM * asin(sqrt(min(1.0, half)))
