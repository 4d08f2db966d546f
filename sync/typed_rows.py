"""From staged text to typed rows with their hashes, set-wise.

One statement reads every staged row once. It is nested in layers that PostgreSQL may not merge
(_FENCE), so that each expression is computed once: clean cells, typed values, coordinate pairs
and rejections, what was emptied, hashes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sync.contracts.base import Column, DatasetContract, Dimension, Kind, Shape
from sync.header import HeaderCheck
from sync.staging import stage_column
from sync.statements import create_work_table, stage_table
from sync.typing_sql import LATEST, clean, coordinate_pair, is_checked, plausible, typed

# Keeps the planner from merging a layer into the next, which would compute its expressions once for
# every use. Quoted, it is a constant to the planner from the start, and the layers stay parallel;
# a bare 0 is a cast to be evaluated later, and keeps them out of the workers.
_FENCE = "OFFSET '0'"


@dataclass(frozen=True, slots=True)
class CoordinatePair:
    """The two columns of a coordinate."""

    latitude: Column
    longitude: Column

    @property
    def stored(self) -> tuple[str, str, str]:
        """Expressions for the pair as stored, and for whether the sign was repaired."""
        return coordinate_pair(stage_column(self.latitude), stage_column(self.longitude))


def create_typed_table(contract: DatasetContract, header: HeaderCheck, run_id: int, today: date) -> None:
    """Create the run's typed table from its stage table; inside `session_settings`.

    Its columns: `line`; every kept column of the contract, typed, under its stage name;
    `rejected` (number of the contract's `required` group that is empty, or null);
    `is_flawed` (some cell was emptied or repaired); for keyed datasets `own_hash` (without the
    joined columns); `content_hash`; for samples a hash per dimension that is no short list.
    """
    columns = contract.kept_columns
    checked = [column for column in columns if is_checked(column)]
    raw_cells = ", ".join(raw_column(column) for column in checked)
    create_work_table(
        run_id,
        "typed",
        f"""
        SELECT line, {_names(columns)}, rejected, is_emptied OR is_repaired AS is_flawed,
            {", ".join(_hashes(contract, raw_cells))}
        FROM (
            SELECT *, num_nonnulls({raw_cells}) <> num_nonnulls({_names(checked)}) AS is_emptied
            FROM (
                SELECT line, {_judged_columns(contract, today)}, {raw_cells},
                    {_rejected(contract)} AS rejected, {_is_repaired(contract)} AS is_repaired
                FROM (
                    SELECT line, {_typed_columns(columns)}
                    FROM (
                        SELECT line, {_clean_columns(columns, header)} FROM {stage_table(run_id)} {_FENCE}
                    ) AS cleaned {_FENCE}
                ) AS converted {_FENCE}
            ) AS judged {_FENCE}
        ) AS compared
        """,
    )


def coordinate_pairs(contract: DatasetContract) -> list[CoordinatePair]:
    """The coordinate pairs of a contract, in the order of their columns."""
    latitudes = [column for column in contract.kept_columns if column.kind is Kind.LATITUDE]
    longitudes = [column for column in contract.kept_columns if column.kind is Kind.LONGITUDE]
    return [CoordinatePair(*pair) for pair in zip(latitudes, longitudes, strict=True)]


def dimension_columns(contract: DatasetContract, dimension: Dimension) -> list[Column]:
    """The columns that make up the identity of a dimension's row, in the contract's order."""
    return [
        column for column in contract.kept_columns if column.part is dimension.part or column.name in dimension.also
    ]


def dimension_hash(dimension: Dimension) -> str:
    """Name of the typed table's column that identifies a row of a dimension."""
    return f"{dimension.part.value}_hash"


def _clean_columns(columns: Sequence[Column], header: HeaderCheck) -> str:
    cells = []
    for column in columns:
        name = stage_column(column)
        cells.append(f"{'NULL::text' if column.name in header.missing else clean(name)} AS {name}")
    return ", ".join(cells)


def raw_column(column: Column) -> str:
    """Name of the clean text of a checked column, next to its typed value."""
    return f'"{column.name.lower()} raw"'


def _typed_columns(columns: Sequence[Column]) -> str:
    values = []
    for column in columns:
        name = stage_column(column)
        values.append(f"{typed(column.kind, name)} AS {name}")
        if is_checked(column):
            values.append(f"{name} AS {raw_column(column)}")
    return ", ".join(values)


def _judged_columns(contract: DatasetContract, today: date) -> str:
    """The kept columns: dates by plausibility, coordinates as pairs, the rest as they are."""
    judged = {column.name: stage_column(column) for column in contract.kept_columns}
    for column in contract.kept_columns:
        if column.kind in {Kind.DATE, Kind.ORACLE_TIMESTAMP}:
            judged[column.name] = plausible(stage_column(column), today if column.past else LATEST)
    for pair in coordinate_pairs(contract):
        judged[pair.latitude.name], judged[pair.longitude.name], _ = pair.stored
    return ", ".join(f"{judged[column.name]} AS {stage_column(column)}" for column in contract.kept_columns)


def _rejected(contract: DatasetContract) -> str:
    cases = []
    for number, group in enumerate(contract.required):
        names = ", ".join(stage_column(contract.column(name)) for name in group)
        cases.append(f"WHEN num_nonnulls({names}) = 0 THEN {number}")
    return f"CASE {' '.join(cases)} END"


def _is_repaired(contract: DatasetContract) -> str:
    """Whether a longitude's sign was repaired."""
    return " OR ".join(pair.stored[2] for pair in coordinate_pairs(contract)) or "false"


def _hashes(contract: DatasetContract, raw_cells: str) -> list[str]:
    """The hash columns. Text of emptied cells is part of a sample's identity.

    Two samples that differ only in a cell that is no value are still two samples.
    """
    columns = contract.kept_columns
    if contract.shape is not Shape.SAMPLES:
        own = [column for column in columns if not column.joined]
        return [f"{_hash(own)} AS own_hash", f"{_hash(columns)} AS content_hash"]
    raw = f" || CASE WHEN is_emptied THEN ROW({raw_cells})::text ELSE '' END"
    hashes = [f"{_hash(columns, raw)} AS content_hash"]
    hashes += [
        f"{_hash(dimension_columns(contract, dimension))} AS {dimension_hash(dimension)}"
        for dimension in contract.dimensions
        if not dimension.is_small
    ]
    return hashes


def _hash(columns: Sequence[Column], more: str = "") -> str:
    return f"md5(ROW({_names(columns)})::text{more})::uuid"


def _names(columns: Sequence[Column]) -> str:
    return ", ".join(stage_column(column) for column in columns)
