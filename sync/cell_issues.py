"""What can be wrong with a typed cell, as SQL expressions: whether it has an issue, and which."""

from sync.contracts.base import Column, DatasetContract, Kind
from sync.staging import stage_column
from sync.typed_rows import coordinate_pairs, raw_column
from sync.typing_sql import defect, is_checked, is_coordinate, typed


def is_flawed(column: Column) -> str:
    """Whether a cell that has a clean text (`raw_column`) was emptied, or stored with another sign."""
    name = stage_column(column)
    if column.kind is Kind.LONGITUDE:
        return f"({name} IS NULL OR {name} <> {typed(column.kind, raw_column(column))})"
    return f"{name} IS NULL"


def issue_code(contract: DatasetContract, column: Column) -> str:
    """What is wrong with a flawed cell of this column, in one code."""
    raw = raw_column(column)
    if not is_coordinate(column):
        return defect(column.kind, raw)
    pair = next(pair for pair in coordinate_pairs(contract.kept_columns) if column in (pair.latitude, pair.longitude))
    other = raw_column(pair.longitude if column is pair.latitude else pair.latitude)
    return f"""CASE
        WHEN {stage_column(column)} IS NOT NULL THEN 'longitude_sign_repaired'
        WHEN ({typed(column.kind, raw)}) IS NULL THEN 'not_a_number'
        WHEN ({typed(column.kind, other)}) IS NULL THEN 'half_a_coordinate'
        ELSE 'coordinate_outside_california'
    END"""


def issues_statement(contract: DatasetContract) -> str:
    """All of it in one text, for whoever asks whether issues are told in the same way as before."""
    checked = [column for column in contract.kept_columns if is_checked(column)]
    return "; ".join(f"{is_flawed(column)}, {issue_code(contract, column)}" for column in checked)
