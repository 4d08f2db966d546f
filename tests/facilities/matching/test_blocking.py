"""Who is compared with whom: neighbors only by a word that begins alike, plants of other names only from near."""

from typing import Any

import pytest

from facilities.matching.index import MatchIndex
from tests.facilities.matching.invented import OAK_TOWN, SCRAP_YARD, enrollment

YARD: dict[str, Any] = {
    "sic_codes": ("5093-Scrap and Waste Materials",),
    "address": "12 Foundry St",
    "zip_code": "95991",
}


def is_compared(neighbor):
    return MatchIndex([OAK_TOWN], [neighbor]).candidates_of(OAK_TOWN.place_id) == [neighbor.key]


def test_a_firm_next_door_that_shares_no_beginning_of_a_word_is_not_compared():
    assert not is_compared(SCRAP_YARD)


@pytest.mark.parametrize(
    "name, operator",
    [("Oakley Scrap Metal", "Bolinder Metals Inc"), ("Bolinder Scrap Metal", "Township of Fennel"), (None, None)],
    ids=["word of the name", "word of the operator", "no words at all"],
)
def test_one_that_does_or_says_nothing_is_compared_from_near_only(name, operator):
    near = enrollment(name=name, operator=operator, **YARD)
    far = enrollment(name=name, operator=operator, longitude=-121.55, **YARD)
    assert (is_compared(near), is_compared(far)) == (True, False)


@pytest.mark.parametrize("longitude, expected", [(-121.57, True), (-121.50, False)])
def test_a_plant_of_another_name_is_compared_within_a_few_kilometers(longitude, expected):
    other = enrollment(
        name="Fennel WWTP", operator="Fennel Sanitary District", city="Fennel", county="Butte",
        address="1 Quarry Rd", zip_code="95901", longitude=longitude,
    )  # fmt: skip
    assert is_compared(other) is expected
