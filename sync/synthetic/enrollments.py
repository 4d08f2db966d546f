"""Enrollments: who is covered by a general permit, under which ids, with which filings in which week."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import IntEnum
from functools import lru_cache
from random import Random

from sync.synthetic import sites, words
from sync.synthetic.cells import Cell, Marked, flawed, number, spelled
from sync.synthetic.plants import Plant, plant
from sync.synthetic.sites import Site
from sync.synthetic.sizes import born_in
from sync.synthetic.streams import lane_of, shift_of, stream
from sync.synthetic.weeks import ALWAYS, PERIOD, Life, happens, times, today_in, turn_of, withdrawn

INDUSTRIAL, CONSTRUCTION = "industrial", "construction"
LANES = 48
MONITORED_OF_SEVEN = {INDUSTRIAL: (0, 2, 5), CONSTRUCTION: (1, 4)}
_SHIFTED_NAMES = ("", " West", " Yard", " Terminal")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


class Lane(IntEnum):
    """What is special about an enrollment; 26 and above is nothing."""

    SECOND_WDID = 0  # the APP_ID of the enrollment before: an I replaced by NEC
    SEVERAL_FILINGS = 1
    EXACT_COPY = 2
    NO_WDID = 3
    NO_APP_ID = 4
    ZERO_COORDINATES = 5
    POSITIVE_LONGITUDE = 6
    MICHIGAN = 7
    HALF_A_COORDINATE = 8
    DIRTY_DATE = 9
    AMERICAN_DATE = 10
    SISTER = 11  # of the one before, which differs by a number
    SAME_ADDRESS = 12  # as the one before, another tenant
    PLANT = 13
    PLANT_TOO = 14
    PLANT_NEIGHBOUR = 15
    RENAMED = 16
    STATUS_CHANGES = 17
    RECERTIFIED = 18
    WITHDRAWN = 19
    NON_FILER = 20
    NO_FLAG = 21
    NO_NUMBER = 22
    ODD_SPELLING = 23
    NEAR_NAME = 24  # nearly the name of the one before
    NO_COORDINATES = 25


_CHANGING = {Lane.RENAMED, Lane.STATUS_CHANGES, Lane.RECERTIFIED, Lane.WITHDRAWN}


@dataclass(frozen=True, slots=True)
class Filing:
    """One row of a facility file: one certification of an enrollment."""

    status: str | None
    noi_date: Cell
    ended: Cell
    certified: Cell
    operator: str
    name: str
    is_complete: bool = True  # older filings lack the size and the second address line


@dataclass(frozen=True, slots=True)
class Enrollment:
    """One (APP_ID, WDID) of one program."""

    program: str
    index: int
    lane: int
    turn: int  # week of the first change; 0 for never
    life: Life
    app_id: str | None
    wdid: str | None
    letters: str
    site: Site
    plant: Plant | None  # whose site it is
    neighbour_of: Plant | None  # whose site it is not, though near
    latitude: Cell
    longitude: Cell
    region: Cell
    county: Cell
    risk: str | None
    filings: tuple[Filing, ...]  # in the order of the file, as they are in week 0
    extra: tuple[int, ...] = field(default=())  # random numbers for the columns that nothing depends on

    @property
    def name_for_findings(self) -> str:
        """The id under which findings go."""
        return self.wdid or f"APP {self.app_id}"

    def changes(self, week: int) -> bool:
        """Whether its rows differ from those of the week before."""
        return week in {self.life.first, self.life.end} or self._has_turn(week)

    def filings_in(self, week: int) -> tuple[Filing, ...]:
        """Its rows of a week; none while it is not published."""
        if not self.life.is_there(week):
            return ()
        turns = times(week, self.turn)
        if not turns or self.lane == Lane.WITHDRAWN:
            return self.filings
        if self.lane == Lane.RENAMED:
            name = self.site.name + _SHIFTED_NAMES[turns % len(_SHIFTED_NAMES)]
            return tuple(replace(filing, name=name) for filing in self.filings)
        if self.lane == Lane.STATUS_CHANGES:
            (filing,) = self.filings
            ended = today_in(self.turn + (turns - 1) * PERIOD).isoformat()
            return (replace(filing, status="Terminated", ended=ended),) if turns % 2 else self.filings
        return self.filings + tuple(self._recertified(turn) for turn in range(1, turns + 1))

    def _has_turn(self, week: int) -> bool:
        if self.lane == Lane.WITHDRAWN:
            return self.life.is_there(week) != self.life.is_there(week - 1)
        return happens(week, self.turn)

    def _recertified(self, turn: int) -> Filing:
        day = today_in(self.turn + (turn - 1) * PERIOD) - timedelta(days=2)
        return replace(
            self.filings[-1],
            operator=f"{self.site.operator} Successor {turn}",
            noi_date=day.isoformat(),
            certified=oracle(day, 32_400 + turn % 3600),
        )


@dataclass(frozen=True, slots=True)
class Enrollments:
    """All enrollments of one program."""

    seed: int
    program: str
    count: int  # in week 0
    plants: int
    shift: int

    @classmethod
    def of(cls, seed: int, program: str, count: int, plants: int) -> "Enrollments":
        """The program's enrollments in the world of this seed."""
        return cls(seed, program, count, plants, shift_of(seed, program, LANES))

    def get(self, index: int) -> Enrollment:
        """The enrollment of this number, whether born yet or not."""
        return _enrollment(self, index)

    def is_monitored(self, index: int) -> bool:
        """Whether it takes samples."""
        return index < self.count and index % 7 in MONITORED_OF_SEVEN[self.program]


