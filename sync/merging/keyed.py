"""Merging records that have a key in the source: enrollments and events.

Of the rows of one key the current one is chosen by the dataset's rule, compared with the stored
record by the hash of its typed values, and inserted or updated only where that differs. Records
that the file no longer has are marked removed, and come back when they return. Every real change
is written to the change log.
"""

from dataclasses import dataclass
from datetime import datetime

from django.apps import apps
from django.db import models

from facilities.lookup_sql import county_number, enrollment_id, pacific_moment, region_code
from facilities.models import SupersededCertification
from sync.contracts.base import Column, DatasetContract, Kind, Part, Shape
from sync.merging.outcome import MergeCounts, count, create_work_table, execute
from sync.models import DataQualityIssue, RecordChange, Run
from sync.staging import stage_column, typed_table

PROGRAMS = {"smarts_industrial_facilities": "industrial", "smarts_construction_facilities": "construction"}


@dataclass(frozen=True, slots=True)
class _Target:
    """The table that a keyed dataset is merged into, as SQL sees it."""

    contract: DatasetContract
    table: str
    detail_table: str
    key: str  # the record's key as one text, in the table (alias x)
    scope: str  # condition for the rows of this dataset in the table (alias x)

    @classmethod
    def of(cls, contract: DatasetContract) -> "_Target":
        table = _table(contract.target)
        if contract.shape is Shape.ENROLLMENTS:
            detail = _table(contract.detail)
            scope = f"x.program = '{PROGRAMS[contract.slug]}'"
            return cls(contract, table, detail, "coalesce(x.app_id, '') || '|' || coalesce(x.wdid, '')", scope)
        return cls(contract, table, "", f"x.{contract.column(contract.key[0]).field}", "true")

    def incoming_key(self, alias: str) -> str:
        """The same key in the typed table."""
        names = [stage_column(self.contract.column(name)) for name in self.contract.key]
        return " || '|' || ".join(f"coalesce({alias}.{name}, '')" for name in names)

    def values(self, part: Part) -> dict[str, str]:
        """Model column -> expression over the typed table (alias t), for the published columns of a part."""
        return {column.field: stored_value(column) for column in self.contract.columns_of(part)}

    def derived(self) -> dict[str, str]:
        """Model column -> expression, for what is looked up from the published values."""
        values = self.values(Part.RECORD)
        derived = {"region_id": region_code(values["region_published"])}
        if self.contract.shape is Shape.ENROLLMENTS:
            derived["county_id"] = county_number(values["site_county"], values["county_published"])
            derived["program"] = f"'{PROGRAMS[self.contract.slug]}'"
        else:
            derived["enrollment_id"] = enrollment_id(values["app_id"], values["wdid"], values["permit_type"])
        return derived


def stored_value(column: Column) -> str:
    """The value of a typed column (alias t) as its model field stores it."""
    name = f"t.{stage_column(column)}"
    return pacific_moment(name) if column.kind is Kind.ORACLE_TIMESTAMP else name


def merge_keyed(contract: DatasetContract, run: Run, now: datetime) -> MergeCounts:
    """Merge the run's typed rows; inside `session_settings`, in the publishing transaction."""
    target = _Target.of(contract)
    winners = create_work_table(run.pk, "winners", _choose(target, run))
    delta = create_work_table(
        run.pk,
        "delta",
        f"SELECT w.line, w.record_key, x.id AS target_id, x.removed_by_id IS NOT NULL AS is_returned "
        f"FROM {winners} w LEFT JOIN {target.table} x ON {target.key} = w.record_key AND {target.scope} "
        f"WHERE x.id IS NULL OR x.content_hash <> w.content_hash OR x.removed_by_id IS NOT NULL",
    )
    valid = count(f"SELECT count(*) FROM {typed_table(run.pk)} WHERE rejected IS NULL")
    distinct = count(f"SELECT count(*) FROM {winners}")
    counts = MergeCounts(duplicate=valid - distinct)
    counts.returned = count(f"SELECT count(*) FROM {delta} WHERE is_returned")
    _log_changes(target, run, winners, delta)
    counts.inserted = _insert(target, run, now, winners, delta)
    counts.updated = _update(target, run, now, winners, delta)
    counts.unchanged = distinct - counts.inserted - counts.updated
    counts.removed = _remove(target, run, now, winners)
    if contract.shape is Shape.ENROLLMENTS:
        _merge_details(target, winners, delta)
        _merge_superseded(target, run, winners)
    else:
        run.issues += _report_conflicts(target, run, winners)
    return counts


