"""Sites: what stands where. Enrollments and plants are dischargers at sites."""

from dataclasses import dataclass, replace
from random import Random

from sync.synthetic import words
from sync.synthetic.cells import number
from sync.synthetic.counties import TOWN_EAST, TOWN_NORTH, WEIGHTED_COUNTIES, County


@dataclass(frozen=True, slots=True)
class Site:
    """A place with a discharger's name on it."""

    name: str
    operator: str
    address: str
    city: str
    county: County
    zip_code: str
    latitude: float
    longitude: float
    water: str
    sic: str

    @property
    def coordinates(self) -> tuple[str, str]:
        """Latitude and longitude as text, five digits."""
        return number(self.latitude, 5), number(self.longitude, 5)

    def moved(self, rng: Random, kilometres: float) -> "Site":
        """The same, some way off."""
        degrees = kilometres / 111
        return replace(
            self,
            latitude=self.latitude + rng.choice((-1, 1)) * degrees * 0.7,
            longitude=self.longitude + rng.choice((-1, 1)) * degrees * 0.85,
        )


def place(rng: Random, *, name: str, operator: str, sic: str) -> Site:
    """A site in or near a town of the state, where sites are."""
    county = rng.choice(WEIGHTED_COUNTIES)
    town = rng.choice(county.towns)
    return Site(
        name=name,
        operator=operator,
        address=words.street_address(rng),
        city=town.name,
        county=county,
        zip_code=town.zip_code,
        latitude=town.latitude + rng.uniform(-TOWN_NORTH / 2, TOWN_NORTH / 2),
        longitude=town.longitude + rng.uniform(-TOWN_EAST / 2, TOWN_EAST / 2),
        water=words.water_name(rng),
        sic=sic,
    )


def industrial_site(rng: Random) -> Site:
    """A yard, a mill, a plant."""
    trade, sic = rng.choice(words.TRADES)
    name = f"{words.stem(rng)} {trade}"
    if rng.random() < 0.15:
        name += f" No. {rng.randrange(1, 9)}"
    operator = f"{name} {rng.choice(words.COMPANY_FORMS)}".strip() if rng.random() < 0.6 else _operator(rng)
    return place(rng, name=name, operator=operator, sic=sic)


def construction_site(rng: Random) -> Site:
    """A project."""
    return place(rng, name=words.project_name(rng), operator=_operator(rng), sic="")


def with_another_number(site: Site, rng: Random) -> Site:
    """A sister: the same operator's next plant, a kilometre or two away."""
    name = f"{site.name.split(' No. ')[0]} No. {rng.randrange(11, 20)}"
    return replace(site, name=name, address=words.street_address(rng)).moved(rng, rng.uniform(0.8, 4))


def another_tenant(site: Site, rng: Random) -> Site:
    """Someone else at the same address."""
    other = industrial_site(rng)
    return replace(site, name=other.name, operator=other.operator, sic=other.sic)


def nearly_the_same_name(site: Site, rng: Random) -> Site:
    """Another firm of nearly the same name in the same county."""
    stem, _, rest = site.name.partition(" ")
    name = f"{stem}{rng.choice(('o', 's', 'i'))} {rest}"
    return replace(site, name=name, operator=name, address=words.street_address(rng)).moved(rng, rng.uniform(3, 12))


def _operator(rng: Random) -> str:
    kind = rng.choice(("Holdings", "Partners", "Development", "Enterprises"))
    return f"{words.stem(rng)} {kind} {rng.choice(words.COMPANY_FORMS)}".strip()
