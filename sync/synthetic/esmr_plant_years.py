"""The rows of a plant in one sampling year, month by month."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from sync.synthetic import esmr_readings as lab
from sync.synthetic.cells import Flaw, number, quoted
from sync.synthetic.counties import REGION_NAMES
from sync.synthetic.esmr_planted import plant_oddities
from sync.synthetic.esmr_readings import EsmrPools, Item
from sync.synthetic.esmr_rows import EFFLUENT, YEARS, Document, EsmrRow, Location, Moment, PlantLane, PlantYear
from sync.synthetic.plants import Plant
from sync.synthetic.streams import stream
from sync.synthetic.weeks import ALWAYS, FIRST_DAY, LAST_DAY, Life

_NEW_PERMITS_SINCE = 2024  # with them, some locations of the same name got other ids
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


def rows_of(seed: int, pools: EsmrPools, plant: Plant, *, lane: int, year: int, week: int) -> list[EsmrRow]:
    """All rows of a plant and sampling year that have been published by a week, in the order of the file."""
    fixed = stream(seed, "plant reports", plant.index)
    level = fixed.choice((0, 0, 1, 1, 1, 2, 2, 3, 4))
    is_small = fixed.random() < 0.82
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
    plant_oddities(made)
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
    later_ids = 50 if plant.index % 9 == 4 and year >= _NEW_PERMITS_SINCE else 0
    locations = []
    for position, (code, kind) in enumerate(kinds):
        place_id = 100 * plant.place_id + position + later_ids
        coordinates, flaws = _coordinates(plant, lane, position, rng)
        water = quoted(plant.site.water) if rng.random() < 0.3 else "NA"
        description = quoted(
            rng.choice(("NA", "NA", "Final effluent, after dechlorination", 'Manhole with 6" line', "At the bridge"))
        )
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
_INFLUENT = (lab.INFLUENT_BOD, lab.FLOW, lab.INFLUENT_TSS)
_ELSEWHERE = (lab.LAB_PH, lab.LAB_NITRATE, lab.LAB_DISSOLVED_OXYGEN, lab.LAB_TDS, lab.LAB_TURBIDITY, lab.LAB_SOLIDS)
_OF_SMALL_PLANTS = (4, 3, 2)  # so many items of the first three lists


def _add_month(made: PlantYear, month: int, life: Life) -> None:
    """The rows of one monthly report."""
    year, rng, plant = made.year, made.rng, made.plant
    number_of_document = 2_000_000 + plant.index * 400 + (year - YEARS[0]) * 60 + month * 4
    document = Document(number_of_document, f"Monthly SMR ( MONNPDES ) report for {_MONTHS[month - 1]} {year}")
    last = monthrange(year, month)[1]
    effluents = [location for location in made.locations if location.kind == EFFLUENT]
    daily, monthly, influent = made.items

    def add(location: Location, items: Sequence[Item], moment: Moment) -> None:
        # One random number for all items: eight bits for each.
        bits = rng.getrandbits(8 * len(items))
        made.rows += [
            EsmrRow(location, pool[bits >> 8 * at & 255], moment, document, life)
            for at, pool in enumerate([made.pool(item) for item in items])
        ]

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
