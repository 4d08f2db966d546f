"""Invented records of both systems, and the index over them."""

from dataclasses import replace
from typing import Any

from facilities.matching.index import MatchIndex
from facilities.matching.prepared import (
    PreparedEnrollment,
    PreparedEsmr,
    prepare_enrollment,
    prepare_esmr,
)
from facilities.matching.rarity import WordRarity
from facilities.matching.records import EnrollmentKey, EnrollmentRecord, EsmrRecord

# Word counts of no database: every word is rare.
ALL_RARE = WordRarity()

OAK_TOWN = EsmrRecord(
    place_id=200_001,
    name="Oak Town WWTP",
    region="Region 5S - Sacramento",
    agency="Oak Town City",
    address="700 Mallard Road",
    city="Oak Town",
    zip_code="95990",
    county="Sutter",
    latitude=39.10,
    longitude=-121.60,
)
OAK_TOWN_PLANT = EnrollmentRecord(
    key=EnrollmentKey("industrial", "400001", "5S51I000001"),
    name="Wastewater Treatment Plant",
    operator="City of Oak Town",
    address="700 Mallard Rd",
    city="Oak Town",
    zip_code="95990",
    county="Sutter",
    region="5S",
    latitude=39.101,
    longitude=-121.601,
    sic_codes=("4952-Sewerage Systems",),
)
SCRAP_YARD = EnrollmentRecord(
    key=EnrollmentKey("industrial", "400002", "5S51I000002"),
    name="Bolinder Scrap Metal",
    operator="Bolinder Metals Inc",
    address="12 Foundry St",
    city="Oak Town",
    zip_code="95990",
    county="Sutter",
    region="5S",
    latitude=39.103,
    longitude=-121.604,
    sic_codes=("5093-Scrap and Waste Materials",),
)


def esmr(**fields: Any) -> EsmrRecord:
    """The plant of Oak Town, with some fields otherwise."""
    return replace(OAK_TOWN, **fields)


def enrollment(serial: int = 1, **fields: Any) -> EnrollmentRecord:
    """The enrollment of the plant of Oak Town under a key of its own, with some fields otherwise."""
    key = EnrollmentKey("industrial", f"{400_000 + serial}", f"5S51I{serial:06d}")
    return replace(OAK_TOWN_PLANT, key=fields.pop("key", key), **fields)


def plant(**fields: Any) -> PreparedEsmr:
    """The same, as the comparisons read it."""
    return prepare_esmr(esmr(**fields))


def filing(serial: int = 1, **fields: Any) -> PreparedEnrollment:
    """The same, as the comparisons read it."""
    return prepare_enrollment(enrollment(serial, **fields))


def small_world() -> tuple[list[EsmrRecord], list[EnrollmentRecord]]:
    """Sister plants of one city, a numbered plant, a plant with two permits, and firms around them."""
    facilities = [
        OAK_TOWN,
        esmr(place_id=200_002, name="Fennel Creek WWTP", address="12 Fennel Creek Rd", latitude=39.2, longitude=-121.7),
        esmr(place_id=200_003, name="Oak Town Plant No. 2", address="90 Quarry Rd", latitude=39.0, longitude=-121.5),
        EsmrRecord(place_id=200_004, name="Wexcombe Marlinspike Water Reclamation Facility", region="Region 9"),
    ]
    filings = [
        OAK_TOWN_PLANT,
        enrollment(3, name="Oak Town City WWTP", operator="Oak Town City"),
        enrollment(
            4, name="Fennel Creek Wwtp", address="12 Fennel Creek", latitude=39.201, longitude=-121.701, zip_code=None
        ),
        enrollment(
            5,
            name="Plant No 3 Oak Town",
            address="90 Quarry Rd",
            latitude=39.0,
            longitude=-121.5,
            operator="Oak Town City",
        ),
        enrollment(
            6,
            name="Wexcombe Marlinspike WRF",
            operator="Wexcombe Water District",
            region="9",
            county="San Diego",
            city="Wexcombe",
            zip_code="92999",
            address="4 Reservoir Ln",
            latitude=33.0,
            longitude=-117.0,
        ),
        SCRAP_YARD,
    ]
    return facilities, filings


def small_index() -> MatchIndex:
    """The index over the small world."""
    return MatchIndex(*small_world())
