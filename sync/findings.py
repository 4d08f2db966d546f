"""What was wrong with a file's rows, written down: quarantined rows and data-quality issues."""

from collections.abc import Iterable

from django.db import connection

from sync import rawstore
from sync.contracts.base import Column, DatasetContract, Kind
from sync.header import HeaderCheck
from sync.models import DataQualityIssue, Run
from sync.staging import StagedFile, stage_column
from sync.statements import create_work_table, execute, literal, stage_table, typed_table
from sync.typed_rows import coordinate_pairs, raw_column
from sync.typed_samples import heads_table
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
    checked = [column for column in contract.kept_columns if is_checked(column) and column.name not in header.missing]
    if not checked:
        return
    cells = ", ".join(
        f"{clean('s.' + stage_column(column))} AS {raw_column(column)}, {_typed_cell(contract, column)}"
        for column in checked
    )
    head = f"JOIN {heads_table(run.pk)} head ON head.line = t.head_line" if contract.head_columns else ""
    flawed = create_work_table(
        run.pk,
        "flawed",
        f"""
        SELECT t.line, {cells} FROM {typed_table(run.pk)} t JOIN {stage_table(run.pk)} s USING (line)
            {head}
        WHERE t.is_flawed AND t.rejected IS NULL
        """,
        analyzed="line",
    )
    # Column by column, so that the code of a defect is worked out only where there is one.
    issues = " UNION ALL ".join(
        f"""
        SELECT line, {literal(column.name)}, {_code(contract, column)}, {raw_column(column)},
            {stage_column(column)}::text
        FROM {flawed} WHERE {raw_column(column)} IS NOT NULL AND {_is_flawed(column)}
        """
        for column in checked
    )
    execute(f"""
        INSERT INTO {DataQualityIssue._meta.db_table} (line, "column", code, raw_value, stored_value, run_id)
        SELECT issue.*, {run.pk} FROM ({issues}) AS issue ORDER BY 1
    """)


def _typed_cell(contract: DatasetContract, column: Column) -> str:
    """The typed value, of the row itself or of the head that it repeats."""
    return f"{'head' if column in contract.head_columns else 't'}.{stage_column(column)}"


def _is_flawed(column: Column) -> str:
    """Whether the cell was emptied, or stored with another sign."""
    name = stage_column(column)
    if column.kind is Kind.LONGITUDE:
        return f"({name} IS NULL OR {name} <> {typed(column.kind, raw_column(column))})"
    return f"{name} IS NULL"


def _code(contract: DatasetContract, column: Column) -> str:
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
