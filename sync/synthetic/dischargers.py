"""Who takes stormwater samples: enrollments, and some whom no facility file knows (yet)."""

from collections.abc import Iterator
from dataclasses import dataclass

from sync.synthetic.cells import Cell, Flaw, Marked
from sync.synthetic.enrollments import CONSTRUCTION, INDUSTRIAL, MONITORED_OF_SEVEN, Enrollment, Enrollments
from sync.synthetic.streams import lane_of, shift_of, stream

LANES = 24


@dataclass(frozen=True, slots=True)
class Discharger:
    """One that sends monitoring reports; `number` counts them within their program."""

    number: int
    lane: int
    app_id: str | None
    wdid: str | None
    enrollment: Enrollment | None
    latitude: float
    longitude: float

    def is_known(self, week: int) -> bool:
        """Whether some facility file has had its ids by this week."""
        return self.enrollment is not None and self.enrollment.life.first <= week


@dataclass(frozen=True, slots=True)
class Dischargers:
    """All dischargers of a program: the monitored enrollments, then the orphans."""

    enrollments: Enrollments
    shift: int

    @classmethod
    def of(cls, enrollments: Enrollments) -> "Dischargers":
        """The dischargers among these enrollments, and beside them."""
        return cls(enrollments, shift_of(enrollments.seed, f"{enrollments.program} samples", LANES))

    @property
    def monitored(self) -> int:
        """How many of them are enrollments of week 0; they have the first numbers."""
        sevens, rest = divmod(self.enrollments.count, 7)
        places = MONITORED_OF_SEVEN[self.enrollments.program]
        return sevens * len(places) + sum(place < rest for place in places)

    def get(self, number: int) -> Discharger:
        """The monitored enrollment of this number."""
        places = MONITORED_OF_SEVEN[self.enrollments.program]
        seven, position = divmod(number, len(places))
        return _of(self.enrollments.get(7 * seven + places[position]), number, lane_of(number, self.shift, LANES))

    def __iter__(self) -> Iterator[Discharger]:
        monitored = self.monitored
        for number in range(monitored):
            yield self.get(number)
        plain = LANES - 1
        for orphan in range(max(4, monitored // 60)):
            number = monitored + orphan
            if orphan % 2:  # its enrollment appears in a later week
                yield _of(self.enrollments.get(self.enrollments.count + orphan // 2), number, plain)
            else:
                serial = 900_000 + orphan
                letters = {INDUSTRIAL: "I", CONSTRUCTION: "C"}[self.enrollments.program]
                yield Discharger(number, plain, str(serial), f"4 19{letters}{serial}", None, 34.05, -118.25)


def _of(enrollment: Enrollment, number: int, lane: int) -> Discharger:
    site = enrollment.site
    return Discharger(number, lane, enrollment.app_id, enrollment.wdid, enrollment, site.latitude, site.longitude)


def outfall_coordinates(
    seed: int, discharger: Discharger, outfall: int, *, is_odd: bool
) -> tuple[str, tuple[Flaw, ...]]:
    """Latitude and longitude of a monitoring location as CSV, and the issues of each of its rows."""
    rng = stream(seed, "outfall", discharger.wdid, discharger.app_id, outfall)
    latitude: Cell = f"{discharger.latitude + rng.uniform(-0.004, 0.004):.6f}"
    longitude: Cell = f"{discharger.longitude + rng.uniform(-0.004, 0.004):.6f}"
    kind = outfall % 4 if is_odd else 4 + (rng.random() < 0.2)
    names = ("MONITORING_LATITUDE", "MONITORING_LONGITUDE")
    outside = "coordinate_outside_california"
    if kind == 0:
        return "0,0", tuple((name, outside) for name in names)
    if kind == 1:
        return f"{latitude},{str(longitude).removeprefix('-')}", ((names[1], "longitude_sign_repaired"),)
    if kind == 2:
        return f"{latitude},NaN", ((names[0], "half_a_coordinate"),)
    if kind == 3:
        return f"42.3{outfall},-83.04", tuple((name, outside) for name in names)
    return ("NaN,NaN" if kind == 5 else f"{latitude},{longitude}"), ()


def published(cell: Cell, null: str = "NA") -> str:
    """A cell of a prepared piece of a row."""
    return null if cell is None else str(cell)


def flaw(column: str, cell: Marked) -> tuple[Flaw, ...]:
    """The issue that a cell causes in its column."""
    return ((column, cell.code),)