@lru_cache(maxsize=8192)
def _enrollment(world: Enrollments, index: int) -> Enrollment:
    rng = stream(world.seed, world.program, index)
    lane, block = lane_of(index, world.shift, LANES), index // LANES
    if lane in {Lane.SECOND_WDID, Lane.SISTER, Lane.SAME_ADDRESS, Lane.NEAR_NAME} and index == 0:
        lane = LANES - 1  # there is none before
    site, is_plant, neighbour = _site(world, index, lane, block, rng)
    first = born_in(index, world.count)
    life = Life(first=first) if first else ALWAYS
    if first and lane in _CHANGING:
        lane = LANES - 1
    if lane == Lane.WITHDRAWN:
        life = withdrawn(index, LANES)
    monitored = world.is_monitored(index)
    letters = _letters(world.program, lane, site, is_monitored=monitored, rng=rng)
    app_id: str | None = str((400_000 if world.program == INDUSTRIAL else 500_000) + index)
    wdid: str | None = _wdid(world.program, index, letters, site)
    if lane == Lane.SECOND_WDID:
        before = _enrollment(world, index - 1)
        app_id = before.app_id or app_id
    elif lane == Lane.NO_WDID:
        wdid = None
    elif lane == Lane.NO_APP_ID:
        app_id = None
    latitude, longitude = _coordinates(site, lane, block)
    region, county = _region_and_county(site, lane, block)
    return Enrollment(
        program=world.program,
        index=index,
        lane=lane,
        turn=turn_of(index, LANES) if lane in _CHANGING else 0,
        life=life,
        app_id=app_id,
        wdid=wdid,
        letters=letters,
        site=site,
        plant=is_plant,
        neighbour_of=neighbour,
        latitude=latitude,
        longitude=longitude,
        region=region,
        county=county,
        risk=rng.choice(("Level 1", "Level 2", "Level 2", "Level 3", None)) if world.program == CONSTRUCTION else None,
        filings=_filings(world, site, rng, lane=lane, block=block, first=first),
        extra=tuple(rng.randrange(1 << 16) for _ in range(6)),
    )


def _site(
    world: Enrollments, index: int, lane: int, block: int, rng: Random
) -> tuple[Site, Plant | None, Plant | None]:
    """The site, the plant that it is, and the plant that it is near."""
    number_of_plant = 2 * block + (lane == Lane.PLANT_TOO)
    if lane in {Lane.PLANT, Lane.PLANT_TOO, Lane.PLANT_NEIGHBOUR} and number_of_plant < world.plants:
        found = plant(world.seed, number_of_plant)
        if lane == Lane.PLANT_NEIGHBOUR:
            near = sites.another_tenant(found.site, rng) if block % 2 else _corporation_yard(found, rng)
            return near, None, found
        site = found.smarts_site
        if world.program == CONSTRUCTION:
            site = replace(site, name=f"{site.name} Upgrade Project")
        return site, found, None
    if lane == Lane.SECOND_WDID:
        before = _enrollment(world, index - 1)
        return before.site, before.plant, before.neighbour_of
    if lane in {Lane.SISTER, Lane.SAME_ADDRESS, Lane.NEAR_NAME}:
        change = {Lane.SISTER: sites.with_another_number, Lane.SAME_ADDRESS: sites.another_tenant}
        before_site = _enrollment(world, index - 1).site
        return change.get(Lane(lane), sites.nearly_the_same_name)(before_site, rng), None, None
    make = sites.industrial_site if world.program == INDUSTRIAL else sites.construction_site
    return make(rng), None, None


