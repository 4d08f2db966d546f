"""What a dataset contract says: the data type behind the eight contracts of this folder.

A contract is data, not code: which columns the publisher sends, of which kind and under which
names, which of them identify a record, where the values go, and when a file looks so wrong
that it must not be published. Pure Python; nothing here touches Django or the database.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from stormwater.api.families import Family


class Kind(StrEnum):
    """How a published cell is to be read. The database turns it into a value (`sync.typing_sql`)."""

    TEXT = "text"
    NUMERIC = "numeric"
    INTEGER = "integer"
    FLAG = "flag"  # Y or N
    DATE = "date"  # ISO, or MM/DD/YYYY in older files
    TIME = "time"  # free text: the publisher does not check it
    ORACLE_TIMESTAMP = "oracle-timestamp"  # DD-MON-YY HH.MI.SS.ffffff AM, or a plain date
    LATITUDE = "latitude"
    LONGITUDE = "longitude"


class Part(StrEnum):
    """Which table a column's value goes to: a record may be spread over several."""

    RECORD = "record"  # the main row: enrollment, violation, action, inspection, sample
    SAMPLING = "sampling"  # the main row too: when and how a sample was taken, the same for all its results
    DETAIL = "detail"  # one-to-one table of the enrollment (industrial or construction)
    REPORT = "report"  # the report a sample was sent in
    LOCATION = "location"  # the monitoring location as published with the sample
    PARAMETER = "parameter"
    METHOD = "method"
    UNIT = "unit"


class Shape(StrEnum):
    """How rows of a dataset are recognised from one file to the next."""

    ENROLLMENTS = "enrollments"  # by key; of several rows of one key the current one is chosen
    EVENTS = "events"  # by the system's own id; copies come from the publisher's joins
    SAMPLES = "samples"  # no key in the source: the content is the identity


@dataclass(frozen=True, slots=True)
class Column:
    """One published column.

    `field` is the model field that keeps it; `dropped` gives the reason if none does.
    `joined` marks values that the publisher joins in from the facility files: kept as
    published, but a difference in them is no change of the record itself.
    `past` marks dates that cannot lie after the day of the sync (a sample, an inspection).
    """

    name: str
    kind: Kind = Kind.TEXT
    field: str = ""
    part: Part = Part.RECORD
    aliases: tuple[str, ...] = ()
    private: bool = False
    optional: bool = False
    joined: bool = False
    past: bool = False
    dropped: str = ""


@dataclass(frozen=True, slots=True)
class Guards:
    """When a complete, readable file is still held back.

    `min_rows` applies to the portal only (a directory may hold an extract); `max_drop` is the
    tolerated loss of rows against the last published run of the same resource, as a share;
    `max_bad_share` the tolerated share of quarantined rows, judged from 1,000 rows on.
    """

    min_rows: int
    max_drop: float = 0.10
    max_bad_share: float = 0.05


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often the publisher renews the dataset, and so how old our copy may become."""

    sync_every: timedelta
    stale_after: timedelta


@dataclass(frozen=True, slots=True)
class Dimension:
    """A table that samples point to instead of repeating its values.

    Its rows are told apart by their whole content, so that nothing that was published is lost:
    two descriptions of one outfall are two rows. `also` names columns of other parts that
    belong to that content (a location is a location of one enrollment).
    """

    part: Part
    target: str  # model label
    field: str  # foreign key of the sample
    also: tuple[str, ...] = ()
    is_small: bool = False  # a short list of names: rows are told apart by the texts themselves


@dataclass(frozen=True, slots=True)
class DatasetContract:
    """Everything the pipeline needs to know about one dataset."""

    slug: str
    title: str
    shape: Shape
    family: Family
    file_stem: str  # the portal's file name, lower case, without date suffix; {year} where yearly
    columns: tuple[Column, ...]
    key: tuple[str, ...]  # column names; empty for samples
    required: tuple[tuple[str, ...], ...]  # of each group one cell must be set, or the row is quarantined
    target: str  # model label of the main table, as in "violations.RegulatoryViolation"
    guards: Guards
    cadence: Cadence
    package: str  # CKAN package
    resource_id: str = ""  # CKAN resource; empty where every year is a resource of its own
    years: dict[int, str] = field(default_factory=dict)  # sampling year -> CKAN resource id
    detail: str = ""  # model label of the one-to-one detail table
    program: str = ""  # of SMARTS: the general permit that the file is about, industrial or construction
    dimensions: tuple[Dimension, ...] = ()
    after: tuple[str, ...] = ()  # datasets to load first, so that links are found at once

    @property
    def is_yearly(self) -> bool:
        """Whether every sampling year is a resource of its own (`esmr:2024`)."""
        return bool(self.years)

    @property
    def brings_facilities(self) -> bool:
        """Whether the file brings enrollments or eSMR facilities."""
        return self.shape is Shape.ENROLLMENTS or self.target == "monitoring.EsmrSample"

    @property
    def kept_columns(self) -> tuple[Column, ...]:
        """The columns that a model field keeps, in file order."""
        return tuple(column for column in self.columns if not column.dropped)

    def column(self, name: str) -> Column:
        """The column published as `name` (canonical spelling). Raises KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.slug} has no column {name}")

    def columns_of(self, *parts: Part) -> tuple[Column, ...]:
        """The kept columns of some parts, in file order."""
        return tuple(column for column in self.kept_columns if column.part in parts)

    @property
    def wide_dimensions(self) -> tuple[Dimension, ...]:
        """The dimensions that are more than a short list of names: reports and locations."""
        return tuple(dimension for dimension in self.dimensions if not dimension.is_small)

    @property
    def small_dimensions(self) -> tuple[Dimension, ...]:
        """The dimensions that are short lists of names: parameters, methods, units."""
        return tuple(dimension for dimension in self.dimensions if dimension.is_small)

    @property
    def name_columns(self) -> tuple[Column, ...]:
        """Of samples: the columns of the short lists of names."""
        return self.columns_of(*(dimension.part for dimension in self.small_dimensions))

    def dimension_columns(self, dimension: Dimension) -> tuple[Column, ...]:
        """The columns that make up the identity of a dimension's row, in file order."""
        return tuple(
            column for column in self.kept_columns if column.part is dimension.part or column.name in dimension.also
        )

    @property
    def head_columns(self) -> tuple[Column, ...]:
        """Of samples: the columns that the results of one sample repeat: report, location, sampling."""
        return self.columns_of(Part.SAMPLING, *(dimension.part for dimension in self.wide_dimensions))

    @property
    def result_columns(self) -> tuple[Column, ...]:
        """Of samples: the columns that are no part of the head."""
        head = self.head_columns
        return tuple(column for column in self.kept_columns if column not in head)
