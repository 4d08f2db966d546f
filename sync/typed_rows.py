"""From staged text to typed rows, set-wise: the layers that every dataset's statement is made of.

One statement reads every staged row once. It is nested in layers that PostgreSQL may not merge
(FENCE), so that each expression is computed once: clean cells, typed values, coordinate pairs
and plausible dates, what was emptied. The hashes come on top.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sync.contracts.base import Column, DatasetContract, Kind, Part
from sync.header import HeaderCheck
from sync.staging import stage_column
from sync.statements import create_work_table, stage_table
from sync.typing_sql import LATEST, clean, coordinate_pair, is_checked, plausible, typed

# Keeps the planner from merging a layer into the next, which would compute its expressions once for
# every use. Quoted, it is a constant to the planner from the start, and the layers stay parallel;
# a bare 0 is a cast to be evaluated later, and keeps them out of the workers.
FENCE = "OFFSET '0'"


@dataclass(frozen=True, slots=True)
class CoordinatePair:
    """The two columns of a coordinate."""

    latitude: Column
    longitude: Column

    @property
    def stored(self) -> tuple[str, str, str]:
        """Expressions for the pair as stored, and for whether the sign was repaired."""
        return coordinate_pair(stage_column(self.latitude), stage_column(self.longitude))


def create_typed_records(contract: DatasetContract, header: HeaderCheck, run_id: int, today: date) -> None:
    """Create the typed table of a keyed dataset from its stage table; inside `session_settings`.

    Its columns: `line`; every kept column of the contract, typed, under its stage name; the clean text of
    the checked ones (`raw_column`), of flawed rows only; `rejected` (number of the contract's `required`
    group that is empty, or null); `is_flawed` (some cell was emptied or repaired); `own_hash` (without the
    joined columns); `content_hash`.
    """
    columns = contract.kept_columns
    own = [column for column in columns if not column.joined]
    layers = typed_layers(columns, header, today, source=stage_table(run_id), parts={"row": columns})
    typed_rows = f"SELECT *, row_is_emptied OR is_repaired AS is_flawed FROM ({layers}) AS typed"
    create_work_table(
        run_id,
        "typed",
        f"""
        SELECT line, {names(columns)}{raw_of_flawed(columns)}, is_flawed,
            {rejected(contract, dict.fromkeys(Part, "typed"))} AS rejected,
            {row_hash(names(own))} AS own_hash, {row_hash(names(columns))} AS content_hash
        FROM ({typed_rows}) AS typed
        """,
    )


def typed_layers(
    columns: Sequence[Column],
    header: HeaderCheck,
    today: date,
    *,
    source: str,
    parts: Mapping[str, Sequence[Column]],
    carried: Sequence[str] = (),
) -> str:
    """The query for typed rows of some columns, from a FROM item with their staged text and `line`.

    Gives `line`, the `carried` columns of the source as they are, the columns under their stage
    names, the clean text of the checked ones (`raw_column`), `is_repaired`, `is_future` (a date lies after
    `today`, so the row reads differently on another day), and for each of the `parts` (name -> its columns)
    `<name>_is_emptied`: some cell of it had a text and has no value.
    """
    kept = "".join(f", {name}" for name in carried)
    raw = "".join(f", {raw_column(column)}" for column in columns if is_checked(column))
    emptied = ", ".join(f"{_is_emptied(part)} AS {name}_is_emptied" for name, part in parts.items())
    return f"""
        SELECT *, {emptied}
        FROM (
            SELECT line{kept}, {_judged_columns(columns, today)}{raw}, {_is_repaired(columns)} AS is_repaired,
                {_is_future(columns, today)} AS is_future
            FROM (
                SELECT line{kept}, {_typed_columns(columns)}
                FROM (
                    SELECT line{kept}, {_clean_columns(columns, header)} FROM {source} {FENCE}
                ) AS cleaned {FENCE}
            ) AS converted {FENCE}
        ) AS judged {FENCE}
    """


def _is_emptied(columns: Sequence[Column]) -> str:
    """Whether a cell lost its value: fewer values than texts are left."""
    checked = [column for column in columns if is_checked(column)]
    raw = ", ".join(raw_column(column) for column in checked)
    return f"num_nonnulls({raw}) <> num_nonnulls({names(checked)})" if checked else "false"


def coordinate_pairs(columns: Sequence[Column]) -> list[CoordinatePair]:
    """The coordinate pairs among some columns, in their order."""
    latitudes = [column for column in columns if column.kind is Kind.LATITUDE]
    longitudes = [column for column in columns if column.kind is Kind.LONGITUDE]
    return [CoordinatePair(*pair) for pair in zip(latitudes, longitudes, strict=True)]


def names(columns: Sequence[Column], alias: str = "") -> str:
    """The columns as a select list, of the table `alias` if it is given."""
    return ", ".join(f"{alias}.{stage_column(column)}" if alias else stage_column(column) for column in columns)


def raw_column(column: Column) -> str:
    """Name of the clean text of a checked column, next to its typed value."""
    return f'"{column.name.lower()} raw"'


def raw_of_flawed(columns: Sequence[Column]) -> str:
    """The clean text of the checked columns where the row is flawed, to go behind other columns of a select list.

    For the few rows whose issues are told; the others are spared the space.
    """
    raws = [raw_column(column) for column in columns if is_checked(column)]
    return "".join(f", CASE WHEN is_flawed THEN {name} END AS {name}" for name in raws)


def rejected(contract: DatasetContract, aliases: Mapping[Part, str]) -> str:
    """Number of the first group of required columns that are all empty, or null.

    `aliases` name the table of each part of the row.
    """
    cases = []
    for number, group in enumerate(contract.required):
        columns = [contract.column(name) for name in group]
        members = ", ".join(f"{aliases[column.part]}.{stage_column(column)}" for column in columns)
        cases.append(f"WHEN num_nonnulls({members}) = 0 THEN {number}")
    return f"CASE {' '.join(cases)} END"


def row_hash(*values: str) -> str:
    """The md5 of the values together, as a uuid."""
    return f"md5(ROW({', '.join(values)})::text)::uuid"


def _clean_columns(columns: Sequence[Column], header: HeaderCheck) -> str:
    cells = []
    for column in columns:
        name = stage_column(column)
        cells.append(f"{'NULL::text' if column.name in header.missing else clean(name)} AS {name}")
    return ", ".join(cells)


def _typed_columns(columns: Sequence[Column]) -> str:
    values = []
    for column in columns:
        name = stage_column(column)
        values.append(f"{typed(column.kind, name)} AS {name}")
        if is_checked(column):
            values.append(f"{name} AS {raw_column(column)}")
    return ", ".join(values)


def _judged_columns(columns: Sequence[Column], today: date) -> str:
    """The columns: dates by plausibility, coordinates as pairs, the rest as they are."""
    judged = {column.name: stage_column(column) for column in columns}
    for column in columns:
        if column.kind in {Kind.DATE, Kind.ORACLE_TIMESTAMP}:
            judged[column.name] = plausible(stage_column(column), today if column.past else LATEST)
    for pair in coordinate_pairs(columns):
        judged[pair.latitude.name], judged[pair.longitude.name], _ = pair.stored
    return ", ".join(f"{judged[column.name]} AS {stage_column(column)}" for column in columns)


def _is_repaired(columns: Sequence[Column]) -> str:
    """Whether a longitude's sign was repaired."""
    return " OR ".join(pair.stored[2] for pair in coordinate_pairs(columns)) or "false"


def _is_future(columns: Sequence[Column], today: date) -> str:
    """Whether a date that can only be past lies after `today`."""
    dates = [stage_column(column) for column in columns if column.past]
    return f"coalesce(greatest({', '.join(dates)}) >= DATE '{today}' + 1, false)" if dates else "false"