def _corporation_yard(near: Plant, rng: Random) -> Site:
    site = replace(
        near.site, name=f"{near.town} Corporation Yard", address=words.street_address(rng), sic="4151-School Buses"
    )
    return site.moved(rng, rng.uniform(0.3, 3))


def _letters(program: str, lane: int, site: Site, *, is_monitored: bool, rng: Random) -> str:
    chance = rng.random()
    if program == CONSTRUCTION:
        return "W" if lane == Lane.SECOND_WDID else "CN" if lane == Lane.NON_FILER else "C"
    if lane == Lane.SECOND_WDID:
        return "NEC"
    if is_monitored:
        return "I"
    if lane == Lane.NON_FILER:
        return "SN" if site.county.region == "8" else "IN"
    if site.county.region == "8" and site.sic.startswith("5093"):
        return "MR"
    return "I" if chance < 0.6 else "NEC" if chance < 0.92 else "NNA"


def _wdid(program: str, index: int, letters: str, site: Site) -> str:
    if program == CONSTRUCTION and index == 9:
        return "5A327021N05"  # the one of the old style
    region = site.county.region
    serial = index + 1 if program == INDUSTRIAL else 300_001 + index
    county = "XX" if index % 997 == 500 else f"{site.county.number:02}"
    return f"{region[0]}{region[1:] or ' '}{county}{letters}{serial:06}"


def _coordinates(site: Site, lane: int, block: int) -> tuple[Cell, Cell]:
    latitude, longitude = site.coordinates
    outside = "coordinate_outside_california"
    if lane == Lane.ZERO_COORDINATES:
        return flawed("0", outside), flawed("0", outside)
    if lane == Lane.POSITIVE_LONGITUDE:
        return latitude, Marked(longitude.removeprefix("-"), longitude, "longitude_sign_repaired")
    if lane == Lane.MICHIGAN:
        return flawed("42.33143", outside), flawed("-83.04575", outside)
    if lane == Lane.HALF_A_COORDINATE:
        half = "half_a_coordinate"
        return (flawed(latitude, half), None) if block % 2 else (None, flawed(longitude, half))
    if lane == Lane.NO_COORDINATES:
        return None, None
    return latitude, longitude


def _region_and_county(site: Site, lane: int, block: int) -> tuple[Cell, Cell]:
    region, county = site.county.region, site.county.name
    if lane != Lane.ODD_SPELLING:
        return region, county
    regions = (f"R{region}", f"Region {region}", {"6A": "6SLT", "6B": "6V"}.get(region, region), "SB", None)
    counties = (f"{county} County", county.upper(), county.lower(), f"{county} county", "Not Known")
    return regions[block % 5], counties[block % 5]


def oracle(day: date, second: int) -> Cell:
    """A moment of a day (its second, local time) as Oracle prints it."""
    hour, minute, second = second // 3600, second // 60 % 60, second % 60
    text = (
        f"{day.day:02}-{_MONTHS[day.month - 1]}-{day.year % 100:02} "
        f"{hour % 12 or 12:02}.{minute:02}.{second:02}.748000 {'AM' if hour < 12 else 'PM'}"
    )
    return spelled(text, f"{day} {hour:02}:{minute:02}:{second:02}.748000")


