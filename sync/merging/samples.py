"""Merging samples, which have no key in the source: the content of a row is its identity.

Exact repeats are stored once, with their count. A correction is one row removed and one added.
Rows that are as they were are not touched, so loading a file again writes nothing.
"""

from facilities.lookup_sql import enrollment_id
from facilities.services import upsert_esmr_facilities
from sync.contracts.base import DatasetContract, Dimension, Part
from sync.merging.counts import MergeCounts
from sync.merging.targets import assignments, stored_value, table_of
from sync.models import Run
from sync.staging import stage_column
from sync.statements import count, create_work_table, execute, typed_table
from sync.typed_rows import dimension_columns, dimension_hash

# Columns of a dimension's table that are looked up rather than published (alias t: typed rows).
_ENROLLMENT = {"enrollment_id": enrollment_id("t.app_id", "t.wdid", "t.permit_type")}
_DIMENSION_LOOKUPS = {
    "monitoring.SmartsReport": _ENROLLMENT,
    "monitoring.SmartsLocation": _ENROLLMENT,
    "monitoring.EsmrLocation": {
        "esmr_facility_id": "(SELECT f.id FROM facilities_esmrfacility f WHERE f.place_id = t.facility_place_id)"
    },
}
# Columns of a sample that repeat one of its dimension's, for an index of the sample table.
_SAMPLE_COPIES = {
    "monitoring.SmartsSample": {"enrollment_id": "report.enrollment_id"},
    "monitoring.EsmrSample": {"esmr_facility_id": "location.esmr_facility_id"},
}


def merge_samples(contract: DatasetContract, run: Run, *, is_first: bool) -> MergeCounts:
    """Merge the run's typed rows; inside `session_settings`, in the publishing transaction.

    `is_first` says that nothing of the resource has been published yet: all rows are new.
    """
    incoming = create_work_table(
        run.pk,
        "incoming",
        f"""
        SELECT content_hash, min(line) AS line, count(*)::integer AS copies
        FROM {typed_table(run.pk)} WHERE rejected IS NULL GROUP BY content_hash
        """,
    )
    valid = count(f"SELECT coalesce(sum(copies), 0) FROM {incoming}")
    distinct = count(f"SELECT count(*) FROM {incoming}")
    counts = MergeCounts(duplicate=valid - distinct)
    fresh = incoming if is_first else _reconcile(contract, run, incoming, counts)
    _merge_dimensions(contract, run, fresh)
    counts.inserted = _insert(contract, run, fresh)
    counts.unchanged = distinct - counts.inserted - counts.updated
    return counts


def _reconcile(contract: DatasetContract, run: Run, incoming: str, counts: MergeCounts) -> str:
    """Bring stored rows in line with the file; returns the table of the rows that are new."""
    table = table_of(contract.target)
    delta = create_work_table(
        run.pk,
        "delta",
        f"""
        SELECT x.id, n.line, n.copies, x.removed_by_id IS NOT NULL AS is_returned
        FROM (SELECT id, content_hash, copies, removed_by_id FROM {table} WHERE resource_id = %s) AS x
        FULL JOIN {incoming} n USING (content_hash)
        WHERE x.id IS NULL
            OR (n.line IS NULL AND x.removed_by_id IS NULL)
            OR (n.line IS NOT NULL AND (x.removed_by_id IS NOT NULL OR x.copies <> n.copies))
        """,
        [run.resource_id],
    )
    counts.returned = count(f"SELECT count(*) FROM {delta} WHERE is_returned")
    counts.removed = execute(
        f"UPDATE {table} x SET removed_by_id = %s FROM {delta} d WHERE x.id = d.id AND d.line IS NULL", [run.pk]
    )
    counts.updated = execute(
        f"""
        UPDATE {table} x SET removed_by_id = NULL, copies = d.copies, run_id = %s, line = d.line
        FROM {delta} d WHERE x.id = d.id AND d.line IS NOT NULL
        """,
        [run.pk],
    )
    return create_work_table(run.pk, "fresh", f"SELECT line, copies FROM {delta} WHERE id IS NULL")


