"""The rows of a plant in one sampling year: month by month, and what becomes of them."""

from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import IntEnum
from random import Random

from sync.synthetic import esmr_readings as lab
from sync.synthetic.cells import Cell, Flaw, flawed, number, quoted
from sync.synthetic.counties import REGION_NAMES
from sync.synthetic.esmr_readings import EsmrPools, Item, esmr_reading
from sync.synthetic.oddities import HUGE_CELL
from sync.synthetic.plants import Plant
from sync.synthetic.readings import Reading, no_number
from sync.synthetic.streams import stream
from sync.synthetic.weeks import ALWAYS, FIRST_DAY, LAST_DAY, PERIOD, Life, day_of, times, turn_of

LANES = 12
YEARS = range(2022, 2027)
_CODES_SINCE = 2025  # newer exports write R5F for "Region 5F - Fresno"
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_OTHER_TYPES = (
    ("RSW", "Receiving Water Monitoring"), ("RGW", "Groundwater Monitoring"), ("REC", "Recycled Water Monitoring"),
    ("INT", "Internal Monitoring"), ("BIO", "Biosolids Monitoring"), ("STW", "Stormwater Monitoring"),
    ("NPS", "Non-point Source Monitoring"), ("LND", None),
)  # fmt: skip
EFFLUENT = "Effluent Monitoring"
_NEVER = 1_000_000  # a week after all others


class PlantLane(IntEnum):
    """What is special about what a plant reports."""

    RESUBMITTED = 0
    LATE = 1
    CORRECTED = 2
    WITHDRAWN = 3
    OVER_LIMITS = 4
    AT_LIMITS = 5
    REJECTED = 6
    ODD_LOCATIONS = 7
    COMMENTS = 8
    LESS_THAN = 9
    ODD_VALUES = 10
    COPIES = 11


@dataclass(frozen=True, slots=True)
class Location:
    """A monitoring location in one year, as its rows have it."""

    place_id: int
    kind: str | None
    head: str  # region to type
    before_report: str  # facility name and id
    after_report: str  # coordinates and receiving water
    description: str
    flaws: tuple[Flaw, ...] = ()

    @property
    def identity(self) -> str:
        """All that is published of it."""
        return f"{self.head}|{self.before_report}|{self.after_report}|{self.description}"


@dataclass(frozen=True, slots=True)
class Moment:
    """When something was sampled and analyzed: `text` are the four columns as CSV."""

    day: str | None  # None if what is published is no date
    time: str
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """A report as it was sent in."""

    number: int
    name: str


@dataclass(slots=True)
class EsmrRow:
    """One row of an eSMR file."""

    location: Location
    reading: Reading
    moment: Moment
    document: Document
    life: Life
    qa_codes: str | None = None
    comments: str | None = None
    copies: int = 1
    flaws: tuple[Flaw, ...] = ()

    @property
    def line(self) -> str:
        """The row as CSV."""
        place = self.location
        remarks = "NA,NA,NA"
        if self.qa_codes or self.comments:
            remarks = f"NA,{quoted(self.qa_codes or 'NA')},{quoted(self.comments or 'NA')}"
        return (
            f"{place.head},{self.reading.text},{self.moment.text},{remarks},{place.before_report},"
            f"{self.document.name},{place.after_report},{self.document.number},{place.description}"
        )


@dataclass(slots=True)
class PlantYear:
    """A plant's reports of one sampling year, being made."""

    seed: int
    pools: EsmrPools
    plant: Plant
    year: int
    lane: int
    week: int
    rng: Random
    level: int
    days: int  # sampling days a month
    items: tuple[tuple[Item, ...], tuple[Item, ...], tuple[Item, ...]]  # by day, by month, of the influent
    locations: list[Location]
    rows: list[EsmrRow] = field(default_factory=list)

    @property
    def turn(self) -> int:
        """The first week in which something happens to it."""
        return turn_of(self.plant.index, LANES)


def rows_of(
    seed: int, pools: EsmrPools, plant: Plant, lane: int, year: int, week: int
) -> list[EsmrRow]:
    """All rows of a plant and sampling year that have been published by a week, in the order of the file."""
    fixed = stream(seed, "plant reports", plant.index)
    level = fixed.choice((0, 0, 1, 1, 1, 2, 2, 3, 4))
    is_small = fixed.random() < 0.76
    days = 1 if is_small else fixed.choice((1, 2, 2, 4))
    lists = (_DAILY, _MONTHLY, _INFLUENT)
    items = tuple(some[:of_small] if is_small else some for some, of_small in zip(lists, _OF_SMALL_PLANTS, strict=True))
    locations = _locations(plant, lane, year, fixed)
    rng = stream(seed, "plant year", plant.index, year)
    made = PlantYear(seed, pools, plant, year, lane, week, rng, level, days, (items[0], items[1], items[2]), locations)
    for month in range(1, 13):
        life = _life_of_report(plant, year, month)
        if life is None:
            break
        _add_month(made, month, life)
    if plan := _PLANTED.get(lane):
        plan(made)
    return [row for row in made.rows if row.life.first <= week]


