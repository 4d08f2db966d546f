"""Merging records that have a key in the source: enrollments and events.

Of the rows of one key the current one is chosen by the dataset's rule, compared with the stored
record by the hash of its typed values, and inserted or updated only where that differs. Records
that the file no longer has are marked removed, and come back when they return. Every real change
is written to the change log.
"""

from dataclasses import dataclass
from datetime import datetime

from facilities.lookup_sql import county_number, enrollment_id, region_code
from facilities.models import SupersededCertification
from facilities.services.membership import facility_of_enrollment, found_facilities
from stormwater.database.filling import indexes_built_afterwards
from sync.contracts.base import DatasetContract, Part, Shape
from sync.merging.counts import MergeCounts
from sync.merging.targets import as_row, assignments, table_of
from sync.models import DataQualityIssue, RecordChange, Run
from sync.staging import stage_column
from sync.statements import count, create_work_table, execute, typed_table, work_table


@dataclass(frozen=True, slots=True)
class _Merge:
    """One merge: the dataset, the run, and the two work tables that its statements share."""

    contract: DatasetContract
    run: Run
    now: datetime

    @property
    def is_enrollments(self) -> bool:
        return self.contract.shape is Shape.ENROLLMENTS

    @property
    def table(self) -> str:
        return table_of(self.contract.target)

    @property
    def typed(self) -> str:
        return typed_table(self.run.pk)

    @property
    def winners(self) -> str:
        """The current row of every key: the typed row, with `record_key`."""
        return work_table(self.run.pk, "winners")

    @property
    def delta(self) -> str:
        """What is to be inserted or updated: line, record_key, target_id (null if new), is_returned."""
        return work_table(self.run.pk, "delta")

    @property
    def stored_key(self) -> str:
        """A stored record's key as one text (alias x)."""
        if self.is_enrollments:
            return "coalesce(x.app_id, '') || '|' || coalesce(x.wdid, '')"
        return f"x.{self.contract.column(self.contract.key[0]).field}"

    @property
    def incoming_key(self) -> str:
        """A typed row's key as one text (alias t)."""
        names = [stage_column(self.contract.column(name)) for name in self.contract.key]
        return " || '|' || ".join(f"coalesce(t.{name}, '')" for name in names)

    @property
    def scope(self) -> str:
        """Condition for the stored records of this dataset (alias x)."""
        return f"x.program = '{self.contract.program}'" if self.is_enrollments else "true"

    @property
    def values(self) -> dict[str, str]:
        """Model column -> expression (alias t): what was published, and what is looked up from it."""
        values = assignments(self.contract.columns_of(Part.RECORD))
        looked_up = {"region_id": region_code(values["region_published"])}
        if self.is_enrollments:
            looked_up["county_id"] = county_number(values["site_county"], values["county_published"])
            looked_up["program"] = f"'{self.contract.program}'"
        else:
            looked_up["enrollment_id"] = enrollment_id(values["app_id"], values["wdid"], values["permit_type"])
        return values | looked_up


def merge_keyed(contract: DatasetContract, run: Run, now: datetime) -> MergeCounts:
    """Merge the run's typed rows; inside `session_settings`, in the publishing transaction."""
    merge = _Merge(contract, run, now)
    _choose_winners(merge)
    _find_delta(merge)
    valid = count(f"SELECT count(*) FROM {merge.typed} WHERE rejected IS NULL")
    distinct = count(f"SELECT count(*) FROM {merge.winners}")
    counts = MergeCounts(duplicate=valid - distinct)
    counts.returned = count(f"SELECT count(*) FROM {merge.delta} WHERE is_returned")
    _log_changes(merge)
    counts.inserted = _insert(merge)
    counts.updated = _update(merge)
    counts.unchanged = distinct - counts.inserted - counts.updated
    counts.removed = _remove(merge)
    if merge.is_enrollments:
        _merge_details(merge)
        _merge_superseded(merge)
    else:
        run.issues += _report_conflicts(merge)
    return counts


