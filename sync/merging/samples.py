"""Merging samples, which have no key in the source: the content of a row is its identity.

Exact repeats are stored once, with their count. A correction is one row removed and one added.
Rows that are as they were are not touched, so loading a file again writes nothing.
"""

from django.db import connection

from stormwater.database.filling import indexes_built_afterwards
from sync.contracts.base import DatasetContract, Part
from sync.merging.counts import MergeCounts
from sync.merging.dimensions import SAMPLE_COPIES, NewRows, create_placed_heads, create_placed_names, merge_dimensions
from sync.merging.targets import assignments, table_of
from sync.models import Run
from sync.pending_indexes import leave_indexes_for_later
from sync.sample_texts import leftover_table
from sync.statements import count, create_work_table, execute, typed_table


def merge_samples(contract: DatasetContract, run: Run, *, is_first: bool, leaves_indexes: bool = False) -> MergeCounts:
    """Merge the run's typed rows; inside `session_settings`, in the publishing transaction.

    `is_first` says that nothing of the resource has been published yet: all rows are typed, and all
    are new. Else the typed rows are those that `sync.sample_texts.compare_texts` did not know.
    `leaves_indexes` leaves a table that was empty without its indexes, for the first files that follow.
    """
    # Every join here is of whole tables. Where an estimate is off, a nested loop takes hours.
    execute("SET LOCAL enable_nestloop = off")
    counts = MergeCounts()
    new = _all_rows(run, counts) if is_first else _reconcile(contract, run, counts)
    merge_dimensions(contract, run, new)
    if leaves_indexes:
        leave_indexes_for_later(table_of(contract.target))
    with indexes_built_afterwards(table_of(contract.target)) as was_empty:
        counts.inserted = _insert(contract, run, new)
    if is_first:
        _analyze(contract, is_target_done=was_empty)
    else:
        published, copies = _published(contract, run)
        counts.unchanged = published - counts.inserted - counts.updated
        counts.duplicate = copies - published
    return counts


def _analyze(contract: DatasetContract, *, is_target_done: bool) -> None:
    """Take the statistics of what has just been filled: what follows a publish may come before autovacuum does."""
    for label in (*([] if is_target_done else [contract.target]), *(one.target for one in contract.wide_dimensions)):
        execute(f"ANALYZE {table_of(label)}")


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
                FROM (
                    {_looked_up(table, leftover_table(run.pk), "id")} UNION
                    {_looked_up(table, contents, "content_hash")}
                ) AS s LEFT JOIN {leftover_table(run.pk)} l ON l.id = s.id
                WHERE s.resource_id = {run.resource_id}
            ) AS x
            FULL JOIN {contents} n USING (content_hash)
        ) AS delta
        """,
    )
    counts.returned = count(f"SELECT count(*) FROM {delta} WHERE copies > 0 AND removed_by_id IS NOT NULL")
    counts.removed = execute(
        f"""
        UPDATE {table} SET removed_by_id = %s
        WHERE {_is_among("id", delta, "id IS NOT NULL AND copies = 0 AND removed_by_id IS NULL")}
        """,
        [run.pk],
    )
    has_changed = "id IS NOT NULL AND copies > 0 AND (removed_by_id IS NOT NULL OR copies <> stored_copies)"
    counts.updated = execute(
        f"""
        UPDATE {table} x SET removed_by_id = NULL, copies = d.copies, run_id = %s, line = d.line
        FROM {delta} d WHERE x.id = d.id AND {_is_among("x.id", delta, has_changed)}
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
        WHERE x.id = d.id AND {_is_among("x.id", delta, "id IS NOT NULL AND is_respelled")} AND t.text_hash IS NOT NULL
    """)


def _looked_up(table: str, wanted: str, key: str) -> str:
    """The query for the stored rows whose `key`, which leads an index, is among those of a work table.

    Each is looked up by that index and nothing else: the planner has no statistics of a table or resource that
    has just been filled, and would rather read all of it, or all of the resource for every row.
    """
    kept = "x.id, x.resource_id, x.content_hash, x.copies, x.removed_by_id"
    return f"""
        SELECT found.* FROM {wanted} w
        CROSS JOIN LATERAL (SELECT {kept} FROM {table} x WHERE x.{key} = w.{key} OFFSET 0) AS found
    """


def _is_among(column: str, table: str, condition: str) -> str:
    """Whether an id is one of those in a work table: looked up one by one."""
    return f"{column} = ANY (ARRAY(SELECT id FROM {table} WHERE {condition}))"


def _insert(contract: DatasetContract, run: Run, new: NewRows) -> int:
    values = assignments(contract.columns_of(Part.RECORD))
    kept = [*assignments(contract.columns_of(Part.SAMPLING)), *SAMPLE_COPIES[contract.target]]
    kept += [f"{dimension.field}_id" for dimension in contract.wide_dimensions]
    values |= {name: f"head.{name}" for name in kept}
    values |= {f"{dimension.field}_id": f"names.{dimension.field}_id" for dimension in contract.small_dimensions}
    return execute(
        f"""
        INSERT INTO {table_of(contract.target)}
            (resource_id, run_id, line, copies, content_hash, text_hash, {", ".join(values)})
        SELECT %s, %s, t.line, coalesce(c.copies, 1), t.content_hash, t.text_hash,
            {", ".join(values.values())}
        FROM {new.source}
            JOIN {create_placed_heads(contract, run)} head ON head.line = t.head_line
            JOIN {create_placed_names(contract, run)} names USING (names_key)
            LEFT JOIN {new.contents} c ON c.content_hash = t.content_hash
        WHERE {new.condition}
        """,
        [run.resource_id, run.pk],
    )