def _life_of_report(plant: Plant, year: int, month: int) -> Life | None:
    """A report is published some five weeks after its month, None if that is after all weeks."""
    due = date(year, month, monthrange(year, month)[1]) + timedelta(days=33 + plant.index % 9)
    if due > LAST_DAY:
        return None
    if due <= FIRST_DAY:
        return ALWAYS
    return Life(first=-((FIRST_DAY - due).days // 7))


def _locations(plant: Plant, lane: int, year: int, rng: Random) -> list[Location]:
    """Effluent, influent, then one or two others; a large plant has two outfalls."""
    kinds: list[tuple[str, str | None]] = [("EFF-001", EFFLUENT), ("INF-001", "Influent Monitoring")]
    kinds += [(f"{code}-001", kind) for code, kind in rng.sample(_OTHER_TYPES, rng.choice((1, 2, 3)))]
    if rng.random() < 0.2:
        kinds.append(("EFF-002", EFFLUENT))
    region = plant.site.county.region
    region_text = f"R{region}" if year >= _CODES_SINCE else f"Region {region} - {REGION_NAMES[region]}"
    name = f"{plant.site.name} (old)" if plant.index % 15 == 2 and year < 2024 else plant.site.name
    facility = f"{quoted(name)},{plant.place_id}"
    locations = []
    for position, (code, kind) in enumerate(kinds):
        place_id = 10 * plant.place_id + position
        coordinates, flaws = _coordinates(plant, lane, position, rng)
        water = quoted(plant.site.water) if rng.random() < 0.3 else "NA"
        description = quoted(rng.choice(("NA", "NA", "Final effluent, after dechlorination", 'Manhole with 6" line', "At the bridge")))
        head = f"{region_text},{code},{place_id},{kind or 'NA'}"
        locations.append(Location(place_id, kind, head, facility, f"{coordinates},{water}", description, flaws))
    return locations


def _coordinates(plant: Plant, lane: int, position: int, rng: Random) -> tuple[str, tuple[Flaw, ...]]:
    latitude = number(plant.site.latitude + rng.uniform(-0.02, 0.02), 4)
    longitude = number(plant.site.longitude + rng.uniform(-0.02, 0.02), 4)
    chance = rng.random()
    if lane == PlantLane.ODD_LOCATIONS:
        if position == 0:
            return f"{latitude},{longitude.removeprefix('-')}", (("longitude", "longitude_sign_repaired"),)
        if position == 1:
            outside = "coordinate_outside_california"
            return f"3.5,{longitude}", (("latitude", outside), ("longitude", outside))
        if position == 2:
            return f"NaN,{longitude}", (("longitude", "half_a_coordinate"),)
    if chance < 0.08:
        return f"{latitude},{longitude}", ()
    if chance < 0.12:
        return f"{latitude},{longitude.removeprefix('-')}", (("longitude", "longitude_sign_repaired"),)
    return "NaN,NaN", ()


_DAILY = (
    lab.LAB_BOD, lab.LAB_PH, lab.FLOW, lab.BOD_LOAD, lab.LAB_TSS, lab.TSS_LOAD, lab.DAILY_MAXIMUM, lab.PH_LOWEST,
    lab.PH_HIGHEST, lab.DAY_AVERAGE,
)  # fmt: skip
_MONTHLY = (
    lab.BOD_MONTH, lab.TSS_MONTH, lab.FLOW_MONTH, lab.BOD_MASS, lab.REMOVAL, lab.LAB_AMMONIA, lab.LAB_COPPER,
    lab.LAB_CHLORINE, lab.MONTHLY_LOAD,
)  # fmt: skip
_INFLUENT = (lab.LAB_BOD, lab.FLOW, lab.LAB_TSS)
_ELSEWHERE = (lab.LAB_PH, lab.LAB_NITRATE, lab.LAB_DISSOLVED_OXYGEN, lab.LAB_TDS, lab.LAB_TURBIDITY, lab.LAB_SOLIDS)
_OF_SMALL_PLANTS = (4, 3, 2)  # so many items of the first three lists


def _add_month(made: PlantYear, month: int, life: Life) -> None:
    """The rows of one monthly report."""
    year, rng, plant, pools = made.year, made.rng, made.plant, made.pools
    number_of_document = 2_000_000 + plant.index * 400 + (year - YEARS[0]) * 60 + month * 4
    document = Document(number_of_document, f"Monthly SMR ( MONNPDES ) report for {_MONTHS[month - 1]} {year}")
    last = monthrange(year, month)[1]
    effluents = [location for location in made.locations if location.kind == EFFLUENT]
    daily, monthly, influent = made.items

    def add(location: Location, items: Sequence[Item], moment: Moment) -> None:
        for item in items:
            level = made.level if item.parameter in {lab.BOD, lab.TSS} else 1
            reading = pools.of(item, level)[rng.getrandbits(8)]
            made.rows.append(EsmrRow(location, reading, moment, document, life))

    def moment_of(day: int, time: str, analyzed: int) -> Moment:
        sampled = date(year, month, day)
        analysis = sampled + timedelta(days=analyzed)
        return Moment(sampled.isoformat(), time, f"{sampled},{time},{analysis},00:00:00")

    for number_of_day in range(made.days):
        day = 1 + (number_of_day * 28 // made.days + rng.randrange(5)) % last
        moment = moment_of(day, f"{7 + rng.getrandbits(3):02}:{15 * rng.getrandbits(2):02}:00", 4)
        for location in effluents:
            add(location, daily, moment)
        add(made.locations[1], influent, moment)
    at_end = moment_of(last, "00:00:00", 12)
    week_ends = [moment_of(day, "00:00:00", 4) for day in (7, 14, 21, 28)[: made.days]]
    for location in effluents:
        add(location, monthly, at_end)
        for moment in week_ends:
            add(location, (lab.BOD_WEEK, lab.TSS_WEEK), moment)
    for location in made.locations[2:]:
        if location.kind != EFFLUENT and month % 3 == 0:
            add(location, rng.sample(_ELSEWHERE, 3), moment_of(15, "10:30:00", 4))


def _months_of(made: PlantYear, *months: int) -> list[EsmrRow]:
    days = {f"{made.year}-{month:02}" for month in months}
    return [row for row in made.rows if row.moment.day and row.moment.day[:7] in days]


def _put(row: EsmrRow, item: Item, result: Cell, qualifier: str = "=", *, unit: str | None = "") -> None:
    """Replace a row's reading."""
    row.reading = esmr_reading(item, qualifier, result, unit=unit)


def _of(rows: list[EsmrRow], *items: Item) -> list[EsmrRow]:
    """The effluent rows of these items."""
    wanted = {(item.parameter, item.base, item.unit) for item in items}
    return [
        row
        for row in rows
        if row.location.kind == EFFLUENT and (row.reading.parameter, row.reading.base, row.reading.unit) in wanted
    ]


def _over_limits(made: PlantYear) -> None:
    rows = _months_of(made, 1, 2)
    for item, result in ((lab.BOD_MONTH, "37.5"), (lab.TSS_MONTH, "30.1"), (lab.TSS_WEEK, "52")):
        for row in _of(rows, item):
            _put(row, item, result)
    for row in _of(rows, lab.LAB_PH):
        _put(row, lab.LAB_PH, "9.4")
    for row in _of(_months_of(made, 1), lab.BOD_WEEK):
        _put(row, lab.BOD_WEEK, "61", ">")


def _at_limits(made: PlantYear) -> None:
    rows = _months_of(made, 1, 3)
    for item, result in ((lab.BOD_MONTH, "30"), (lab.TSS_MONTH, "30.0"), (lab.BOD_WEEK, "45"), (lab.LAB_PH, "6.0")):
        for row in _of(rows, item):
            _put(row, item, result)


def _rejected(made: PlantYear) -> None:
    for position, row in enumerate(_of(_months_of(made, 2), lab.BOD_MONTH, lab.TSS_MONTH, lab.BOD_WEEK)):
        item = next(i for i in (lab.BOD_MONTH, lab.TSS_MONTH, lab.BOD_WEEK) if (i.parameter, i.base) == (row.reading.parameter, row.reading.base))
        _put(row, item, "88")
        row.qa_codes = ("R", "J, R", "R")[position % 3]
    for position, row in enumerate(_of(_months_of(made, 1, 3), lab.LAB_BOD, lab.BOD_MONTH)):
        row.qa_codes = ("J", "EB", "J, EB", None)[position % 4]


def _comments(made: PlantYear) -> None:
    texts = (
        'Analyzer "B" was used, as "A" drifted',
        "Sampler jammed\ngrab sample taken instead",
        "Late, see letter; lab closed",
        "=2+3",
        "caf\u00c3\u00a9 sample",
    )
    for position, row in enumerate(made.rows[::9]):
        row.comments = texts[position % len(texts)]
    if made.year == 2024 and made.plant.index < LANES:
        made.rows[0].comments = HUGE_CELL


def _less_than(made: PlantYear) -> None:
    """A limit above the benchmark says nothing; one below it says enough."""
    for row in _of(_months_of(made, 1), lab.BOD_MONTH, lab.BOD_WEEK):
        item = lab.BOD_MONTH if row.reading.base == lab.AMEL else lab.BOD_WEEK
        _put(row, item, "50", "<")
    for row in _of(_months_of(made, 2), lab.TSS_MONTH):
        _put(row, lab.TSS_MONTH, "5", "<")
    for row in _of(_months_of(made, 2), lab.BOD_MONTH):
        _put(row, lab.BOD_MONTH, None, "ND")


def _odd_values(made: PlantYear) -> None:
    for row in _of(_months_of(made, 1), lab.BOD_MONTH):
        _put(row, lab.BOD_MONTH, "38000", unit="ug/L")
    for row in _of(_months_of(made, 2), lab.BOD_MONTH):
        _put(row, lab.BOD_MONTH, None)
    for row in _of(_months_of(made, 1), lab.TSS_MONTH):
        _put(row, lab.TSS_MONTH, no_number("see note"))
    for row in _of(_months_of(made, 2), lab.TSS_MONTH):
        _put(row, lab.TSS_MONTH, "44", unit="mL/L")
    for row in _of(_months_of(made, 1), lab.LAB_PH):
        _put(row, lab.LAB_PH, "72")
    for position, row in enumerate(_of(_months_of(made, 3), lab.TSS_MONTH)):
        bad = (flawed(f"{made.year}-02-30", "not_a_date"), flawed(f"00{made.year - 2000}-03-31", "implausible_date"))
        cell = bad[position % 2]
        row.moment = Moment(None, row.moment.time, row.moment.text.replace(str(row.moment.day), cell, 1))
        row.flaws = (("sampling_date", cell.code),)


def _copies(made: PlantYear) -> None:
    for row in made.rows[::25]:
        row.copies = 2


def _resubmit(made: PlantYear) -> None:
    """Reports sent again under a higher document id, with some results changed."""
    for month in (1, 3):
        for row in _months_of(made, month):
            made.rows.append(_sent_again(row, 1, row.life))
    if made.year == YEARS[2]:
        for turn in range(min(times(made.week, made.turn), 2)):
            life = Life(first=made.turn + turn * PERIOD)
            for row in _months_of(made, 6):
                if row.document.number % 4 == 0:
                    made.rows.append(_sent_again(row, turn + 1, life))


def _sent_again(row: EsmrRow, times_before: int, life: Life) -> EsmrRow:
    document = replace(row.document, number=row.document.number + times_before)
    again = replace(row, document=document, life=life)
    reading = row.reading
    if reading.base == lab.AMEL and reading.parameter == lab.BOD and reading.unit == "mg/L":
        again.reading = esmr_reading(lab.BOD_MONTH, "=", f"3{times_before}.5")
    return again


def _late(made: PlantYear) -> None:
    """Two months of every year are missing; at every turn one of an old year arrives."""
    months = [(year, month) for year in YEARS[:-1] for month in (4, 9)]
    shift = {months[turn % len(months)]: made.turn + turn * PERIOD for turn in range(min(times(made.week, made.turn), len(months)))}
    for month in (4, 9):
        born = shift.get((made.year, month))
        rows = _months_of(made, month) if made.year < YEARS[-1] else []
        for row in rows:
            row.life = Life(first=_NEVER if born is None else born)


def _correct(made: PlantYear) -> None:
    """At every turn a result of the third year is replaced by another."""
    if made.year != YEARS[2]:
        return
    for turn in range(times(made.week, made.turn)):
        born = made.turn + turn * PERIOD
        rng = stream(made.seed, "esmr correction", made.plant.index, turn)
        row = rng.choice([row for row in made.rows if row.life.end is None and row.reading.base == lab.AMEL and row.reading.unit == "mg/L"])
        made.rows.append(replace(row, reading=esmr_reading(lab.BOD_MONTH, "=", f"3{turn % 10}.{born:03}1"), life=Life(first=born)))
        row.life = replace(row.life, end=born)


def _withdraw(made: PlantYear) -> None:
    """Some months of old years are withdrawn at every turn and come back, or never do."""
    if made.year not in YEARS[1:3]:
        return
    for month, life in ((2, Life(turn=made.turn, stay=1)), (5, Life(turn=made.turn, stay=2)), (8, Life(end=made.turn))):
        for row in _months_of(made, month):
            row.life = life


_PLANTED: dict[int, Callable[[PlantYear], None]] = {
    PlantLane.RESUBMITTED: _resubmit,
    PlantLane.LATE: _late,
    PlantLane.CORRECTED: _correct,
    PlantLane.WITHDRAWN: _withdraw,
    PlantLane.OVER_LIMITS: _over_limits,
    PlantLane.AT_LIMITS: _at_limits,
    PlantLane.REJECTED: _rejected,
    PlantLane.COMMENTS: _comments,
    PlantLane.LESS_THAN: _less_than,
    PlantLane.ODD_VALUES: _odd_values,
    PlantLane.COPIES: _copies,
}
