"""What was wrong with a file's rows, written down: quarantined rows and data-quality issues."""

from collections.abc import Iterable

from django.db import connection

from sync import rawstore
from sync.cell_issues import is_flawed, issue_code
from sync.contracts.base import Column, DatasetContract, Shape
from sync.header import HeaderCheck
from sync.models import DataQualityIssue, Run
from sync.sample_texts import unknown_table
from sync.staging import StagedFile, stage_column
from sync.statements import create_work_table, execute, keys_table, literal, typed_table
from sync.typed_rows import raw_column
from sync.typed_samples import heads_table
from sync.typing_sql import is_checked


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
        f"{_place(contract, column)}.{name}"
        for column in checked
        for name in (raw_column(column), stage_column(column))
    )
    text_hash = "t.text_hash" if contract.shape is Shape.SAMPLES else "NULL::uuid"
    head = f"JOIN {heads_table(run.pk)} head ON head.line = t.head_line" if contract.head_columns else ""
    flawed = create_work_table(
        run.pk,
        "flawed",
        f"""
        SELECT t.line, {text_hash} AS text_hash, {cells} FROM {typed_table(run.pk)} t {head}
        WHERE t.is_flawed AND t.rejected IS NULL
        """,
        analyzed="line",
    )
    # Column by column, so that the code of a defect is worked out only where there is one.
    issues = " UNION ALL ".join(
        f"""
        SELECT line, {literal(column.name)}, {issue_code(contract, column)}, {raw_column(column)},
            {stage_column(column)}::text, text_hash
        FROM {flawed} WHERE {raw_column(column)} IS NOT NULL AND {is_flawed(column)}
        """
        for column in checked
    )
    if contract.shape is Shape.SAMPLES and run.resource.last_published_id:
        issues += f" UNION ALL {_issues_known_by_text(run)}"
    execute(f"""
        INSERT INTO {DataQualityIssue._meta.db_table} (line, "column", code, raw_value, stored_value, text_hash, run_id)
        SELECT issue.*, {run.pk} FROM ({issues}) AS issue ORDER BY 1
    """)


def _issues_known_by_text(run: Run) -> str:
    """The query for the issues of rows that needed no typing: those that the published file's row of that text has."""
    known = create_work_table(  # small beside the file, and with statistics that say so
        run.pk,
        "known_issues",
        f"""
        SELECT DISTINCT text_hash, "column", code, raw_value, stored_value
        FROM {DataQualityIssue._meta.db_table}
        WHERE run_id = {run.resource.last_published_id} AND text_hash IS NOT NULL
        """,
        analyzed="text_hash",
    )
    return f"""
        SELECT s.line, known."column", known.code, known.raw_value, known.stored_value, known.text_hash
        FROM {keys_table(run.pk)} s JOIN {known} known USING (text_hash)
        WHERE s.line NOT IN (SELECT line FROM {unknown_table(run.pk)})
    """


def _place(contract: DatasetContract, column: Column) -> str:
    """Where the cell is: in the row itself, or in the head that it repeats."""
    return "head" if column in contract.head_columns else "t"