def _choose_winners(merge: _Merge) -> None:
    """Choose the current row of every key.

    Enrollments: Active first, then latest certification, then latest NOI date, then last in file.
    Events: the last row in the file. Of rows that differ only in what the publisher joined in,
    the one with most of it, whatever the order of the file, so that a changed order is no change.
    """
    if merge.is_enrollments:
        order = """
            (lower(status) = 'active') DESC NULLS LAST, certification_date DESC NULLS LAST,
            noi_processed_date DESC NULLS LAST, line DESC
        """
    else:
        joined = ", ".join(stage_column(column) for column in merge.contract.kept_columns if column.joined)
        order = f"last_line DESC, num_nonnulls({joined}) DESC, content_hash, line"
    create_work_table(
        merge.run.pk,
        "winners",
        f"""
        SELECT DISTINCT ON (record_key) * FROM (
            SELECT keyed.*, max(line) OVER (PARTITION BY record_key, own_hash) AS last_line
            FROM (SELECT {merge.incoming_key} AS record_key, t.* FROM {merge.typed} t WHERE rejected IS NULL) AS keyed
        ) AS ranked
        ORDER BY record_key, {order}
        """,
    )


def _find_delta(merge: _Merge) -> None:
    create_work_table(
        merge.run.pk,
        "delta",
        f"""
        SELECT w.line, w.record_key, x.id AS target_id, x.removed_by_id IS NOT NULL AS is_returned
        FROM {merge.winners} w
        LEFT JOIN {merge.table} x ON {merge.stored_key} = w.record_key AND {merge.scope}
        WHERE x.id IS NULL OR x.content_hash <> w.content_hash OR x.removed_by_id IS NOT NULL
        """,
    )


def _log_changes(merge: _Merge) -> None:
    """A row for each field that is about to change, and one for a record's return."""
    own = assignments([column for column in merge.contract.kept_columns if not column.joined])
    old, detail = "to_jsonb(x)", ""
    if merge.contract.detail:
        old = "to_jsonb(x) || coalesce(to_jsonb(d), '{}')"
        detail = f"LEFT JOIN {table_of(merge.contract.detail)} d ON d.enrollment_id = x.id"
    execute(
        f"""
        INSERT INTO {RecordChange._meta.db_table}
            (resource_id, run_id, kind, record_key, field, old_value, new_value)
        SELECT %s, %s, change.kind, c.record_key, change.field, change.old, change.new
        FROM {merge.delta} c
        JOIN {merge.winners} t USING (line)
        JOIN {merge.table} x ON x.id = c.target_id
        {detail}
        CROSS JOIN LATERAL (SELECT {as_row(own)}) AS incoming
        CROSS JOIN LATERAL (
            SELECT 'returned' AS kind, '' AS field, NULL AS old, NULL AS new WHERE c.is_returned
            UNION ALL
            SELECT 'updated', f.key, ({old}) ->> f.key, f.value FROM jsonb_each_text(to_jsonb(incoming)) AS f
            WHERE ({old}) ->> f.key IS DISTINCT FROM f.value
        ) AS change
        ORDER BY c.line, change.field
        """,
        [merge.run.resource_id, merge.run.pk],
    )


def _insert(merge: _Merge) -> int:
    values = merge.values
    new = f"{merge.delta} c JOIN {merge.winners} t USING (line)"
    if merge.is_enrollments:
        # With its facility from the start: given afterwards, that would be a second version of every row.
        ids = f"SELECT {values['app_id']} AS app_id, {values['wdid']} AS wdid"
        found_facilities(f"({ids} FROM {new} WHERE c.target_id IS NULL)")
        values["facility_id"] = f"(SELECT {facility_of_enrollment()} FROM ({ids}) e)"
    coming = count(f"SELECT count(*) FROM {merge.delta} WHERE target_id IS NULL")
    with indexes_built_afterwards(merge.table, coming=coming):
        return execute(
            f"""
            INSERT INTO {merge.table}
                ({", ".join(values)}, content_hash, run_id, line, first_seen_at, changed_at)
            SELECT {", ".join(values.values())}, t.content_hash, %s, t.line, %s, %s
            FROM {new} WHERE c.target_id IS NULL ORDER BY t.line
            """,
            [merge.run.pk, merge.now, merge.now],
        )