def _merge_dimensions(contract: DatasetContract, run: Run, fresh: str) -> None:
    """Insert the reports, locations, parameters, methods and units that the new rows bring."""
    rows = f"{fresh} n JOIN {typed_table(run.pk)} t USING (line)"
    if contract.target == "monitoring.EsmrSample":
        upsert_esmr_facilities(f"(SELECT t.* FROM {rows})", run.pk)
    for dimension in contract.dimensions:
        if dimension.is_named:
            _insert_names(contract, dimension, rows)
        else:
            _insert_dimension(contract, dimension, run, rows)


def _insert_names(contract: DatasetContract, dimension: Dimension, rows: str) -> None:
    table = table_of(dimension.target)
    (column,) = contract.columns_of(dimension.part)
    name = f"t.{stage_column(column)}"
    execute(f"""
        INSERT INTO {table} (name)
        SELECT DISTINCT {name} FROM {rows}
        WHERE {name} IS NOT NULL AND NOT EXISTS (SELECT FROM {table} x WHERE x.name = {name})
        ORDER BY 1
        ON CONFLICT (name) DO NOTHING
    """)


def _insert_dimension(contract: DatasetContract, dimension: Dimension, run: Run, rows: str) -> None:
    """Insert what is new of a dimension.

    First which identities are new and where they stand, then their values: the wide rows are read
    for those few lines alone.
    """
    table = table_of(dimension.target)
    identity = f"t.{dimension_hash(dimension)}"
    columns = dimension_columns(contract, dimension)
    values = assignments(columns) | _DIMENSION_LOOKUPS.get(dimension.target, {})
    is_given = "true"  # a report or a location is one even if nothing is said of it
    if dimension.part is Part.METHOD:
        is_given = " OR ".join(f"{stored_value(column)} IS NOT NULL" for column in columns)
    else:
        values |= {"run_id": str(run.pk), "line": "t.line"}
    execute(f"""
        WITH first_line AS MATERIALIZED (
            SELECT {identity} AS content_hash, min(t.line) AS line FROM {rows} WHERE {is_given} GROUP BY {identity}
        ),
        missing AS MATERIALIZED (
            SELECT f.* FROM first_line f
            WHERE NOT EXISTS (SELECT FROM {table} x WHERE x.content_hash = f.content_hash)
        )
        INSERT INTO {table} (content_hash, {", ".join(values)})
        SELECT m.content_hash, {", ".join(values.values())}
        FROM missing m JOIN {typed_table(run.pk)} t USING (line)
        ORDER BY m.content_hash
        ON CONFLICT (content_hash) DO NOTHING
    """)


def _insert(contract: DatasetContract, run: Run, fresh: str) -> int:
    values = assignments(contract.columns_of(Part.RECORD))
    joins = []
    for dimension in contract.dimensions:
        name = dimension.field
        values[f"{name}_id"] = f"{name}.id"
        if dimension.is_named:
            (column,) = contract.columns_of(dimension.part)
            condition = f"{name}.name = t.{stage_column(column)}"
        else:
            condition = f"{name}.content_hash = t.{dimension_hash(dimension)}"
        joins.append(f"LEFT JOIN {table_of(dimension.target)} {name} ON {condition}")
    values |= _SAMPLE_COPIES[contract.target]
    return execute(
        f"""
        INSERT INTO {table_of(contract.target)}
            (resource_id, run_id, line, copies, content_hash, {", ".join(values)})
        SELECT %s, %s, t.line, n.copies, t.content_hash, {", ".join(values.values())}
        FROM {fresh} n JOIN {typed_table(run.pk)} t USING (line) {" ".join(joins)}
        """,
        [run.resource_id, run.pk],
    )
