"""Validating: from staged text to a table of typed rows, and what was wrong on the way.

One statement reads every staged row once. It is nested in layers that PostgreSQL may not merge
(OFFSET 0), so that each expression is computed once: clean cells, typed values, coordinate pairs
and rejections, hashes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection

from sync import rawstore
from sync.contracts.base import Column, DatasetContract, Dimension, Kind, Part, Shape
from sync.header import HeaderCheck
from sync.models import DataQualityIssue, Run
from sync.staging import StagedFile, stage_column, stage_table, typed_table
from sync.typing_sql import LATEST, clean, coordinate_pair, defect, is_checked, is_coordinate, typed


@dataclass(frozen=True, slots=True)
class _Pair:
    """The two columns of a coordinate."""

    latitude: Column
    longitude: Column


def dimension_hash(dimension: Dimension) -> str:
    """Name of the typed table's column that identifies a row of a dimension."""
    return f"{dimension.part.value}_hash"


def build_typed_table(contract: DatasetContract, header: HeaderCheck, run_id: int, today: date) -> None:
    """Create the run's typed table from its stage table; inside `session_settings`.

    Its columns: `line`; every kept column of the contract, typed, under its stage name;
    `rejected` (number of the contract's `required` group that is empty, or null);
    `is_flawed` (some cell was emptied or repaired); `own_hash` (without the joined columns)
    and `content_hash`; and a hash per dimension of several columns.
    """
    columns = contract.kept_columns
    names = [stage_column(column) for column in columns]
    kept = ", ".join(names)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {typed_table(run_id)}")
        cursor.execute(
            f"CREATE UNLOGGED TABLE {typed_table(run_id)} WITH (autovacuum_enabled = off) AS "
            f"SELECT line, {kept}, rejected, is_emptied OR is_repaired AS is_flawed, {', '.join(_hashes(contract))} "
            f"FROM (SELECT line, {_judged_columns(contract)}, "
            f"{_rejected(contract)} AS rejected, {_is_emptied(contract)} AS is_emptied, "
            f"{_is_repaired(contract)} AS is_repaired, {_raw_of_emptied(contract)} AS raw_cells "
            f"FROM (SELECT line, {_typed_columns(columns, today)} "
            f"FROM (SELECT line, {_clean_columns(columns, header)} FROM {stage_table(run_id)} OFFSET 0) AS cleaned "
            f"OFFSET 0) AS converted OFFSET 0) AS judged"
        )


def _clean_columns(columns: Sequence[Column], header: HeaderCheck) -> str:
    return ", ".join(
        f"{'NULL::text' if column.name in header.missing else clean(stage_column(column))} AS {stage_column(column)}"
        for column in columns
    )


def _raw(column: Column) -> str:
    """Name of the clean text of a checked column, next to its typed value."""
    return f'"{column.name.lower()} raw"'


def _typed_columns(columns: Sequence[Column], today: date) -> str:
    parts = []
    for column in columns:
        name = stage_column(column)
        parts.append(f"{typed(column.kind, name, _latest(column, today))} AS {name}")
        if is_checked(column):
            parts.append(f"{name} AS {_raw(column)}")
    return ", ".join(parts)


def _latest(column: Column, today: date) -> date:
    return today if column.past else LATEST


def _pairs(contract: DatasetContract) -> list[_Pair]:
    """The coordinate pairs of a contract, in the order of their columns."""
    latitudes = [column for column in contract.kept_columns if column.kind is Kind.LATITUDE]
    longitudes = [column for column in contract.kept_columns if column.kind is Kind.LONGITUDE]
    return [_Pair(*pair) for pair in zip(latitudes, longitudes, strict=True)]


def _judged_columns(contract: DatasetContract) -> str:
    judged = {column.name: stage_column(column) for column in contract.kept_columns}
    for pair in _pairs(contract):
        latitude, longitude, _ = coordinate_pair(stage_column(pair.latitude), stage_column(pair.longitude))
        judged[pair.latitude.name], judged[pair.longitude.name] = latitude, longitude
    return ", ".join(f"{judged[column.name]} AS {stage_column(column)}" for column in contract.kept_columns)


def _rejected(contract: DatasetContract) -> str:
    cases = [
        f"WHEN num_nonnulls({', '.join(stage_column(contract.column(name)) for name in group)}) = 0 THEN {number}"
        for number, group in enumerate(contract.required)
    ]
    return f"CASE {' '.join(cases)} END"


def _is_emptied(contract: DatasetContract) -> str:
    """Whether a cell had something in it that is no value, or a pair of coordinates was refused."""
    tests = [
        f"({_raw(column)} IS NOT NULL AND {stage_column(column)} IS NULL)"
        for column in contract.kept_columns
        if is_checked(column) and not is_coordinate(column)
    ]
    for pair in _pairs(contract):
        latitude, _, _ = coordinate_pair(stage_column(pair.latitude), stage_column(pair.longitude))
        tests.append(f"(num_nonnulls({_raw(pair.latitude)}, {_raw(pair.longitude)}) > 0 AND ({latitude}) IS NULL)")
    return " OR ".join(tests) or "false"


