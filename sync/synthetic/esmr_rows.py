"""A row of an eSMR file, and what it is made of."""

from dataclasses import dataclass, field
from enum import IntEnum
from random import Random

from sync.synthetic import esmr_readings as lab
from sync.synthetic.cells import Flaw, quoted
from sync.synthetic.esmr_readings import EsmrPools, Item
from sync.synthetic.plants import Plant
from sync.synthetic.readings import Reading
from sync.synthetic.weeks import Life, turn_of

LANES = 12
YEARS = range(2022, 2027)
EFFLUENT = "Effluent Monitoring"


class PlantLane(IntEnum):
    """What is special about what a plant reports."""

    RESUBMITTED = 0
    LATE = 1
    CORRECTED = 2
    WITHDRAWN = 3
    OVER_LIMITS = 4
    AT_LIMITS = 5
    REJECTED = 6
    ODD_LOCATIONS = 7
    COMMENTS = 8
    LESS_THAN = 9
    ODD_VALUES = 10
    COPIES = 11


@dataclass(frozen=True, slots=True)
class Location:
    """A monitoring location in one year, as its rows have it."""

    place_id: int
    kind: str | None
    head: str  # region to type
    before_report: str  # facility name and id
    after_report: str  # coordinates and receiving water
    description: str
    flaws: tuple[Flaw, ...] = ()

    @property
    def identity(self) -> str:
        """All that is published of it."""
        return f"{self.head}|{self.before_report}|{self.after_report}|{self.description}"


@dataclass(frozen=True, slots=True)
class Moment:
    """When something was sampled and analyzed: `text` are the four columns as CSV."""

    day: str | None  # None if what is published is no date
    time: str
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """A report as it was sent in."""

    number: int
    name: str


@dataclass(slots=True)
class EsmrRow:
    """One row of an eSMR file."""

    location: Location
    reading: Reading
    moment: Moment
    document: Document
    life: Life
    qa_codes: str | None = None
    comments: str | None = None
    copies: int = 1
    flaws: tuple[Flaw, ...] = ()

    @property
    def line(self) -> str:
        """The row as CSV."""
        place = self.location
        remarks = "NA,NA,NA"
        if self.qa_codes or self.comments:
            remarks = f"NA,{quoted(self.qa_codes or 'NA')},{quoted(self.comments or 'NA')}"
        return (
            f"{place.head},{self.reading.text},{self.moment.text},{remarks},{place.before_report},"
            f"{self.document.name},{place.after_report},{self.document.number},{place.description}"
        )


@dataclass(slots=True)
class PlantYear:
    """A plant's reports of one sampling year, being made."""

    seed: int
    pools: EsmrPools
    plant: Plant
    year: int
    lane: int
    week: int
    rng: Random
    level: int
    days: int  # sampling days a month
    items: tuple[tuple[Item, ...], tuple[Item, ...], tuple[Item, ...]]  # by day, by month, of the influent
    locations: list[Location]
    rows: list[EsmrRow] = field(default_factory=list)

    @property
    def turn(self) -> int:
        """The first week in which something happens to it."""
        return turn_of(self.plant.index, LANES)

    def pool(self, item: Item) -> list[Reading]:
        """Readings of an item that this plant could have."""
        return self.pools.of(item, self.level if item.parameter in {lab.BOD, lab.TSS} else 1)