def _table(label: str) -> str:
    model: type[models.Model] = apps.get_model(label)
    return model._meta.db_table


def _choose(target: _Target, run: Run) -> str:
    """The query for the current row of every key.

    Enrollments: Active first, then latest certification, then latest NOI date, then last in file.
    Events: the last row in the file. Of rows that differ only in what the publisher joined in,
    the one with most of it, whatever the order of the file, so that a changed order is no change.
    """
    source = f"SELECT {target.incoming_key('t')} AS record_key, t.* FROM {typed_table(run.pk)} t WHERE rejected IS NULL"
    if target.contract.shape is Shape.ENROLLMENTS:
        order = (
            "(lower(status) = 'active') DESC NULLS LAST, certification_date DESC NULLS LAST, "
            "noi_processed_date DESC NULLS LAST, line DESC"
        )
        return f"SELECT DISTINCT ON (record_key) * FROM ({source}) AS r ORDER BY record_key, {order}"
    joined = ", ".join(stage_column(column) for column in target.contract.kept_columns if column.joined)
    return (
        f"SELECT DISTINCT ON (record_key) * FROM (SELECT r.*, max(line) OVER (PARTITION BY record_key, own_hash) "
        f"AS last_line FROM ({source}) AS r) AS ranked "
        f"ORDER BY record_key, last_line DESC, num_nonnulls({joined}) DESC, content_hash, line"
    )


def _log_changes(target: _Target, run: Run, winners: str, delta: str) -> None:
    own = {column.field: stored_value(column) for column in target.contract.kept_columns if not column.joined}
    fields = ", ".join(f"{expression} AS {field}" for field, expression in own.items())
    detail = f"LEFT JOIN {target.detail_table} d ON d.enrollment_id = x.id" if target.detail_table else ""
    old = "to_jsonb(x) || coalesce(to_jsonb(d), '{}')" if target.detail_table else "to_jsonb(x)"
    execute(
        f"INSERT INTO {RecordChange._meta.db_table} "
        f"(resource_id, run_id, kind, record_key, field, old_value, new_value) "
        f"SELECT %s, %s, CASE WHEN change.field = '' THEN 'returned' ELSE 'updated' END, c.record_key, change.field, "
        f"change.old, change.new FROM {delta} c JOIN {winners} t USING (line) JOIN {target.table} x ON x.id = c.target_id "
        f"{detail} CROSS JOIN LATERAL (SELECT {fields}) AS n CROSS JOIN LATERAL ("
        f"SELECT '' AS field, NULL AS old, NULL AS new WHERE c.is_returned UNION ALL "
        f"SELECT f.key, ({old}) ->> f.key, f.value FROM jsonb_each_text(to_jsonb(n)) AS f "
        f"WHERE ({old}) ->> f.key IS DISTINCT FROM f.value) AS change ORDER BY c.line, change.field",
        [run.resource_id, run.pk],
    )


def _insert(target: _Target, run: Run, now: datetime, winners: str, delta: str) -> int:
    values = target.values(Part.RECORD) | target.derived()
    return execute(
        f"INSERT INTO {target.table} ({', '.join(values)}, content_hash, run_id, line, first_seen_at, changed_at) "
        f"SELECT {', '.join(values.values())}, t.content_hash, %s, t.line, %s, %s "
        f"FROM {delta} c JOIN {winners} t USING (line) WHERE c.target_id IS NULL ORDER BY t.line",
        [run.pk, now, now],
    )


