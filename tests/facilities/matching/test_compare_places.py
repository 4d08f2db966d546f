import pytest

from facilities.matching.compare_kinds import compare_industry, compare_kinds
from facilities.matching.compare_places import (
    close_numbers,
    compare_addresses,
    compare_cities,
    compare_counties,
    compare_distance,
    compare_regions,
    distance_value,
)
from tests.facilities.matching.invented import filing, plant


@pytest.mark.parametrize(
    "mine, theirs, value",
    [
        ("700 Mallard Road", "700 Mallard Rd", 1.0),
        ("700 Mallard Road", "700 Mallard", 1.0),
        ("700 Mallard Road", "700 Malard Rd", 0.9),
        ("700 Mallard Road", "700 Mallard St", 0.9),
        ("700 Mallard Road", "700 Mallard Fen Rd", 0.8),
        ("7215 Mallard Road", "7125 Mallard Rd", 0.5),
        ("700 Mallard Road", "720 Mallard Rd", 0.5),
        ("700 Mallard Road", "Mallard Rd", 0.4),
        ("Fennel Rd and Mallard Rd", "700 Mallard Rd", 0.4),
        ("700 N Mallard Road", "700 S Mallard Rd", 0.2),
        ("700 Mallard Road", "9000 Mallard Rd", -0.2),
        ("700 Mallard Road", "700 Bolinder Rd", -1.0),
        ("700 Highway 12", "700 Highway 13", -1.0),
        ("PO Box 7", "700 Mallard Rd", None),
        ("700 Mallard Road", "PO Box 7", None),
        (None, "700 Mallard Rd", None),
        ("700 Mallard Road", None, None),
    ],
)
def test_addresses(mine, theirs, value):
    compared = compare_addresses(plant(address=mine), filing(address=theirs))
    assert compared[0] == (None if value is None else pytest.approx(value))


def test_the_same_address_in_another_town_is_half():
    assert compare_addresses(plant(), filing(city="Fennel", zip_code="93001"))[0] == 0.5
    assert compare_addresses(plant(), filing(city="Fennel", zip_code="95991"))[0] == 1.0  # a neighbouring ZIP
    assert compare_addresses(plant(), filing(city="Fennel"))[0] == 1.0  # the same ZIP
    assert compare_addresses(plant(), filing(city=None, zip_code=None))[0] == 1.0


def test_the_second_address_line_is_looked_at_too():
    entry = filing(address="1 City Hall Plaza", address_2="700 Mallard Rd")
    assert compare_addresses(plant(), entry)[0] == 1.0


@pytest.mark.parametrize(
    "one, other, close", [(700, 720, True), (29182, 21982, True), (700, 900, False), (12, 21, False)]
)
def test_close_house_numbers(one, other, close):
    assert close_numbers(one, other) is close


@pytest.mark.parametrize(
    "away, value", [(0.1, 1.0), (0.4, 0.9), (0.9, 0.7), (1.5, 0.35), (3, 0.0), (7, -0.3), (39, -0.8), (50, -1)]
)
def test_distance_is_graded_by_the_known_error_of_coordinates(away, value):
    assert distance_value(away) == value


def test_distance_from_the_crosswalks_coordinates():
    near, sentence = compare_distance(plant(), filing())
    assert near == 1.0
    assert "m apart" in sentence
    far, sentence = compare_distance(plant(), filing(latitude=34.0))
    assert far == -1.0
    assert "km apart" in sentence


def test_distance_from_an_outfall_counts_half():
    facility = plant(latitude=None, longitude=None, location_latitude=39.1, location_longitude=-121.6)
    assert compare_distance(facility, filing())[0] == 0.5
    assert compare_distance(facility, filing(latitude=34.0))[0] == -0.5


def test_missing_or_impossible_coordinates_are_missing():
    assert compare_distance(plant(latitude=None), filing())[0] is None
    assert compare_distance(plant(), filing(latitude=None))[0] is None
    assert compare_distance(plant(), filing(latitude=0.0, longitude=0.0))[0] is None


@pytest.mark.parametrize(
    "city, zip_code, value",
    [
        ("Oak Town", None, 1.0),
        ("Oak Tovn", None, 1.0),
        ("Fennel", "95990", 0.5),
        ("Fennel", "93001", -1.0),
        (None, "95990", None),
    ],
)
def test_cities(city, zip_code, value):
    assert compare_cities(plant(), filing(city=city, zip_code=zip_code))[0] == value


def test_a_side_without_a_city_is_missing():
    assert compare_cities(plant(city=None), filing())[0] is None


@pytest.mark.parametrize("county, value", [("Sutter County", 1.0), ("Yuba", -1.0), (None, None)])
def test_counties(county, value):
    assert compare_counties(plant(), filing(county=county))[0] == value
    assert compare_counties(plant(county=None), filing())[0] is None


@pytest.mark.parametrize(
    "mine, theirs, value",
    [
        ("Region 5S - Sacramento", "5S", 1.0),
        ("Region 5", "5S", 1.0),
        ("Region 5F", "5S", 0.0),
        ("Region 4", "5S", -1.0),
        (None, "5S", None),
        ("Region 4", "NA", None),
    ],
)
def test_regions(mine, theirs, value):
    assert compare_regions(plant(region=mine), filing(region=theirs))[0] == value


@pytest.mark.parametrize(
    "mine, theirs, value",
    [
        ("Fennel WWTP", "Water Reclamation Facility", 1.0),
        ("Fennel WWTP", "Fennel Landfill", -1.0),
        ("Fennel WWTP", "Fennel Lift Station", -1.0),
        ("Fennel WWTP", "Fennel", None),
        ("Fennel WWTP", None, None),
        ("Fennel", "Fennel WWTP", None),
    ],
)
def test_kinds(mine, theirs, value):
    assert compare_kinds(plant(name=mine), filing(name=theirs))[0] == value


@pytest.mark.parametrize(
    "name, codes, value",
    [
        ("Fennel WWTP", ("4952-Sewerage Systems",), 1.0),
        ("Fennel WWTP", ("5093-Scrap", "4952-Sewerage Systems"), 1.0),
        ("Fennel WWTP", ("4953-Refuse Systems",), -0.4),
        ("Fennel WWTP", ("5093-Scrap",), -1.0),
        ("Fennel WWTP", (), None),
        ("Fennel Refinery", ("2911-Petroleum Refining",), None),
        ("Fennel Refinery", ("4952-Sewerage Systems",), 1.0),
    ],
)
def test_industry_codes(name, codes, value):
    assert compare_industry(plant(name=name), filing(sic_codes=codes))[0] == value
