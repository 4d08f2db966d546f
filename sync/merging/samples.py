"""Merging samples, which have no key in the source: the content of a row is its identity.

Exact repeats are stored once, with their count. A correction is one row removed and one added.
Rows that are as they were are not touched, so loading a file again writes nothing.
"""

from dataclasses import dataclass

from facilities.lookup_sql import enrollment_id
from facilities.services.membership import upsert_esmr_facilities
from sync.contracts.base import DatasetContract, Dimension, Part
from sync.merging.counts import MergeCounts
from sync.merging.targets import as_row, assignments, table_of
from sync.models import Run
from sync.statements import count, create_work_table, execute, typed_table
from sync.typed_samples import dimension_columns, typed_dimension

# Columns of a sample that repeat one of its dimension's, for an index of the sample table.
_SAMPLE_COPIES = {
    "monitoring.SmartsSample": {"enrollment_id": "report.enrollment_id"},
    "monitoring.EsmrSample": {"esmr_facility_id": "location.esmr_facility_id"},
}


@dataclass(frozen=True, slots=True)
class NewRows:
    """The typed rows to insert."""

    source: str  # FROM item; the typed row is t
    condition: str
    copies: str  # table of the content hashes that stand in the file more than once, with `copies`


def merge_samples(contract: DatasetContract, run: Run, *, is_first: bool) -> MergeCounts:
    """Merge the run's typed rows; inside `session_settings`, in the publishing transaction.

    `is_first` says that nothing of the resource has been published yet: all rows are new.
    """
    # Every join here is of whole tables. Where an estimate is off, a nested loop takes hours.
    execute("SET LOCAL enable_nestloop = off")
    repeated = create_work_table(
        run.pk,
        "repeated",
        f"""
        SELECT content_hash, min(line) AS line, count(*)::integer AS copies
        FROM {typed_table(run.pk)} WHERE rejected IS NULL GROUP BY content_hash HAVING count(*) > 1
        """,
    )
    later_copies = create_work_table(
        run.pk,
        "later_copies",
        f"SELECT t.line FROM {typed_table(run.pk)} t JOIN {repeated} r USING (content_hash) WHERE t.line <> r.line",
    )
    # The rows of the file, each once: the first of its copies (alias t), with their number. NOT IN
    # is a hash that each row is looked up in as it comes; an anti-join may turn the file's order
    # round, in which samples that belong together lie together.
    rows = f"{typed_table(run.pk)} t"
    is_first_copy = f"t.rejected IS NULL AND t.line NOT IN (SELECT line FROM {later_copies})"
    valid = count(f"SELECT count(*) FROM {typed_table(run.pk)} WHERE rejected IS NULL")
    counts = MergeCounts(duplicate=count(f"SELECT count(*) FROM {later_copies}"))
    if not is_first:
        incoming = f"""
            SELECT t.line, content_hash, coalesce(r.copies, 1) AS copies
            FROM {rows} LEFT JOIN {repeated} r USING (content_hash) WHERE {is_first_copy}
        """
        fresh = _reconcile(contract, run, incoming, counts)
        rows, is_first_copy = f"{fresh} n JOIN {typed_table(run.pk)} t USING (line)", "true"
    new = NewRows(rows, is_first_copy, repeated)
    _merge_dimensions(contract, run, new)
    counts.inserted = _insert(contract, run, new)
    counts.unchanged = valid - counts.duplicate - counts.inserted - counts.updated
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
        FULL JOIN ({incoming}) AS n USING (content_hash)
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
    return create_work_table(run.pk, "fresh", f"SELECT line FROM {delta} WHERE id IS NULL")


def _merge_dimensions(contract: DatasetContract, run: Run, new: NewRows) -> None:
    """Insert the reports, locations, parameters, methods and units that the new rows bring."""
    if contract.target == "monitoring.EsmrSample":
        _upsert_esmr_facilities(contract, run, new)
    for dimension in contract.dimensions:
        if dimension.is_small:
            _insert_names(contract, dimension, new)
        else:
            _insert_dimension(contract, dimension, run, new)


def _insert_names(contract: DatasetContract, dimension: Dimension, new: NewRows) -> None:
    table = table_of(dimension.target)
    values = assignments(contract.columns_of(dimension.part))
    names = ", ".join(f"t.{name}" for name in values)
    execute(f"""
        INSERT INTO {table} ({", ".join(values)})
        SELECT {names} FROM (SELECT DISTINCT {as_row(values)} FROM {new.source} WHERE {new.condition}) AS t
        WHERE num_nonnulls({names}) > 0 AND NOT EXISTS (
            SELECT FROM {table} x WHERE {_same_names(dimension, "x", {name: f"t.{name}" for name in values})}
        )
        ORDER BY {names}
        ON CONFLICT DO NOTHING
    """)


