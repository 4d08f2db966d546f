"""Merging samples, which have no key in the source: the content of a row is its identity.

Exact repeats are stored once, with their count. A correction is one row removed and one added.
Rows that are as they were are not touched, so loading a file again writes nothing.
"""

from dataclasses import dataclass

from django.db import connection

from facilities.lookup_sql import enrollment_id
from facilities.services import upsert_esmr_facilities
from sync.contracts.base import DatasetContract, Dimension, Part
from sync.merging.counts import MergeCounts
from sync.merging.indexes import indexes_built_afterwards
from sync.merging.targets import as_row, assignments, table_of
from sync.models import Run
from sync.sample_texts import leftover_table
from sync.statements import count, create_work_table, execute, typed_table, work_table
from sync.typed_rows import names
from sync.typed_samples import heads_table

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
    contents: str  # table of the contents that have copies, with `content_hash` and `copies`


def merge_samples(contract: DatasetContract, run: Run, *, is_first: bool) -> MergeCounts:
    """Merge the run's typed rows; inside `session_settings`, in the publishing transaction.

    `is_first` says that nothing of the resource has been published yet: all rows are typed, and all
    are new. Else the typed rows are those that `sync.sample_texts.compare_texts` did not know.
    """
    # Every join here is of whole tables. Where an estimate is off, a nested loop takes hours.
    execute("SET LOCAL enable_nestloop = off")
    counts = MergeCounts()
    new = _all_rows(run, counts) if is_first else _reconcile(contract, run, counts)
    _merge_dimensions(contract, run, new)
    with indexes_built_afterwards(table_of(contract.target)):
        counts.inserted = _insert(contract, run, new)
    if not is_first:
        published, copies = _published(contract, run)
        counts.unchanged = published - counts.inserted - counts.updated
        counts.duplicate = copies - published
    return counts


def _published(contract: DatasetContract, run: Run) -> tuple[int, int]:
    """How many rows of the resource are published now, and how many rows of the file they stand for."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT count(*), coalesce(sum(copies), 0)
            FROM {table_of(contract.target)} WHERE resource_id = %s AND removed_by_id IS NULL
            """,
            [run.resource_id],
        )
        rows, copies = cursor.fetchone()
    return rows, copies


def _all_rows(run: Run, counts: MergeCounts) -> NewRows:
    """The rows of the file, each once: the first of its copies, with their number."""
    typed = typed_table(run.pk)
    repeated = create_work_table(
        run.pk,
        "repeated",
        f"""
        SELECT content_hash, min(line) AS line, count(*)::integer AS copies
        FROM {typed} WHERE rejected IS NULL GROUP BY content_hash HAVING count(*) > 1
        """,
    )
    later_copies = create_work_table(
        run.pk,
        "later_copies",
        f"SELECT t.line FROM {typed} t JOIN {repeated} r USING (content_hash) WHERE t.line <> r.line",
    )
    counts.duplicate = count(f"SELECT count(*) FROM {later_copies}")
    # NOT IN is a hash that each row is looked up in as it comes; an anti-join may turn the file's
    # order round, in which samples that belong together lie together.
    return NewRows(
        f"{typed} t", f"t.rejected IS NULL AND t.line NOT IN (SELECT line FROM {later_copies})", contents=repeated
    )


