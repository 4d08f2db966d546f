"""The crosswalk of a world: what a CIWQS facility list says of its plants, in that list's form."""

import csv
from pathlib import Path
from random import Random

from sync.synthetic.plants import Plant, plant
from sync.synthetic.streams import lane_of, shift_of, stream

CROSSWALK = "crosswalk.csv"
COLUMNS = (
    *("facility_place_id", "facility_name", "agency_name", "address", "city", "zip", "county"),
    *("latitude", "longitude", "npdes_number", "region"),
)
LANES = 12
UNLISTED, WITHOUT_ADDRESS, WITHOUT_PLACE = 5, 8, 11  # lanes: one plant in twelve each
# Kilometers by which the listed coordinates are off: of one in four, more than one.
_ERRORS_KM = (0, 0.1, 0.3, 1.6)


def write_crosswalk(folder: Path, seed: int, plants: int) -> int:
    """Write the list; returns how many plants it has. One plant in twelve is not in it."""
    shift = shift_of(seed, "crosswalk", LANES)
    listed = 0
    with (folder / CROSSWALK).open("w", encoding="utf-8", newline="") as stream_:
        writer = csv.writer(stream_, lineterminator="\n")
        writer.writerow(COLUMNS)
        for index in range(plants):
            lane = lane_of(index, shift, LANES)
            if lane != UNLISTED:
                writer.writerow(_row(plant(seed, index), lane, stream(seed, "crosswalk", index)))
                listed += 1
    return listed


def _row(one: Plant, lane: int, rng: Random) -> tuple[str, ...]:
    site = one.site.moved(rng, rng.choice(_ERRORS_KM))
    latitude, longitude = ("", "") if lane == WITHOUT_PLACE else site.coordinates
    return (
        str(one.place_id),
        site.name,
        site.operator,
        "" if lane == WITHOUT_ADDRESS else site.address,
        site.city,
        site.zip_code,
        site.county.name,
        latitude,
        longitude,
        f"CA{90_000 + one.index:07}",
        "",  # the list's region is that of the permit, which eSMR has itself
    )