def _update(merge: _Merge) -> int:
    changes = ", ".join(f"{column} = {expression}" for column, expression in merge.values.items())
    return execute(
        f"""
        UPDATE {merge.table} x
        SET {changes}, content_hash = t.content_hash, run_id = %s, line = t.line, changed_at = %s, removed_by_id = NULL
        FROM {merge.delta} c JOIN {merge.winners} t USING (line)
        WHERE x.id = c.target_id
        """,
        [merge.run.pk, merge.now],
    )


def _remove(merge: _Merge) -> int:
    return execute(
        f"""
        WITH gone AS (
            UPDATE {merge.table} x SET removed_by_id = %s, changed_at = %s
            WHERE x.removed_by_id IS NULL AND {merge.scope}
                AND NOT EXISTS (SELECT FROM {merge.winners} w WHERE w.record_key = {merge.stored_key})
            RETURNING {merge.stored_key} AS record_key
        )
        INSERT INTO {RecordChange._meta.db_table} (resource_id, run_id, kind, record_key, field)
        SELECT %s, %s, 'removed', record_key, '' FROM gone ORDER BY record_key
        """,
        [merge.run.pk, merge.now, merge.run.resource_id, merge.run.pk],
    )


def _merge_details(merge: _Merge) -> None:
    values = assignments(merge.contract.columns_of(Part.DETAIL))
    execute(f"""
        INSERT INTO {table_of(merge.contract.detail)} (enrollment_id, {", ".join(values)})
        SELECT x.id, {", ".join(values.values())}
        FROM {merge.delta} c
        JOIN {merge.winners} t USING (line)
        JOIN {merge.table} x ON {merge.stored_key} = c.record_key AND {merge.scope}
        ORDER BY x.id
        ON CONFLICT (enrollment_id) DO UPDATE SET {", ".join(f"{name} = EXCLUDED.{name}" for name in values)}
    """)


def _merge_superseded(merge: _Merge) -> None:
    """Keep the rows that are not current and differ, as they stand in this file."""
    table = SupersededCertification._meta.db_table
    superseded = create_work_table(
        merge.run.pk,
        "superseded",
        f"""
        SELECT DISTINCT ON (x.id, t.content_hash) x.id AS enrollment_id, t.*
        FROM {merge.typed} t
        JOIN {merge.winners} w ON w.record_key = {merge.incoming_key} AND w.content_hash <> t.content_hash
        JOIN {merge.table} x ON {merge.stored_key} = w.record_key AND {merge.scope}
        WHERE t.rejected IS NULL
        ORDER BY x.id, t.content_hash, t.line
        """,
    )
    execute(f"""
        DELETE FROM {table} s USING {merge.table} x, {merge.winners} w
        WHERE s.enrollment_id = x.id AND {merge.scope} AND w.record_key = {merge.stored_key}
            AND NOT EXISTS (
                SELECT FROM {superseded} t WHERE t.enrollment_id = x.id AND t.content_hash = s.content_hash
            )
    """)
    execute(
        f"""
        INSERT INTO {table} (enrollment_id, content_hash, run_id, line, "values")
        SELECT t.enrollment_id, t.content_hash, %s, t.line, to_jsonb(certified)
        FROM {superseded} t
        CROSS JOIN LATERAL (SELECT {as_row(assignments(merge.contract.kept_columns))}) AS certified
        WHERE NOT EXISTS (
            SELECT FROM {table} s WHERE s.enrollment_id = t.enrollment_id AND s.content_hash = t.content_hash
        )
        ORDER BY t.line
        """,
        [merge.run.pk],
    )


def _report_conflicts(merge: _Merge) -> int:
    """An issue for every row that says something else about its event than the row that was kept."""
    return execute(
        f"""
        INSERT INTO {DataQualityIssue._meta.db_table} (run_id, line, "column", code, raw_value, stored_value)
        SELECT %s, t.line, '', 'conflicting_rows', w.record_key, 'line ' || w.line
        FROM {merge.typed} t
        JOIN {merge.winners} w ON w.record_key = {merge.incoming_key} AND w.own_hash <> t.own_hash
        WHERE t.rejected IS NULL ORDER BY t.line
        """,
        [merge.run.pk],
    )