def _reconcile(contract: DatasetContract, run: Run, counts: MergeCounts) -> NewRows:
    """Bring stored rows in line with the file; returns the rows that are new."""
    table, typed = table_of(contract.target), typed_table(run.pk)
    contents = create_work_table(
        run.pk,
        "contents",
        f"""
        SELECT content_hash, min(line) AS line, count(*)::integer AS copies
        FROM {typed} WHERE rejected IS NULL GROUP BY content_hash
        """,
    )
    # A stored row has the copies that the file has of its text, as far as it was known by it, and
    # those of its content under other texts.
    delta = create_work_table(
        run.pk,
        "delta",
        f"""
        SELECT * FROM (
            SELECT x.id, coalesce(least(x.line, n.line), n.line) AS line,
                coalesce(x.known, 0) + coalesce(n.copies, 0) AS copies, x.copies AS stored_copies, x.removed_by_id,
                x.known = 0 AS is_respelled, n.line AS typed_line
            FROM (
                SELECT s.id, s.content_hash, s.copies, s.removed_by_id, l.line, CASE
                    WHEN l.id IS NOT NULL THEN coalesce(l.copies, 0)
                    WHEN s.removed_by_id IS NULL THEN s.copies ELSE 0
                END AS known
                FROM {table} s LEFT JOIN (SELECT * FROM {leftover_table(run.pk)} WHERE id IS NOT NULL) l ON l.id = s.id
                WHERE s.resource_id = %s
                    AND (l.id IS NOT NULL OR s.content_hash IN (SELECT content_hash FROM {contents}))
            ) AS x
            FULL JOIN {contents} n USING (content_hash)
        ) AS delta
        """,
        [run.resource_id],
    )
    counts.returned = count(f"SELECT count(*) FROM {delta} WHERE copies > 0 AND removed_by_id IS NOT NULL")
    counts.removed = execute(
        f"""
        UPDATE {table} x SET removed_by_id = %s FROM {delta} d
        WHERE x.id = d.id AND d.copies = 0 AND d.removed_by_id IS NULL
        """,
        [run.pk],
    )
    counts.updated = execute(
        f"""
        UPDATE {table} x SET removed_by_id = NULL, copies = d.copies, run_id = %s, line = d.line
        FROM {delta} d
        WHERE x.id = d.id AND d.copies > 0 AND (d.removed_by_id IS NOT NULL OR d.copies <> d.stored_copies)
        """,
        [run.pk],
    )
    _renew_texts(table, delta, typed)
    return NewRows(f"{delta} d JOIN {typed} t ON t.line = d.typed_line", "d.id IS NULL", contents)


def _renew_texts(table: str, delta: str, typed: str) -> None:
    """Let a stored row be known by the text that its content has now, if it is never met under the old one.

    So that a publisher who writes all numbers in another way makes one slow refresh and not only slow
    ones from then on.
    """
    execute(f"""
        UPDATE {table} x SET text_hash = t.text_hash
        FROM {delta} d JOIN {typed} t ON t.line = d.typed_line
        WHERE x.id = d.id AND d.is_respelled AND t.text_hash IS NOT NULL
    """)


def _merge_dimensions(contract: DatasetContract, run: Run, new: NewRows) -> None:
    """Insert the reports, locations, parameters, methods and units that the new rows bring."""
    if contract.target == "monitoring.EsmrSample":
        _upsert_esmr_facilities(run, new)
    found = _create_names(contract, run, new)
    for dimension in contract.small_dimensions:
        _insert_names(contract, dimension, found)
    heads = create_work_table(
        run.pk, "new_heads", f"SELECT DISTINCT t.head_line AS line FROM {new.source} WHERE {new.condition}"
    )
    for dimension in contract.wide_dimensions:
        _insert_dimension(contract, dimension, run, heads)


def _create_names(contract: DatasetContract, run: Run, new: NewRows) -> str:
    """The parameters, methods and units of the new rows, as they occur together, under their key."""
    return create_work_table(
        run.pk,
        "names",
        f"""
        SELECT t.names_key, {names(contract.name_columns, "t")}
        FROM (SELECT min(t.line) AS line FROM {new.source} WHERE {new.condition} GROUP BY t.names_key) AS first
        JOIN {typed_table(run.pk)} t USING (line)
        """,
    )


