"""What the matcher reads: plain records of both systems, with anything missing.

None means that the source says nothing. Coordinates are degrees (WGS 84), negative longitude in
California; callers pass what is inside California's box or None.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple


class EnrollmentKey(NamedTuple):
    """Identity of an enrollment: (APP_ID, WDID) of one program, either id possibly empty."""

    program: str
    app_id: str
    wdid: str


class PairKey(NamedTuple):
    """Identity of a pair: an eSMR facility and an enrollment."""

    place_id: int
    enrollment: EnrollmentKey


@dataclass(frozen=True, slots=True)
class EsmrRecord:
    """An eSMR facility: name and region of its own, the rest from a crosswalk if it has a row there."""

    place_id: int
    name: str | None = None
    region: str | None = None
    crosswalk_name: str | None = None
    agency: str | None = None
    address: str | None = None
    city: str | None = None
    zip_code: str | None = None
    county: str | None = None
    latitude: float | None = None  # of the crosswalk: the plant, in one of four rows more than 1 km off
    longitude: float | None = None
    location_latitude: float | None = None  # of a monitoring location: an outfall can lie kilometres away
    location_longitude: float | None = None
    npdes_number: str | None = None
    ciwqs_wdid: str | None = None
    receiving_water: str | None = None


@dataclass(frozen=True, slots=True)
class EnrollmentRecord:
    """A SMARTS enrollment, industrial or construction."""

    key: EnrollmentKey
    name: str | None = None
    operator: str | None = None
    address: str | None = None
    address_2: str | None = None
    city: str | None = None
    zip_code: str | None = None
    county: str | None = None
    region: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    sic_codes: tuple[str, ...] = ()  # as published ("4952-Sewerage Systems") or the number alone
    status: str | None = None
    processed_on: date | None = None
    ended_on: date | None = None
    receiving_water: str | None = None
    npdes_number: str | None = None  # no SMARTS file has one; a staff file may


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one comparison found: `value` in -1..1, or None where a side says nothing.

    `contribution` is in log-odds, for one bar of the console. `detail` is a sentence for staff.
    """

    feature: str
    value: float | None
    detail: str
    contribution: float = 0.0


@dataclass(frozen=True, slots=True)
class Veto:
    """A reason why a pair is never linked by the machine, however alike the records are."""

    name: str
    detail: str


@dataclass(frozen=True, slots=True)
class Pair:
    """A scored pair: probability that both records describe one site, and why."""

    key: PairKey
    probability: float
    log_odds: float
    evidence: tuple[Evidence, ...] = field(repr=False)
    vetoes: tuple[Veto, ...]

    @property
    def values(self) -> dict[str, float | None]:
        """Value of every feature, by its name."""
        return {one.feature: one.value for one in self.evidence}
