"""A map of a pair without tiles: where both records say they are, to scale, as numbers of a drawing. No Django."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import atan2, cos, degrees, log10, radians

from facilities.matching.compare_places import describe_distance
from facilities.matching.normalize_places import distance_km

WIDTH, HEIGHT, MARGIN = 360.0, 220.0, 34.0
_KM_PER_DEGREE = 111.2  # of latitude
_LEAST_SPAN_KM = 0.1  # two points at one place are not drawn as a continent
_WINDS = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")
_SCALE_SHARE = 0.3  # of the width, at most

Point = tuple[float, float]  # latitude, longitude


@dataclass(frozen=True, slots=True)
class Place:
    """Something with coordinates: `kind` is plant, enrollment or location."""

    kind: str
    label: str
    point: Point


@dataclass(frozen=True, slots=True)
class Mark:
    """A place on the drawing, in its units, y downwards."""

    kind: str
    label: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class SiteMap:
    """The drawing, its scale bar, and the same in words for those who do not see it."""

    marks: tuple[Mark, ...]
    scale_width: float
    scale_words: str
    words: str
    width: float = WIDTH
    height: float = HEIGHT

    @property
    def kinds(self) -> list[str]:
        """The kinds of places that are on it, for a legend."""
        return list(dict.fromkeys(mark.kind for mark in self.marks))


def draw_map(places: Sequence[Place]) -> SiteMap | None:
    """The drawing of some places, north up; None where fewer than two are known."""
    if len(places) < 2:
        return None
    middle_latitude = (min(_latitudes(places)) + max(_latitudes(places))) / 2
    shrink = cos(radians(middle_latitude))
    east = [place.point[1] * shrink * _KM_PER_DEGREE for place in places]
    north = [place.point[0] * _KM_PER_DEGREE for place in places]
    per_km = min(
        (WIDTH - 2 * MARGIN) / max(max(east) - min(east), _LEAST_SPAN_KM),
        (HEIGHT - 2 * MARGIN) / max(max(north) - min(north), _LEAST_SPAN_KM),
    )
    middle_east, middle_north = (min(east) + max(east)) / 2, (min(north) + max(north)) / 2
    marks = tuple(
        Mark(
            place.kind,
            place.label,
            round(WIDTH / 2 + (x - middle_east) * per_km, 1),
            round(HEIGHT / 2 - (y - middle_north) * per_km, 1),
        )
        for place, x, y in zip(places, east, north, strict=True)
    )
    scale_km = scale_length(WIDTH * _SCALE_SHARE / per_km)
    return SiteMap(marks, round(scale_km * per_km, 1), _length(scale_km), describe_map(places))


def describe_map(places: Sequence[Place]) -> str:
    """Where everything lies from the enrollment, or from the first place, in sentences."""
    origin = next((place for place in places if place.kind == "enrollment"), places[0])
    others = [place for place in places if place is not origin]
    return " ".join(f"{place.label}: {_whereabouts(origin.point, place.point)} of {origin.label}." for place in others)


def scale_length(most_km: float) -> float:
    """The longest of 1, 2 and 5 times a power of ten that is no longer, in kilometres."""
    power = 10.0 ** int(log10(most_km) // 1)
    return max(step * power for step in (1, 2, 5) if step * power <= most_km * (1 + 1e-9))


def direction(origin: Point, other: Point) -> str:
    """Where `other` lies from `origin`, as one of eight winds."""
    east = (other[1] - origin[1]) * cos(radians(origin[0]))
    angle = degrees(atan2(east, other[0] - origin[0])) % 360
    return _WINDS[round(angle / 45) % 8]


def _whereabouts(origin: Point, other: Point) -> str:
    away = distance_km(origin, other)
    return f"{describe_distance(away)} {direction(origin, other)}" if away >= 0.005 else "at the very place"


def _length(km: float) -> str:
    return f"{km * 1000:g} m" if km < 1 else f"{km:g} km"


def _latitudes(places: Iterable[Place]) -> list[float]:
    return [place.point[0] for place in places]