def _same_names(dimension: Dimension, alias: str, values: dict[str, str]) -> str:
    """Condition that a row of a short list has these texts.

    SMARTS gives methods a code and no name: the row without a name is its own.
    """
    if len(values) > 1:  # null is equal to null, in a form that can be hashed
        return " AND ".join(f"coalesce({alias}.{name}, '') = coalesce({value}, '')" for name, value in values.items())
    condition = " AND ".join(f"{alias}.{name} = {value}" for name, value in values.items())
    return condition + (f" AND {alias}.name IS NULL" if dimension.part is Part.METHOD else "")


def _insert_dimension(contract: DatasetContract, dimension: Dimension, run: Run, new: NewRows) -> None:
    """Insert the reports or locations that the new rows point to and that are not there yet."""
    table = table_of(dimension.target)
    values = assignments(dimension_columns(contract, dimension)) | _looked_up(contract, dimension)
    execute(f"""
        WITH wanted AS MATERIALIZED (
            SELECT DISTINCT t.{dimension.part.value}_hash AS content_hash FROM {new.source} WHERE {new.condition}
        ),
        missing AS MATERIALIZED (
            SELECT t.content_hash, min(t.line) AS line
            FROM {typed_dimension(run.pk, dimension)} t JOIN wanted USING (content_hash)
            WHERE NOT EXISTS (SELECT FROM {table} x WHERE x.content_hash = t.content_hash)
            GROUP BY t.content_hash
        )
        INSERT INTO {table} (content_hash, run_id, line, {", ".join(values)})
        SELECT t.content_hash, {run.pk}, t.line, {", ".join(values.values())}
        FROM missing JOIN {typed_dimension(run.pk, dimension)} t USING (line)
        ORDER BY t.line
        ON CONFLICT (content_hash) DO NOTHING
    """)


def _looked_up(contract: DatasetContract, dimension: Dimension) -> dict[str, str]:
    """Columns of a dimension's table that are looked up rather than published (alias t: its typed row)."""
    if contract.program:
        return {"enrollment_id": enrollment_id("t.app_id", "t.wdid", f"'{contract.program}'")}
    if dimension.part is Part.LOCATION:
        facility = "SELECT f.id FROM facilities_esmrfacility f WHERE f.place_id = t.facility_place_id"
        return {"esmr_facility_id": f"({facility})"}
    return {}


def _upsert_esmr_facilities(contract: DatasetContract, run: Run, new: NewRows) -> None:
    location = next(dimension for dimension in contract.dimensions if dimension.part is Part.LOCATION)
    upsert_esmr_facilities(
        f"""(
            SELECT location.*, t.sampling_date, t.line AS sample_line FROM {new.source}
            JOIN (
                SELECT line AS location_line, facility_place_id, facility_name, region, location_place_type,
                    latitude, longitude
                FROM {typed_dimension(run.pk, location)}
            ) AS location ON location.location_line = t.location_line
            WHERE {new.condition}
        )""",
        run.pk,
    )


def _insert(contract: DatasetContract, run: Run, new: NewRows) -> int:
    values = assignments(contract.columns_of(Part.RECORD))
    joins = []
    for dimension in contract.dimensions:
        name = dimension.field
        values[f"{name}_id"] = f"{name}.id"
        if dimension.is_small:
            condition = _same_names(dimension, name, assignments(contract.columns_of(dimension.part)))
        else:
            condition = f"{name}.content_hash = t.{dimension.part.value}_hash"
        joins.append(f"LEFT JOIN {table_of(dimension.target)} {name} ON {condition}")
    values |= _SAMPLE_COPIES[contract.target]
    return execute(
        f"""
        INSERT INTO {table_of(contract.target)}
            (resource_id, run_id, line, copies, content_hash, {", ".join(values)})
        SELECT %s, %s, t.line, coalesce(r.copies, 1), t.content_hash, {", ".join(values.values())}
        FROM {new.source} LEFT JOIN {new.copies} r ON r.content_hash = t.content_hash {" ".join(joins)}
        WHERE {new.condition}
        """,
        [run.resource_id, run.pk],
    )