def _filings(world: Enrollments, site: Site, rng: Random, *, lane: int, block: int, first: int) -> tuple[Filing, ...]:
    earliest = date(1992, 3, 1) if world.program == INDUSTRIAL else date(2005, 1, 1)
    noi = today_in(first) - timedelta(days=3) if first else earliest + timedelta(days=rng.randrange(365 * 21))
    noi = min(noi, today_in(first) - timedelta(days=3))
    second = rng.randrange(86_400)
    chance = rng.random()
    status: str | None = "Active" if chance < 0.62 or lane in _CHANGING or first else "Terminated"
    if chance > 0.94 and status == "Terminated":
        status = rng.choice(("No Action Required", "Undetermined", "NOI Filed", "Expired", None, "Sunset Pending"))
    ended = (noi + timedelta(days=400)).isoformat() if status == "Terminated" and noi.year < 2024 else None
    certified: Cell = oracle(noi, second) if chance < 0.5 or lane in {Lane.RECERTIFIED, Lane.SEVERAL_FILINGS} else None
    newest = Filing(status, noi.isoformat(), ended, certified, site.operator, site.name)
    if lane == Lane.NON_FILER:
        return (Filing("NOI Required", None, None, None, site.operator, site.name),)
    if lane == Lane.DIRTY_DATE:
        return (_dirty(newest, block),)
    if lane == Lane.AMERICAN_DATE:
        american = spelled(f"{noi:%m/%d/%Y}", noi.isoformat())
        return (replace(newest, noi_date=american, certified=spelled(noi.isoformat(), f"{noi} 00:00:00.000000")),)
    if lane == Lane.EXACT_COPY:
        return (newest, newest)
    if lane == Lane.SEVERAL_FILINGS:
        several = 51 if world.program == CONSTRUCTION and block == 0 else 2 + block % 2
        return tuple(_older(newest, noi, age=several - 1 - age, form=block % 4, rng=rng) for age in range(several))
    return (newest,)


def _dirty(filing: Filing, block: int) -> Filing:
    """The same with a date that is none, or none that can be right."""
    kinds = (
        replace(filing, noi_date=flawed("0019-03-02", "implausible_date")),
        replace(filing, noi_date=flawed("2015-02-31", "not_a_date")),
        replace(filing, certified=flawed("06-FEB-62 03.58.01.815000 PM", "future_date")),
        replace(filing, noi_date=flawed("0202-11-05", "implausible_date")),
        replace(filing, certified=flawed("31-FEB-15 03.58.01.815000 PM", "not_a_date")),
    )
    return kinds[block % len(kinds)]


def _older(newest: Filing, noi: date, *, age: int, form: int, rng: Random) -> Filing:
    """The filing `age` places before the newest.

    Which of them is the current one, is decided by: the certification (form 0), the status (1),
    the notice of intent (2), or their order in the file (3).
    """
    if age == 0:
        return replace(newest, status="Terminated") if form == 1 else newest
    earlier = noi - timedelta(days=31 * age + 1)
    return replace(
        newest,
        status="Active" if form == 1 and age == 1 else newest.status if form != 1 else "Terminated",
        certified=oracle(earlier, 32_400) if form in {0, 1} else None if form == 2 else newest.certified,
        noi_date=earlier.isoformat() if form in {0, 1, 2} else newest.noi_date,
        operator=f"{words.stem(rng)} Former Owner {age}",
        name=f"{newest.name} (old {age})",
        is_complete=False,
    )


def size_of(enrollment: Enrollment, filing: Filing) -> tuple[Cell, Cell, Cell]:
    """Second address line, total size and its unit."""
    if not filing.is_complete:
        return None, None, None
    acres: Cell = number(enrollment.extra[0] / 2500 + 0.1)
    if enrollment.lane == Lane.NO_NUMBER:
        acres = flawed(f"{acres} acres", "not_a_number")
    second = (
        f"Unit {enrollment.extra[1] % 40}"
        if enrollment.extra[1] % 9 == 0 or enrollment.lane == Lane.SEVERAL_FILINGS
        else None
    )
    return second, acres, "Acres" if enrollment.extra[2] % 3 else "SqFt"


def flags_of(enrollment: Enrollment) -> tuple[Cell, Cell]:
    """Whether the site discharges indirectly and directly."""
    choices: tuple[Cell, ...] = ("Y", "N", None)
    indirectly = flawed("U", "not_a_flag") if enrollment.lane == Lane.NO_FLAG else choices[enrollment.extra[3] % 3]
    return indirectly, choices[enrollment.extra[4] % 3]