def _update(target: _Target, run: Run, now: datetime, winners: str, delta: str) -> int:
    values = target.values(Part.RECORD) | target.derived()
    assignments = ", ".join(f"{column} = {expression}" for column, expression in values.items())
    return execute(
        f"UPDATE {target.table} x SET {assignments}, content_hash = t.content_hash, run_id = %s, line = t.line, "
        f"changed_at = %s, removed_by_id = NULL FROM {delta} c JOIN {winners} t USING (line) WHERE x.id = c.target_id",
        [run.pk, now],
    )


def _remove(target: _Target, run: Run, now: datetime, winners: str) -> int:
    return execute(
        f"WITH gone AS (UPDATE {target.table} x SET removed_by_id = %s, changed_at = %s "
        f"WHERE x.removed_by_id IS NULL AND {target.scope} "
        f"AND NOT EXISTS (SELECT FROM {winners} w WHERE w.record_key = {target.key}) RETURNING {target.key} AS record_key) "
        f"INSERT INTO {RecordChange._meta.db_table} (resource_id, run_id, kind, record_key, field) "
        f"SELECT %s, %s, 'removed', record_key, '' FROM gone ORDER BY record_key",
        [run.pk, now, run.resource_id, run.pk],
    )


def _merge_details(target: _Target, winners: str, delta: str) -> None:
    values = target.values(Part.DETAIL)
    excluded = ", ".join(f"{column} = EXCLUDED.{column}" for column in values)
    execute(
        f"INSERT INTO {target.detail_table} (enrollment_id, {', '.join(values)}) "
        f"SELECT x.id, {', '.join(values.values())} FROM {delta} c JOIN {winners} t USING (line) "
        f"JOIN {target.table} x ON {target.key} = c.record_key AND {target.scope} ORDER BY x.id "
        f"ON CONFLICT (enrollment_id) DO UPDATE SET {excluded}"
    )


def _merge_superseded(target: _Target, run: Run, winners: str) -> None:
    """Keep the rows that are not current and differ, as they stand in this file."""
    values = target.values(Part.RECORD) | target.values(Part.DETAIL)
    fields = ", ".join(f"{expression} AS {field}" for field, expression in values.items())
    superseded = create_work_table(
        run.pk,
        "superseded",
        f"SELECT DISTINCT ON (x.id, t.content_hash) x.id AS enrollment_id, t.* FROM {typed_table(run.pk)} t "
        f"JOIN {winners} w ON w.record_key = {target.incoming_key('t')} AND w.content_hash <> t.content_hash "
        f"JOIN {target.table} x ON {target.key} = w.record_key AND {target.scope} "
        f"WHERE t.rejected IS NULL ORDER BY x.id, t.content_hash, t.line",
    )
    table = SupersededCertification._meta.db_table
    execute(
        f"DELETE FROM {table} s USING {target.table} x, {winners} w "
        f"WHERE s.enrollment_id = x.id AND {target.scope} AND w.record_key = {target.key} AND NOT EXISTS "
        f"(SELECT FROM {superseded} t WHERE t.enrollment_id = x.id AND t.content_hash = s.content_hash)"
    )
    execute(
        f'INSERT INTO {table} (enrollment_id, content_hash, run_id, line, "values") '
        f"SELECT t.enrollment_id, t.content_hash, %s, t.line, to_jsonb(n) FROM {superseded} t "
        f"CROSS JOIN LATERAL (SELECT {fields}) AS n ORDER BY t.line ON CONFLICT DO NOTHING",
        [run.pk],
    )


def _report_conflicts(target: _Target, run: Run, winners: str) -> int:
    """An issue for every row that says something else about its event than the row that was kept."""
    return execute(
        f'INSERT INTO {DataQualityIssue._meta.db_table} (run_id, line, "column", code, raw_value, stored_value) '
        f"SELECT %s, t.line, '', 'conflicting_rows', w.record_key, 'line ' || w.line FROM {typed_table(run.pk)} t "
        f"JOIN {winners} w ON w.record_key = {target.incoming_key('t')} AND w.own_hash <> t.own_hash "
        f"WHERE t.rejected IS NULL ORDER BY t.line",
        [run.pk],
    )