def _insert_names(contract: DatasetContract, dimension: Dimension, found: str) -> None:
    table = table_of(dimension.target)
    values = assignments(contract.columns_of(dimension.part))
    columns = ", ".join(f"t.{name}" for name in values)
    execute(f"""
        INSERT INTO {table} ({", ".join(values)})
        SELECT {columns} FROM (SELECT DISTINCT {as_row(values)} FROM {found} t) AS t
        WHERE num_nonnulls({columns}) > 0 AND NOT EXISTS (
            SELECT FROM {table} x WHERE {_same_names(dimension, "x", {name: f"t.{name}" for name in values})}
        )
        ORDER BY {columns}
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


def _insert_dimension(contract: DatasetContract, dimension: Dimension, run: Run, heads: str) -> None:
    """Insert the reports or locations that the new rows' heads point to and that are not there yet."""
    table, content_hash = table_of(dimension.target), f"{dimension.part.value}_hash"
    values = assignments(contract.dimension_columns(dimension)) | _looked_up(contract, dimension)
    execute(f"""
        WITH missing AS MATERIALIZED (
            SELECT min(t.line) AS line FROM {heads_table(run.pk)} t JOIN {heads} USING (line)
            WHERE NOT EXISTS (SELECT FROM {table} x WHERE x.content_hash = t.{content_hash})
            GROUP BY t.{content_hash}
        )
        INSERT INTO {table} (content_hash, run_id, line, {", ".join(values)})
        SELECT t.{content_hash}, {run.pk}, t.line, {", ".join(values.values())}
        FROM missing JOIN {heads_table(run.pk)} t USING (line)
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


def _upsert_esmr_facilities(run: Run, new: NewRows) -> None:
    upsert_esmr_facilities(
        f"""(
            SELECT head.facility_place_id, head.facility_name, head.region, head.location_place_type,
                head.latitude, head.longitude, head.sampling_date, t.line AS sample_line
            FROM {new.source} JOIN {heads_table(run.pk)} head ON head.line = t.head_line
            WHERE {new.condition}
        )""",
        run.pk,
    )


def _insert(contract: DatasetContract, run: Run, new: NewRows) -> int:
    values = assignments(contract.columns_of(Part.RECORD))
    kept = [*assignments(contract.columns_of(Part.SAMPLING)), *_SAMPLE_COPIES[contract.target]]
    kept += [f"{dimension.field}_id" for dimension in contract.wide_dimensions]
    values |= {name: f"head.{name}" for name in kept}
    ours, theirs = (f"ROW({names(contract.name_columns, alias)})" for alias in ("t", "names"))
    values |= {f"{dimension.field}_id": f"names.{dimension.field}_id" for dimension in contract.small_dimensions}
    return execute(
        f"""
        INSERT INTO {table_of(contract.target)}
            (resource_id, run_id, line, copies, content_hash, text_hash, {", ".join(values)})
        SELECT %s, %s, t.line, coalesce(c.copies, 1), t.content_hash, t.text_hash,
            {", ".join(values.values())}
        FROM {new.source}
            JOIN {_create_placed_heads(contract, run)} head ON head.line = t.head_line
            JOIN {_create_placed_names(contract, run)} names
                ON names.names_key = t.names_key AND {theirs} IS NOT DISTINCT FROM {ours}
            LEFT JOIN {new.contents} c ON c.content_hash = t.content_hash
        WHERE {new.condition}
        """,
        [run.resource_id, run.pk],
    )


def _create_placed_heads(contract: DatasetContract, run: Run) -> str:
    """The heads with the ids of their report and location, and what else of them a sample stores."""
    values = assignments(contract.columns_of(Part.SAMPLING)) | _SAMPLE_COPIES[contract.target]
    joins = []
    for dimension in contract.wide_dimensions:
        name = dimension.field
        values[f"{name}_id"] = f"{name}.id"
        joins.append(f"JOIN {table_of(dimension.target)} {name} ON {name}.content_hash = t.{dimension.part.value}_hash")
    return create_work_table(
        run.pk,
        "placed_heads",
        f"SELECT t.line, {as_row(values)} FROM {heads_table(run.pk)} t {' '.join(joins)}",
        analyzed="line",
    )


def _create_placed_names(contract: DatasetContract, run: Run) -> str:
    """The parameters, methods and units that occur together, with their ids."""
    ids, joins = [], []
    for dimension in contract.small_dimensions:
        name = dimension.field
        ids.append(f"{name}.id AS {name}_id")
        condition = _same_names(dimension, name, assignments(contract.columns_of(dimension.part)))
        joins.append(f"LEFT JOIN {table_of(dimension.target)} {name} ON {condition}")
    return create_work_table(
        run.pk, "placed_names", f"SELECT t.*, {', '.join(ids)} FROM {work_table(run.pk, 'names')} t {' '.join(joins)}"
    )
