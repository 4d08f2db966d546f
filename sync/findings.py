"""What was wrong with a file's rows, written down: quarantined rows and data-quality issues."""

from collections.abc import Iterable

from django.db import connection

from sync import rawstore
from sync.contracts.base import Column, DatasetContract
from sync.header import HeaderCheck
from sync.models import DataQualityIssue, Run
from sync.staging import StagedFile, stage_column
from sync.statements import execute, literal, stage_table, typed_table
from sync.typed_rows import coordinate_pairs
from sync.typing_sql import clean, defect, is_checked, is_coordinate, typed


def record_findings(contract: DatasetContract, header: HeaderCheck, staged: StagedFile, run: Run) -> None:
    """Write the run's quarantined rows and data-quality issues, and count them on the run."""
    _quarantine_rejected(contract, staged, run)
    staged.quarantine.copy_in()
    _add_header_issues(header, staged, run)
    staged.issues.copy_in()
    _record_cell_issues(contract, header, run)
    run.quarantined = run.quarantined_rows.count()
    run.issues = run.data_quality_issues.count()


def _quarantine_rejected(contract: DatasetContract, staged: StagedFile, run: Run) -> None:
    """Quarantine the rows without a key. Their text is read again from the raw file."""
    if run.raw_file is None:
        raise ValueError("A file is staged through the raw store.")
    with connection.chunked_cursor() as cursor:
        cursor.execute(f"SELECT line, rejected FROM {typed_table(run.pk)} WHERE rejected IS NOT NULL ORDER BY line")
        rejected: Iterable[tuple[int, int]] = cursor
        for line, text, group in rawstore.read_lines(run.raw_file, rejected):
            detail = f"No {' and no '.join(contract.required[group])}."
            staged.quarantine.add(run.pk, line, "missing_key", detail, text)


def _add_header_issues(header: HeaderCheck, staged: StagedFile, run: Run) -> None:
    for code, names in (
        ("missing_column", header.missing_required),
        ("missing_optional_column", header.missing_optional),
        ("new_column", header.new),
        ("repeated_column", header.repeated),
    ):
        for name in names:
            staged.issues.add(run.pk, 1, name, code, "")


def _record_cell_issues(contract: DatasetContract, header: HeaderCheck, run: Run) -> None:
    """One issue per cell that was emptied or repaired, of the rows that were not rejected."""
    cells = ", ".join(
        f"({literal(column.name)}, {_cell(column)}, t.{stage_column(column)}::text, {_defect(contract, column)})"
        for column in contract.kept_columns
        if is_checked(column) and column.name not in header.missing
    )
    if not cells:
        return
    execute(f"""
        INSERT INTO {DataQualityIssue._meta.db_table} (run_id, line, "column", code, raw_value, stored_value)
        SELECT {run.pk}, t.line, cell.name, cell.code, cell.raw, cell.stored
        FROM {typed_table(run.pk)} t
        JOIN {stage_table(run.pk)} s USING (line)
        CROSS JOIN LATERAL (VALUES {cells}) AS cell (name, raw, stored, code)
        WHERE t.is_flawed AND t.rejected IS NULL AND cell.raw IS NOT NULL AND cell.code IS NOT NULL
        ORDER BY t.line
    """)


def _cell(column: Column) -> str:
    return clean(f"s.{stage_column(column)}")


def _defect(contract: DatasetContract, column: Column) -> str:
    """Code of what is wrong with the cell of this column, null if nothing is."""
    cell, stored = _cell(column), f"t.{stage_column(column)}"
    if not is_coordinate(column):
        return f"CASE WHEN {stored} IS NULL AND {cell} IS NOT NULL THEN {defect(column.kind, cell)} END"
    pair = next(pair for pair in coordinate_pairs(contract) if column in (pair.latitude, pair.longitude))
    other = pair.longitude if column is pair.latitude else pair.latitude
    number = typed(column.kind, cell)
    return f"""CASE
        WHEN {stored} <> {number} THEN 'longitude_sign_repaired'
        WHEN {stored} IS NOT NULL OR {cell} IS NULL THEN NULL
        WHEN {number} IS NULL THEN 'not_a_number'
        WHEN {_cell(other)} IS NULL THEN 'half_a_coordinate'
        ELSE 'coordinate_outside_california'
    END"""
