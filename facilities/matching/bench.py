"""Synthetic records at scale, to measure the matcher's speed. Every name is put together from syllables."""

import random
import resource
import time
from dataclasses import dataclass
from typing import NamedTuple

from facilities.matching.index import MatchIndex
from facilities.matching.records import EnrollmentKey, EnrollmentRecord, EsmrRecord
from facilities.matching.tiers import Tier
from facilities.matching.vocabulary import as_words

_SYLLABLES = tuple(
    sorted(
        as_words("al ba cor del es fa gra hol in jo ka lor ma no or pa qui ro sa ta u ven wil yo zan mi ter lun dra ke")
    )
)
_TRADES = (
    ("Auto Dismantling", "5015-Motor Vehicle Parts, Used"),
    ("Recycling", "5093-Scrap and Waste Materials"),
    ("Trucking Inc", "4213-Trucking, Except Local"),
    ("Ready Mix", "3273-Ready-Mixed Concrete"),
    ("Winery", "2084-Wines, Brandy, and Brandy Spirits"),
    ("Plating Co", "3471-Electroplating"),
)
_COUNTIES = 58
_TOWNS = 1_200
_SUFFIXES = ("Rd", "St", "Ave", "Blvd", "Dr", "Ln")


class Town(NamedTuple):
    """A town: its name, degrees, and ZIP code."""

    name: str
    latitude: float
    longitude: float
    zip_code: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run took, in seconds of one core. Memory is the process's peak."""

    esmr: int
    enrollments: int
    pairs: int
    automatic: int
    queued: int
    index_seconds: float
    match_seconds: float
    peak_mb: float


def synthetic_records(
    esmr: int = 5_000, enrollments: int = 100_000, seed: int = 0
) -> tuple[list[EsmrRecord], list[EnrollmentRecord]]:
    """ESMR plants, most with an enrollment or two of their own, among firms of many trades."""
    source = random.Random(seed)  # noqa: S311 # invented names are no secret
    towns = [
        Town(_word(source).title(), source.uniform(33, 41), source.uniform(-123, -115), str(90_000 + number))
        for number in range(_TOWNS)
    ]
    plants = [_plant(source, place, towns) for place in range(1, esmr + 1)]
    found = [
        enrollment
        for place, plant in enumerate(plants, start=1)
        for enrollment in _enrollments_of(source, place, plant)
    ]
    firms = (_firm(source, serial, towns) for serial in range(len(found), enrollments))
    return plants, [*found, *firms][:enrollments]


def measure(esmr: int = 5_000, enrollments: int = 100_000) -> Measured:
    """Builds the index over synthetic records and matches all."""
    plants, firms = synthetic_records(esmr, enrollments)
    start = time.process_time()
    index = MatchIndex(plants, firms)
    built = time.process_time()
    pairs = automatic = queued = 0
    for place in index.esmr:
        for decision in index.match([place])[place]:
            pairs += 1
            automatic += decision.is_automatic
            queued += decision.tier is Tier.QUEUE
    return Measured(
        esmr=esmr,
        enrollments=enrollments,
        pairs=pairs,
        automatic=automatic,
        queued=queued,
        index_seconds=built - start,
        match_seconds=time.process_time() - built,
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def _word(source: random.Random) -> str:
    return "".join(source.choice(_SYLLABLES) for _ in range(source.randint(2, 4)))


def _address(source: random.Random) -> str:
    return f"{source.randint(1, 9999)} {_word(source).title()} {source.choice(_SUFFIXES)}"


def _county(latitude: float, longitude: float) -> int:
    """A county number that goes with a place."""
    return int(latitude * 7 + longitude * 3) % _COUNTIES


def _plant(source: random.Random, place: int, towns: list[Town]) -> EsmrRecord:
    town, latitude, longitude, zip_code = source.choice(towns)
    own = _word(source).title()
    county = _county(latitude, longitude)
    return EsmrRecord(
        place_id=200_000 + place,
        name=source.choice((f"{town} WWTP", f"{own} {town} WRF", f"{own} Creek WWTP")),
        region=str(1 + county % 9),
        agency=source.choice((f"{town} City", f"{town} CSD", f"{own} Sanitary District")),
        address=_address(source),
        city=town,
        zip_code=zip_code,
        county=f"County {county}",
        latitude=latitude + source.gauss(0, 0.01),
        longitude=longitude + source.gauss(0, 0.01),
    )


def _enrollments_of(source: random.Random, place: int, plant: EsmrRecord) -> list[EnrollmentRecord]:
    """None to two enrollments of a plant, written a little otherwise."""
    return [
        EnrollmentRecord(
            key=EnrollmentKey("industrial", str(400_000 + 2 * place + at), f"5S{place % 58:02d}I{place:06d}{at}"),
            name=(plant.name or "").replace("WWTP", "Wastewater Treatment Plant"),
            operator=plant.agency,
            address=plant.address,
            city=plant.city,
            zip_code=plant.zip_code,
            county=plant.county,
            region=plant.region,
            latitude=(plant.latitude or 0) + source.gauss(0, 0.005),
            longitude=(plant.longitude or 0) + source.gauss(0, 0.005),
            sic_codes=("4952-Sewerage Systems",),
        )
        for at in range(source.choice((0, 1, 1, 2)))
    ]


def _firm(source: random.Random, serial: int, towns: list[Town]) -> EnrollmentRecord:
    town, latitude, longitude, zip_code = source.choice(towns)
    county = _county(latitude, longitude)
    trade, sic = source.choice(_TRADES)
    name = f"{_word(source).title()} {trade}"
    return EnrollmentRecord(
        key=EnrollmentKey("industrial", str(100_000 + serial), f"4 {county:02d}I{serial:06d}"),
        name=name if source.random() < 0.8 else f"{town} {name}",
        operator=name,
        address=_address(source),
        city=town,
        zip_code=zip_code,
        county=f"County {county}",
        region=str(1 + county % 9),
        latitude=latitude + source.gauss(0, 0.03),
        longitude=longitude + source.gauss(0, 0.03),
        sic_codes=(sic,),
    )
