"""The towns of a world: as many and as unlike each other as the published ones, with their sites around them."""

from collections import Counter

from facilities.matching.normalize_places import LATITUDES, LONGITUDES
from sync.synthetic import sites
from sync.synthetic.counties import COUNTIES, TOWN_EAST, TOWN_NORTH
from sync.synthetic.plants import plant
from sync.synthetic.streams import stream
from sync.synthetic.town_names import MOST_TOWNS, invented_name

TOWNS = [town for county in COUNTIES for town in county.towns]
LETTERS = 5  # by which the matcher meets a cut word


def test_are_as_many_as_the_published_files_name_each_with_its_own_name_and_place():
    assert 900 <= len(TOWNS) <= 1000
    assert len({town.name for town in TOWNS}) == len(TOWNS)
    assert len({(town.latitude, town.longitude) for town in TOWNS}) == len(TOWNS)


def test_lie_in_california_with_all_of_their_sites():
    for town in TOWNS:
        assert LATITUDES[0] + TOWN_NORTH < town.latitude < LATITUDES[1] - TOWN_NORTH
        assert LONGITUDES[0] + TOWN_EAST < town.longitude < LONGITUDES[1] - TOWN_EAST


def test_are_more_where_more_sites_are_and_none_are_invented_where_a_county_is_one_city():
    by_share = sorted((county for county in COUNTIES if len(county.towns) > 1), key=lambda county: county.share)
    numbers = [len(county.towns) for county in by_share]
    assert numbers == sorted(numbers)
    assert {county.name: [town.name for town in county.towns] for county in COUNTIES if len(county.towns) == 1} == {
        "Mariposa": ["Mariposa"],
        "San Francisco": ["San Francisco"],
    }


def test_keep_the_known_cities_in_the_middle_of_their_county():
    (alameda,) = (county for county in COUNTIES if county.name == "Alameda")
    assert [town.name for town in alameda.towns[:4]] == ["Oakland", "Hayward", "Fremont", "Livermore"]
    oakland, *others = alameda.towns
    assert (oakland.latitude, oakland.longitude) == (37.68, -121.95)
    assert min(abs(town.latitude - 37.68) + abs(town.longitude + 121.95) for town in others) >= TOWN_NORTH - 1e-9


def test_have_names_that_do_not_begin_alike():
    names = [invented_name(number) for number in range(MOST_TOWNS)]
    assert len(set(names)) == MOST_TOWNS
    starts = Counter(name[:LETTERS] for name in names)
    assert max(starts.values()) == 1
    words = Counter(word for name in names for word in name.split())
    assert max(words.values()) <= MOST_TOWNS / 30  # Valley, Springs


def test_have_their_sites_around_them():
    rng = stream(1, "sites")
    places = {town.name: town for town in TOWNS}
    for _ in range(500):
        site = sites.industrial_site(rng)
        town = places[site.city]
        assert town in site.county.towns
        assert site.zip_code == town.zip_code
        assert abs(site.latitude - town.latitude) <= TOWN_NORTH / 2
        assert abs(site.longitude - town.longitude) <= TOWN_EAST / 2


def test_share_the_plants_among_them():
    """Where a town had many plants, each would be compared with all enrollments of the others."""
    plants = [plant(1, number) for number in range(2_000)]
    cities = Counter(one.site.city for one in plants)
    assert max(cities.values()) <= len(plants) / 60
    assert len(cities) > 500