def _is_repaired(contract: DatasetContract) -> str:
    """Whether a longitude's sign was repaired."""
    tests = [coordinate_pair(stage_column(pair.latitude), stage_column(pair.longitude))[2] for pair in _pairs(contract)]
    return " OR ".join(tests) or "false"


def _raw_of_emptied(contract: DatasetContract) -> str:
    """Clean text of the checked cells where one was emptied: part of a sample's identity.

    Two rows that differ only in a cell that is no value are still two rows.
    """
    raw = ", ".join(_raw(column) for column in contract.kept_columns if is_checked(column))
    return f"CASE WHEN {_is_emptied(contract)} THEN ROW({raw})::text ELSE '' END"


def _hash(columns: Sequence[Column], more: str = "") -> str:
    names = ", ".join(stage_column(column) for column in columns)
    if [column.part for column in columns] == [Part.METHOD]:
        names += ", NULL"  # SMARTS gives methods a code and no name: the same row as in eSMR
    return f"md5(ROW({names})::text{more})::uuid"


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


def dimension_columns(contract: DatasetContract, dimension: Dimension) -> list[Column]:
    """The columns that make up the identity of a dimension's row, in the contract's order."""
    return [
        column for column in contract.kept_columns if column.part is dimension.part or column.name in dimension.also
    ]


def record_findings(contract: DatasetContract, header: HeaderCheck, staged: StagedFile, run: Run, today: date) -> None:
    """Write the run's quarantined rows and data-quality issues, and count them on the run."""
    _quarantine_rejected(contract, staged, run)
    staged.quarantine.copy_in()
    for code, names in (
        ("missing_column", header.missing_required),
        ("missing_optional_column", header.missing_optional),
        ("new_column", header.new),
        ("repeated_column", header.repeated),
    ):
        for name in names:
            staged.issues.add(run.pk, 1, name, code, "")
    staged.issues.copy_in()
    _record_cell_issues(contract, header, run, today)
    run.quarantined = run.quarantined_rows.count()
    run.issues = run.data_quality_issues.count()


def _quarantine_rejected(contract: DatasetContract, staged: StagedFile, run: Run) -> None:
    """Quarantine the rows without a key. Their text is read again from the raw file."""
    query = f"SELECT line, rejected FROM {typed_table(run.pk)} WHERE rejected IS NOT NULL ORDER BY line"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS ({query})")
        if not cursor.fetchone()[0]:
            return
    with connection.chunked_cursor() as cursor:
        cursor.execute(query)
        for line, text, group in rawstore.read_lines(run.raw_file, cursor):
            detail = f"No {' and no '.join(contract.required[group])}."
            staged.quarantine.add(run.pk, line, "missing_key", detail, text)


def _record_cell_issues(contract: DatasetContract, header: HeaderCheck, run: Run, today: date) -> None:
    """One issue per cell that was emptied or repaired, of the rows that were not rejected."""
    cells = ", ".join(
        f"({literal(column.name)}, {clean('s.' + stage_column(column))}, t.{stage_column(column)}::text, "
        f"{_defect(contract, column, today)})"
        for column in contract.kept_columns
        if is_checked(column) and column.name not in header.missing
    )
    if not cells:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO {DataQualityIssue._meta.db_table} (run_id, line, "column", code, raw_value, stored_value) '
            f"SELECT {run.pk}, t.line, cell.name, cell.code, cell.raw, cell.stored "
            f"FROM {typed_table(run.pk)} t JOIN {stage_table(run.pk)} s USING (line) "
            f"CROSS JOIN LATERAL (VALUES {cells}) AS cell (name, raw, stored, code) "
            f"WHERE t.is_flawed AND t.rejected IS NULL AND cell.raw IS NOT NULL AND cell.code IS NOT NULL "
            f"ORDER BY t.line"
        )


def _defect(contract: DatasetContract, column: Column, today: date) -> str:
    """Code of what is wrong with the cell of this column, null if nothing is."""
    cell = clean("s." + stage_column(column))
    stored = f"t.{stage_column(column)}"
    if not is_coordinate(column):
        return f"CASE WHEN {stored} IS NULL AND {cell} IS NOT NULL THEN {defect(column.kind, cell, _latest(column, today))} END"
    pair = next(pair for pair in _pairs(contract) if column in (pair.latitude, pair.longitude))
    other = pair.longitude if column is pair.latitude else pair.latitude
    number = typed(column.kind, cell)
    repaired = f"WHEN {stored} <> {number} THEN 'longitude_sign_repaired' " if column is pair.longitude else ""
    return (
        f"CASE {repaired}WHEN {stored} IS NOT NULL OR {cell} IS NULL THEN NULL "
        f"WHEN {number} IS NULL THEN 'not_a_number' "
        f"WHEN {clean('s.' + stage_column(other))} IS NULL THEN 'half_a_coordinate' "
        f"ELSE 'coordinate_outside_california' END"
    )


def literal(text: str) -> str:
    """A name from a contract as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"
