"""The small world that the synthetic files tell of: places that exist, everything on them invented.

All ids are above the numbers that the two systems have given out, so that no real site is meant.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

# ruff: noqa: DTZ001 - the published times are local and say no zone


@dataclass(frozen=True)
class Place:
    """A city, with what its county and its region give a WDID."""

    city: str
    county: str
    county_number: int
    region: str
    region_name: str
    zip_code: str
    latitude: float
    longitude: float
    water: str


PLACES = (
    Place("Oakland", "Alameda", 1, "2", "San Francisco Bay", "94603", 37.74, -122.19, "San Leandro Bay"),
    Place("Richmond", "Contra Costa", 7, "2", "San Francisco Bay", "94804", 37.93, -122.36, "San Pablo Bay"),
    Place("San Jose", "Santa Clara", 43, "2", "San Francisco Bay", "95112", 37.36, -121.89, "Coyote Creek"),
    Place("Santa Rosa", "Sonoma", 49, "1", "North Coast", "95407", 38.41, -122.73, "Laguna de Santa Rosa"),
    Place("Eureka", "Humboldt", 12, "1", "North Coast", "95501", 40.79, -124.15, "Humboldt Bay"),
    Place("Salinas", "Monterey", 27, "3", "Central Coast", "93901", 36.66, -121.64, "Salinas River"),
    Place("Santa Maria", "Santa Barbara", 42, "3", "Central Coast", "93458", 34.96, -120.44, "Santa Maria River"),
    Place("Wilmington", "Los Angeles", 19, "4", "Los Angeles", "90744", 33.79, -118.26, "Dominguez Channel"),
    Place("Vernon", "Los Angeles", 19, "4", "Los Angeles", "90058", 34.00, -118.21, "Los Angeles River"),
    Place("Oxnard", "Ventura", 56, "4", "Los Angeles", "93033", 34.17, -119.17, "Pacific Ocean"),
    Place("Fresno", "Fresno", 10, "5F", "Fresno", "93725", 36.68, -119.74, "San Joaquin River"),
    Place("Bakersfield", "Kern", 15, "5F", "Fresno", "93307", 35.33, -118.96, "Kern River"),
    Place("Redding", "Shasta", 45, "5R", "Redding", "96002", 40.54, -122.35, "Sacramento River"),
    Place("Sacramento", "Sacramento", 34, "5S", "Sacramento", "95828", 38.50, -121.40, "Morrison Creek"),
    Place("Stockton", "San Joaquin", 39, "5S", "Sacramento", "95206", 37.92, -121.28, "San Joaquin River"),
    Place("South Lake Tahoe", "El Dorado", 9, "6A", "South Lake Tahoe", "96150", 38.92, -120.00, "Upper Truckee River"),
    Place("Victorville", "San Bernardino", 36, "6B", "Victorville", "92392", 34.53, -117.33, "Mojave River"),
    Place("Brawley", "Imperial", 13, "7", "Colorado River", "92227", 32.98, -115.53, "New River"),
    Place("Ontario", "San Bernardino", 36, "8", "Santa Ana", "91761", 34.03, -117.60, "Cucamonga Creek"),
    Place("Anaheim", "Orange", 30, "8", "Santa Ana", "92806", 33.84, -117.88, "Santa Ana River"),
    Place("San Diego", "San Diego", 37, "9", "San Diego", "92154", 32.57, -116.95, "Otay River"),
)
WORDS = (
    "Quillback", "Tanbark", "Larkmoor", "Fennimore", "Halcyard", "Pepperwick", "Stonecrop", "Marlgate", "Ironbough",
    "Brackwater", "Thistledown", "Cobblefern", "Saltgrass", "Wrenfield", "Alderquist", "Dovecote", "Kelpstrand",
    "Oxbow Bend", "Palisander", "Quartzline", "Ravenhollow", "Sorrelton", "Tidewrack", "Umberfield", "Vetchling",
    "Yarrowdale",
)  # fmt: skip
STREETS = (
    "Gantry Road", "Cooper Way", "Mill Slough Road", "Foundry Street", "Levee Road", "Tanager Avenue", "Depot Street",
    "Quarry Lane", "Wharf Street", "Orchard Road",
)  # fmt: skip
TRADES = (  # name, SIC code, the metal that its runoff is tested for
    ("Auto Dismantling", "5015-Motor Vehicle Parts, Used", "Lead, Total"),
    ("Metal Recycling", "5093-Scrap and Waste Materials", "Zinc, Total"),
    ("Ready Mix", "3273-Ready-Mixed Concrete", "Iron, Total"),
    ("Trucking", "4213-Trucking, Except Local", "Zinc, Total"),
    ("Plating Works", "3471-Electroplating, Plating, Polishing, Anodizing, and Coloring", "Copper, Total"),
    ("Sand and Gravel", "1442-Construction Sand and Gravel", "Iron, Total"),
    ("Transfer Station", "4953-Refuse Systems", "Aluminum, Total"),
    ("School Bus Yard", "4151-School Buses", "Zinc, Total"),
    ("Plastics", "3089-Plastics Products, NEC", "Iron, Total"),
    ("Cellars", "2084-Wines, Brandy, and Brandy Spirits", "Zinc, Total"),
    ("Boat Works", "3732-Boat Building and Repairing", "Copper, Total"),
)
PROJECTS = (  # name, column of the construction type
    ("Estates", "CONSTRUCTION_RESIDENTIAL"),
    ("Business Park", "CONSTRUCTION_COMMERTIAL"),
    ("Logistics Center", "CONSTRUCTION_INDUSTRIAL"),
    ("Road Widening", "CONSTRUCTION_TRANSPORTATION"),
    ("Pipeline Replacement", "TYPE_OF_CONSTRUCTION_UTILITY"),
    ("School Modernization", "CONSTRUCTION_RECONSTRUCTION"),
    ("Solar Farm", "CONSTRUCTION_OTHER"),
)
# Treatment plants that report to both systems, and a pair that a number alone tells apart.
PLANT_NAMES = (
    "Larkmoor Water Pollution Control Plant",
    "Saltgrass Regional WWTP",
    "Vetchling Valley Wastewater Treatment Facility",
    "Dovecote Water Reclamation Plant",
)
TWIN_PLANTS = ("Kelpstrand Wastewater Plant No. 1", "Kelpstrand Wastewater Plant No. 2")


@dataclass
class Site:
    """One enrollment: what the facility files say of it, and what is joined from there to its events."""

    permit_type: str
    app_id: str | None
    wdid: str | None
    name: str
    operator: str
    address: str
    place: Place
    latitude: float
    longitude: float
    acres: float
    processed: date
    certified: datetime
    status: str = "Active"
    ended: date | None = None
    activity: str = ""  # SIC code, or the column of the construction type
    metal: str = ""
    published_coordinates: tuple[str, str] | None = None  # where they are not those of the place
    coordinate_issues: int = 0
    older: list[datetime] = field(default_factory=list)  # certifications that the current one replaces
    is_repeated: bool = False  # its row is in the facility file twice
    is_orphan: bool = False  # in neither facility file

    @property
    def coordinates(self) -> tuple[str, str]:
        """Latitude and longitude as published, right or wrong."""
        return self.published_coordinates or (f"{self.latitude:.6f}", f"{self.longitude:.6f}")


@dataclass(frozen=True)
class Plant:
    """A treatment plant in eSMR."""

    place_id: int
    name: str
    place: Place
    latitude: float
    longitude: float


def wdid(place: Place, letters: str, serial: int) -> str:
    """A WDID of the right form: region and office (or a space), county, program letters, serial."""
    return f"{place.region:<2}{place.county_number:02}{letters}{serial:06}"


def make_industrial_sites(rng: Random) -> list[Site]:
    """Enrollments under the Industrial General Permit, with the oddities of the published file."""
    sites = [_site(rng, number, "I", 990000, WORDS[number % 26], *TRADES[number % 11]) for number in range(48)]
    for number, name in enumerate(PLANT_NAMES):
        site = _site(rng, 48 + number, "I", 990000, name, "", "4952-Sewerage Systems", "Zinc, Total")
        site.name, site.operator = name, f"City of {site.place.city}"
        sites.append(site)
    for number in (26, 23, 41):
        sites[number].status, sites[number].ended = "Terminated", date(2025, 3, 31)
    sites[39].permit_type, sites[39].wdid = "Region 8 - Scrap Metal Permit", wdid(sites[39].place, "MR", 900039)
    sites[7].older = [datetime(2019, 6, 11, 9, 24, 22)]
    sites[13].older = [datetime(2015, 6, 30, 16, 5, 9), datetime(2020, 2, 3, 11, 40, 0)]
    sites[8].is_repeated = True
    sites[9].published_coordinates, sites[9].coordinate_issues = ("0", "0"), 2
    sites[10].published_coordinates, sites[10].coordinate_issues = _without_sign(sites[10]), 1
    sites[11].published_coordinates, sites[11].coordinate_issues = ("42.981200", "-83.671900"), 2  # in Michigan
    sites[12].app_id = None
    sites[14].wdid = None
    for number in (15, 16):  # no longer exposed to rain: the same application under a second WDID
        old = sites[number]
        new = _site(rng, number, "NEC", 990000, WORDS[number], *TRADES[number % 11])
        new.app_id, new.place, new.address, new.latitude, new.longitude = (
            old.app_id, old.place, old.address, old.latitude, old.longitude,
        )  # fmt: skip
        new.processed, new.certified = date(2024, 7, 15), datetime(2024, 7, 12, 10, 2, 41)
        old.status, old.ended = "Terminated", date(2024, 7, 15)
        sites.append(new)
    return sites


def make_construction_sites(rng: Random) -> list[Site]:
    """Enrollments under the Construction General Permit."""
    sites = []
    for number in range(50):
        name, column = PROJECTS[number % 7]
        letters = "W" if number in {20, 44} else "C"
        sites.append(_site(rng, number + 9, letters, 991000, WORDS[(number + 13) % 26], name, column))
    for number in range(5, 50, 6):
        sites[number].status, sites[number].ended = "Terminated", date(2025, 9, 30)
    sites[3].older = [datetime(year, 5, 20, 8, 15, 30) for year in (2017, 2018, 2019, 2020, 2021)]
    sites[12].is_repeated = True
    sites[18].published_coordinates, sites[18].coordinate_issues = ("0.000000", "0.000000"), 2
    sites[24].published_coordinates, sites[24].coordinate_issues = _without_sign(sites[24]), 1
    return sites


def make_orphans(rng: Random) -> list[Site]:
    """Sites of events that are in neither facility file: non-filers, a municipal storm drain system."""
    orphans = [_site(rng, 90 + number, "IN", 990000, WORDS[number], "Yard", "") for number in range(3)]
    municipal = _site(rng, 95, "I", 990000, "Dovecote", "Storm Drain System", "")
    municipal.permit_type, municipal.wdid = "Phase II Small MS4", None
    for site in (*orphans, municipal):
        site.is_orphan = True
    return [*orphans, municipal]


def make_plants(industrial: list[Site]) -> list[Plant]:
    """Plants in eSMR: those that are enrolled in SMARTS too, and two that are not."""
    enrolled = [site for site in industrial if site.name in PLANT_NAMES]
    plants = [
        Plant(9900001 + number, site.name, site.place, site.latitude + 0.004, site.longitude - 0.003)
        for number, site in enumerate(enrolled)
    ]
    for number, name in enumerate(TWIN_PLANTS):
        plants.append(Plant(9900011 + number, name, PLACES[9], 34.14 + number / 50, -119.19))
    return plants


def _without_sign(site: Site) -> tuple[str, str]:
    return f"{site.latitude:.6f}", f"{-site.longitude:.6f}"


def _site(
    rng: Random, number: int, letters: str, first_app_id: int, word: str, trade: str, activity: str, metal: str = ""
) -> Site:
    place = PLACES[number % len(PLACES)]
    processed = date(2015, 7, 1) + timedelta(days=rng.randrange(2900))
    is_construction = letters in {"C", "W"}
    return Site(
        permit_type="Construction" if is_construction else "Industrial",
        app_id=str(first_app_id + number),
        wdid=wdid(place, letters, 900000 + number),
        name=f"{word} {trade}",
        operator=f"{word} {'Development LLC' if is_construction else 'Industries Inc'}",
        address=f"{100 + 10 * rng.randrange(900)} {STREETS[rng.randrange(len(STREETS))]}",
        place=place,
        latitude=place.latitude + (rng.random() - 0.5) / 50,
        longitude=place.longitude + (rng.random() - 0.5) / 50,
        acres=round(0.5 + 40 * rng.random() * rng.random(), 1),
        processed=processed,
        certified=datetime(2023, 1, 9, 8, 0, 0) + timedelta(minutes=rng.randrange(1_500_000)),
        activity=activity,
        metal=metal,
    )
