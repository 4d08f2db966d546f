"""California's counties: where they lie, to which Water Board they belong, and their towns.

Public facts, rounded; but most of the towns are invented, and where in their county they lie is invented of all.
The number of a county, as in a WDID, is its place in the alphabet.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, product
from math import ceil, hypot, sqrt

from sync.synthetic.town_names import invented_name

# A county with more sites has more towns, though not in proportion. The published industrial enrollments and the
# CIWQS list name a thousand cities and towns: a hundred and forty in Los Angeles, a dozen where 50 sites are.
_TOWNS_OF_ONE_SITE, _TOWNS_GROW = 3.7, 0.6
# Degrees from one town to the next, some 8 km each way. Of the real industrial enrollments three lie on a square
# kilometre that has any; at full scale, with the construction sites, four do where most are.
TOWN_NORTH, TOWN_EAST = 0.07, 0.09


@dataclass(frozen=True, slots=True)
class Town:
    """A city or town: its name, its ZIP code, and its middle, degrees."""

    name: str
    zip_code: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class County:
    """A county: its towns, and how many of 1,000 sites it has."""

    name: str
    region: str
    towns: tuple[Town, ...]
    share: int
    number: int


# Of each the middle of where its people live, degrees, the beginning of its ZIP codes, and its share.
_FACTS = """
Alameda|2|37.68|-121.95|945|Oakland,Hayward,Fremont,Livermore|48
Alpine|6A|38.69|-119.82|961|Markleeville|1
Amador|5S|38.41|-120.72|956|Jackson,Ione|3
Butte|5R|39.64|-121.67|959|Chico,Oroville|7
Calaveras|5S|38.15|-120.55|952|San Andreas,Angels Camp|3
Colusa|5S|39.18|-122.10|959|Colusa,Williams|3
Contra Costa|2|37.96|-122.02|945|Concord,Richmond,Pittsburg,Martinez|18
Del Norte|1|41.77|-124.15|955|Crescent City|2
El Dorado|5S|38.72|-120.85|956|Placerville,Diamond Springs|4
Fresno|5F|36.75|-119.77|937|Fresno,Clovis,Sanger,Selma|20
Glenn|5R|39.57|-122.20|959|Willows,Orland|3
Humboldt|1|40.78|-124.10|955|Eureka,Arcata,Fortuna|8
Imperial|7|32.83|-115.55|922|El Centro,Brawley,Calexico|6
Inyo|6B|36.80|-118.15|935|Bishop,Lone Pine|2
Kern|5F|35.37|-119.05|933|Bakersfield,Delano,Wasco|20
Kings|5F|36.30|-119.68|932|Hanford,Lemoore|5
Lake|5S|39.00|-122.75|954|Lakeport,Clearlake|3
Lassen|6A|40.42|-120.65|961|Susanville|2
Los Angeles|4|34.00|-118.20|900|Los Angeles,Long Beach,Vernon,Carson,Pomona,Pasadena,Torrance|240
Madera|5F|36.96|-120.03|936|Madera,Chowchilla|5
Marin|2|38.01|-122.55|949|San Rafael,Novato|6
Mariposa|5F|37.48|-119.97|953|Mariposa|1
Mendocino|1|39.22|-123.25|954|Ukiah,Willits,Fort Bragg|6
Merced|5F|37.25|-120.55|953|Merced,Los Banos,Atwater|8
Modoc|5R|41.50|-120.55|961|Alturas|1
Mono|6B|37.90|-119.00|935|Mammoth Lakes|1
Monterey|3|36.65|-121.62|939|Salinas,Monterey,Soledad|11
Napa|2|38.33|-122.30|945|Napa,American Canyon|12
Nevada|5S|39.23|-121.03|959|Grass Valley,Nevada City|4
Orange|8|33.78|-117.88|926|Santa Ana,Anaheim,Irvine,Fullerton|76
Placer|5S|38.85|-121.20|956|Roseville,Auburn,Lincoln|9
Plumas|5R|39.97|-120.92|959|Quincy|1
Riverside|8|33.92|-117.30|925|Riverside,Corona,Perris,Hemet|46
Sacramento|5S|38.55|-121.43|958|Sacramento,Elk Grove,Rancho Cordova,Galt|30
San Benito|3|36.85|-121.40|950|Hollister|3
San Bernardino|8|34.08|-117.40|923|San Bernardino,Fontana,Ontario,Rialto,Chino|94
San Diego|9|32.88|-117.08|921|San Diego,Chula Vista,Escondido,El Cajon|92
San Francisco|2|37.76|-122.42|941|San Francisco|8
San Joaquin|5S|37.95|-121.28|952|Stockton,Tracy,Lodi,Manteca|24
San Luis Obispo|3|35.35|-120.65|934|San Luis Obispo,Paso Robles|10
San Mateo|2|37.52|-122.28|940|Redwood City,South San Francisco,Half Moon Bay|10
Santa Barbara|3|34.72|-120.30|934|Santa Maria,Lompoc,Goleta|11
Santa Clara|2|37.32|-121.92|951|San Jose,Santa Clara,Gilroy,Sunnyvale|48
Santa Cruz|3|36.97|-121.90|950|Watsonville,Santa Cruz|7
Shasta|5R|40.58|-122.37|960|Redding,Anderson|7
Sierra|5S|39.57|-120.70|959|Loyalton|1
Siskiyou|1|41.68|-122.60|960|Yreka,Weed|3
Solano|2|38.25|-122.00|945|Fairfield,Vacaville,Vallejo|9
Sonoma|1|38.48|-122.75|954|Santa Rosa,Petaluma,Windsor|18
Stanislaus|5S|37.63|-120.98|953|Modesto,Turlock,Ceres|13
Sutter|5S|39.13|-121.65|959|Yuba City,Live Oak|4
Tehama|5R|40.12|-122.22|960|Red Bluff,Corning|3
Trinity|1|40.72|-122.95|960|Weaverville|1
Tulare|5F|36.25|-119.30|932|Visalia,Tulare,Porterville|10
Tuolumne|5S|37.98|-120.35|953|Sonora|3
Ventura|4|34.28|-119.10|930|Oxnard,Ventura,Simi Valley|33
Yolo|5S|38.63|-121.68|956|Woodland,West Sacramento,Davis|9
Yuba|5S|39.15|-121.50|959|Marysville|3
"""


def _counties() -> tuple[County, ...]:
    counties: list[County] = []
    invented = 0
    zip_codes: dict[str, Iterator[int]] = {}  # each town has one, as long as its prefix has another
    for number, line in enumerate(_FACTS.strip().splitlines(), 1):
        name, region, latitude, longitude, zip_prefix, cities, share = line.split("|")
        names = cities.split(",")
        if names != [name]:  # a county that is one city, like San Francisco, has no other towns
            more = max(0, round(_TOWNS_OF_ONE_SITE * int(share) ** _TOWNS_GROW) - len(names))
            names += map(invented_name, range(invented, invented + more))
            invented += more
        ends = zip_codes.setdefault(zip_prefix, cycle(range(1, 99)))
        towns = tuple(
            Town(town, f"{zip_prefix}{end:02}", float(latitude) + north, float(longitude) + east)
            for town, end, (north, east) in zip(names, ends, _around(len(names)), strict=False)
        )
        counties.append(County(name, region, towns, int(share), number))
    return tuple(counties)


def _around(towns: int) -> list[tuple[float, float]]:
    """Where towns lie around a county's middle, degrees: side by side, the first of them in the middle."""
    most = ceil(sqrt(towns) / 2)
    steps = sorted(product(range(-most, most + 1), repeat=2), key=lambda place: (hypot(*place), place))
    return [(TOWN_NORTH * north, TOWN_EAST * east) for north, east in steps[:towns]]


COUNTIES = _counties()
# To draw from: every county as often as it has sites.
WEIGHTED_COUNTIES = tuple(county for county in COUNTIES for _ in range(county.share))

REGION_NAMES = {
    "1": "North Coast",
    "2": "San Francisco Bay",
    "3": "Central Coast",
    "4": "Los Angeles",
    "5F": "Fresno",
    "5R": "Redding",
    "5S": "Sacramento",
    "6A": "South Lake Tahoe",
    "6B": "Victorville",
    "7": "Colorado River",
    "8": "Santa Ana",
    "9": "San Diego",
}
