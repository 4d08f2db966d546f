"""What all files tell of, and the chance that fills them."""

from datetime import date, timedelta
from random import Random

from tests.data.invented.sites import Site, make_construction_sites, make_industrial_sites, make_orphans, make_plants


class World:
    """The sites, and one file after the other about them."""

    def __init__(self) -> None:
        self.rng = Random(20261124)  # noqa: S311 - the same data every time, no secrets
        self.industrial = make_industrial_sites(self.rng)
        self.construction = make_construction_sites(self.rng)
        self.orphans = make_orphans(self.rng)
        self.plants = make_plants(self.industrial)
        self.inspections: list[tuple[str, Site, date, int]] = []  # id, site, day, violations found

    def between(self, low: float, high: float, digits: int) -> str:
        """A number that is more often near `low` than near `high`, as concentrations are."""
        return f"{low + (high - low) * self.rng.random() * self.rng.random():.{digits}f}"

    def day(self, first: date = date(2022, 7, 1), days: int = 1550) -> date:
        return first + timedelta(days=self.rng.randrange(days))
