"""From staged text to typed rows with their hashes, set-wise.

One statement reads every staged row once. It is nested in layers that PostgreSQL may not merge
(OFFSET 0), so that each expression is computed once: clean cells, typed values, coordinate pairs
and rejections, hashes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sync.contracts.base import Column, DatasetContract, Dimension, Kind, Part, Shape
from sync.header import HeaderCheck
from sync.staging import stage_column
from sync.statements import create_work_table, stage_table
from sync.typing_sql import LATEST, clean, coordinate_pair, is_checked, is_coordinate, typed


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
    joined columns); `content_hash`; for samples a hash per dimension that is more than a name.
    """
    columns = contract.kept_columns
    create_work_table(
        run_id,
        "typed",
        f"""
        SELECT line, {", ".join(stage_column(column) for column in columns)}, rejected,
            is_emptied OR is_repaired AS is_flawed, {", ".join(_hashes(contract))}
        FROM (
            SELECT line, {_judged_columns(contract)}, {_rejected(contract)} AS rejected,
                {_is_emptied(contract)} AS is_emptied, {_is_repaired(contract)} AS is_repaired,
                {_raw_of_emptied(contract)} AS raw_cells
            FROM (
                SELECT line, {_typed_columns(columns, today)}
                FROM (
                    SELECT line, {_clean_columns(columns, header)} FROM {stage_table(run_id)} OFFSET 0
                ) AS cleaned OFFSET 0
            ) AS converted OFFSET 0
        ) AS judged
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


def _raw(column: Column) -> str:
    """Name of the clean text of a checked column, next to its typed value."""
    return f'"{column.name.lower()} raw"'


def _typed_columns(columns: Sequence[Column], today: date) -> str:
    values = []
    for column in columns:
        name = stage_column(column)
        values.append(f"{typed(column.kind, name, today if column.past else LATEST)} AS {name}")
        if is_checked(column):
            values.append(f"{name} AS {_raw(column)}")
    return ", ".join(values)


def _judged_columns(contract: DatasetContract) -> str:
    judged = {column.name: stage_column(column) for column in contract.kept_columns}
    for pair in coordinate_pairs(contract):
        judged[pair.latitude.name], judged[pair.longitude.name], _ = pair.stored
    return ", ".join(f"{judged[column.name]} AS {stage_column(column)}" for column in contract.kept_columns)


def _rejected(contract: DatasetContract) -> str:
    cases = []
    for number, group in enumerate(contract.required):
        names = ", ".join(stage_column(contract.column(name)) for name in group)
        cases.append(f"WHEN num_nonnulls({names}) = 0 THEN {number}")
    return f"CASE {' '.join(cases)} END"


def _is_emptied(contract: DatasetContract) -> str:
    """Whether a cell had something in it that is no value, or a pair of coordinates was refused."""
    tests = [
        f"({_raw(column)} IS NOT NULL AND {stage_column(column)} IS NULL)"
        for column in contract.kept_columns
        if is_checked(column) and not is_coordinate(column)
    ]
    for pair in coordinate_pairs(contract):
        latitude, _, _ = pair.stored
        tests.append(f"(num_nonnulls({_raw(pair.latitude)}, {_raw(pair.longitude)}) > 0 AND ({latitude}) IS NULL)")
    return " OR ".join(tests) or "false"


def _is_repaired(contract: DatasetContract) -> str:
    """Whether a longitude's sign was repaired."""
    return " OR ".join(pair.stored[2] for pair in coordinate_pairs(contract)) or "false"


def _raw_of_emptied(contract: DatasetContract) -> str:
    """Clean text of the checked cells where one was emptied: part of a sample's identity.

    Two rows that differ only in a cell that is no value are still two rows.
    """
    raw = ", ".join(_raw(column) for column in contract.kept_columns if is_checked(column))
    return f"CASE WHEN {_is_emptied(contract)} THEN ROW({raw})::text ELSE '' END"


def _hashes(contract: DatasetContract) -> list[str]:
    columns = contract.kept_columns
    if contract.shape is not Shape.SAMPLES:
        own = [column for column in columns if not column.joined]
        return [f"{_hash(own)} AS own_hash", f"{_hash(columns)} AS content_hash"]
    hashes = [f"{_hash(columns, ' || raw_cells')} AS content_hash"]
    hashes += [
        f"{_hash(dimension_columns(contract, dimension))} AS {dimension_hash(dimension)}"
        for dimension in contract.dimensions
        if not dimension.is_named
    ]
    return hashes


def _hash(columns: Sequence[Column], more: str = "") -> str:
    names = ", ".join(stage_column(column) for column in columns)
    if [column.part for column in columns] == [Part.METHOD]:
        names += ", NULL"  # SMARTS gives methods a code and no name: the same row as in eSMR
    return f"md5(ROW({names})::text{more})::uuid"
