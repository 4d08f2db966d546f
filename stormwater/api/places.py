"""Rows by place: inside a box, or within a distance of a point. Degrees are WGS 84."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import F, Q, Value
from django.db.models.functions import ASin, Cos, Least, Power, Radians, Sin, Sqrt
from django.db.models.lookups import LessThanOrEqual

from stormwater.api.problems import ParameterError

BBOX, NEAR, RADIUS = "bbox", "near", "radius_m"
MAX_RADIUS_M = 200_000
EARTH_RADIUS_M = 6_371_008.8  # mean radius; the sphere is within 0.6 % of the ellipsoid


@dataclass(frozen=True, slots=True)
class Point:
    """The paths of a row's coordinates, in degrees."""

    latitude: str
    longitude: str


def find_place(point: Point, given: Mapping[str, str], errors: list[ParameterError]) -> Q:
    """The condition that `bbox`, `near` and `radius_m` mean; what is wrong with them goes to `errors`."""
    condition = Q()
    if BBOX in given:
        condition &= _box(point, given[BBOX], errors)
    if NEAR in given:
        condition &= _circle(point, given[NEAR], given.get(RADIUS), errors)
    elif RADIUS in given:
        errors.append(ParameterError(RADIUS, "Needs near=latitude,longitude beside it."))
    return condition


def _numbers(text: str, count: int) -> list[float] | None:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        return None
    return numbers if len(numbers) == count and all(map(math.isfinite, numbers)) else None


def _box(point: Point, text: str, errors: list[ParameterError]) -> Q:
    numbers = _numbers(text, 4)
    if numbers is None:
        errors.append(
            ParameterError(BBOX, "Is written west,south,east,north in degrees, such as -118.7,33.7,-117.6,34.4.")
        )
        return Q()
    west, south, east, north = numbers
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        errors.append(
            ParameterError(BBOX, "Is west,south,east,north: west must not be east of east, nor south north of north.")
        )
        return Q()
    return _between(point, west, south, east, north)


def _between(point: Point, west: float, south: float, east: float, north: float) -> Q:
    return Q(**{f"{point.latitude}__range": (south, north), f"{point.longitude}__range": (west, east)})


def _circle(point: Point, text: str, radius: str | None, errors: list[ParameterError]) -> Q:
    centre = _numbers(text, 2)
    if centre is None or not (-90 <= centre[0] <= 90 and -180 <= centre[1] <= 180):
        errors.append(ParameterError(NEAR, "Is written latitude,longitude in degrees, such as 34.05,-118.24."))
    metres = _numbers(radius, 1) if radius is not None else None
    if metres is None or not 0 < metres[0] <= MAX_RADIUS_M:
        errors.append(ParameterError(RADIUS, f"Must be given with near: metres, above 0 and at most {MAX_RADIUS_M}."))
    if centre is None or metres is None or errors:
        return Q()
    latitude, longitude = centre
    # A box around the circle first, for the index: degrees of longitude are shortest at its northern end.
    high = math.degrees(metres[0] / EARTH_RADIUS_M) * 1.001
    wide = min(180.0, high / max(0.01, math.cos(math.radians(min(89.0, abs(latitude) + high)))))
    box = _between(point, longitude - wide, latitude - high, longitude + wide, latitude + high)
    return box & Q(LessThanOrEqual(_distance_m(point, latitude, longitude), Value(metres[0])))


def _distance_m(point: Point, latitude: float, longitude: float) -> ASin:
    """Great-circle distance from a row to a place, in metres (haversine)."""
    here, there = Radians(F(point.latitude)), Value(math.radians(latitude))
    chord = Power(Sin((here - there) / 2.0), 2) + Cos(here) * Value(math.cos(math.radians(latitude))) * Power(
        Sin((Radians(F(point.longitude)) - Value(math.radians(longitude))) / 2.0), 2
    )
    return Value(2 * EARTH_RADIUS_M) * ASin(Least(Value(1.0), Sqrt(chord)))  # type: ignore[return-value]
