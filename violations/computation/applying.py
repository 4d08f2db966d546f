"""Bringing the stored findings in line with those just computed: only what differs is written, and logged."""

from dataclasses import dataclass

from stormwater.database.filling import indexes_built_afterwards
from violations.computation.findings_table import (
    EXCEEDANCE,
    EXCEEDANCE_COLUMNS,
    FINDING_COLUMNS,
    INDETERMINATE,
    UNUSABLE_COLUMNS,
)
from violations.computation.scope import Scope, effluent_bucket
from violations.computation.statements import create_work_table, execute, fetch, work_table
from violations.computation.stormwater_readings import NO_DAY
from violations.models import Exceedance, FindingChange, Indeterminate, UnusableResults

_TABLES = {EXCEEDANCE: Exceedance._meta.db_table, INDETERMINATE: Indeterminate._meta.db_table}
_APPEARED, _CHANGED, _WENT = (kind.value for kind in FindingChange.Kind)


@dataclass(slots=True)
class Changes:
    """How many findings, or rows of the list that shows them, were changed, in which way."""

    appeared: int = 0
    changed: int = 0
    went: int = 0

    @property
    def any(self) -> bool:
        """Whether there was a change at all."""
        return bool(self.appeared or self.changed or self.went)


def apply_findings(scope: Scope, computation: int) -> Changes:
    """Write what appeared, changed and went, with the change log, under this computation's number."""
    changes = Changes()
    for verdict in _TABLES:
        differing = create_work_table(f"differing_{verdict}", _differing(verdict, scope), keys="id, public_id, kind")
        numbers = dict(fetch(f"SELECT kind, count(*) FROM {differing} GROUP BY kind"))
        if not numbers:
            continue
        _write(verdict, differing)
        _log(verdict, differing, scope, computation)
        changes.appeared += numbers.get(_APPEARED, 0)
        changes.changed += numbers.get(_CHANGED, 0)
        changes.went += numbers.get(_WENT, 0)
    return changes


def close_periods(today: str, computation: int) -> Changes:
    """Make findings final whose year has ended by now (or provisional, if the day is an earlier one)."""
    changes = Changes()
    for verdict, table in _TABLES.items():
        is_open = f"""CASE
            WHEN x.enrollment_id IS NULL THEN extract(year FROM x.period_start) >= extract(year FROM '{today}'::date)
            ELSE make_date(x.reporting_year + 1, 6, 30) >= '{today}'
        END"""
        changes.changed += execute(f"""
            WITH closed AS (
                UPDATE {table} x SET is_provisional = NOT is_provisional, changed_at = now()
                WHERE went_at IS NULL AND is_provisional <> {is_open} RETURNING public_id, is_provisional
            )
            INSERT INTO violations_findingchange
                (computation_id, public_id, verdict, kind, old_values, new_values)
            SELECT {computation}, public_id, '{verdict}', '{_CHANGED}',
                jsonb_build_object('is_provisional', NOT is_provisional),
                jsonb_build_object('is_provisional', is_provisional)
            FROM closed ORDER BY public_id
        """)
    return changes


def apply_unusable(scope: Scope) -> int:
    """Write the numbers of unusable results that differ; returns how many."""
    table, new = UnusableResults._meta.db_table, work_table("unusable")
    keys = [name for name in UNUSABLE_COLUMNS if name != "results"]
    null = {"family": "''", "reason": "''", "period_start": NO_DAY}
    same = " AND ".join(
        f"coalesce(n.{name}, {null.get(name, '0')}) = coalesce(x.{name}, {null.get(name, '0')})" for name in keys
    )
    written = execute(f"""
        DELETE FROM {table} x WHERE {_in_scope(table, scope)} AND NOT EXISTS (SELECT FROM {new} n WHERE {same})
    """)
    columns = ", ".join(UNUSABLE_COLUMNS)
    return written + execute(f"""
        INSERT INTO {table} AS x ({columns}) SELECT {columns} FROM {new} n ORDER BY {", ".join(keys)}
        ON CONFLICT ON CONSTRAINT unusable_results_unique DO UPDATE SET results = EXCLUDED.results
        WHERE x.results <> EXCLUDED.results
    """)


def _columns_of(verdict: str) -> list[str]:
    return [*FINDING_COLUMNS, *(EXCEEDANCE_COLUMNS if verdict == EXCEEDANCE else ())]


def _in_scope(table: str, scope: Scope) -> str:
    """Condition that a stored row (alias x) belongs to a unit that was judged again."""
    if scope.is_everything:
        return "true"
    is_finding = table in _TABLES.values()
    family = "left(x.rule, 3)" if is_finding else "x.family"  # igp, cgp
    is_su = "x.pollutant_id IN (SELECT id FROM violations_pollutant WHERE unit = 'SU')"
    bucket = effluent_bucket("x.period_start", is_su, "x.esmr_facility_id") if is_finding else "x.period_start"
    # Each list is a hash that every stored row is looked up in as it comes.
    return f"""(
        ({family}, x.enrollment_id, x.pollutant_id, coalesce(x.period_start, {NO_DAY})) IN (
            SELECT family, enrollment_id, pollutant_id, coalesce(bucket, {NO_DAY}) FROM {scope.stormwater}
        )
        OR (x.esmr_facility_id, x.pollutant_id, coalesce({bucket}, {NO_DAY})) IN (
            SELECT esmr_facility_id, pollutant_id, coalesce(bucket, {NO_DAY}) FROM {scope.effluent}
        )
    )"""


def _differing(verdict: str, scope: Scope) -> str:
    """Query of the findings to write: id of the stored one, what happens, and the new values."""
    columns = _columns_of(verdict)
    new, old = (", ".join(f"{alias}.{name}" for name in columns) for alias in "nx")
    return f"""
        SELECT x.id, coalesce(n.public_id, x.public_id) AS public_id,
            CASE
                WHEN n.public_id IS NULL THEN '{_WENT}'
                WHEN x.id IS NULL OR x.went_at IS NOT NULL THEN '{_APPEARED}' ELSE '{_CHANGED}'
            END AS kind,
            x.enrollment_id AS old_enrollment_id, x.esmr_facility_id AS old_esmr_facility_id,
            x.pollutant_id AS old_pollutant_id, x.reporting_year AS old_reporting_year, {new}
        FROM (SELECT * FROM {work_table("new")} WHERE verdict = '{verdict}') n
        FULL JOIN (
            SELECT x.* FROM {_TABLES[verdict]} x WHERE {_in_scope(_TABLES[verdict], scope)}
        ) x ON x.public_id = n.public_id
        WHERE x.id IS NULL OR (n.public_id IS NULL AND x.went_at IS NULL)
            OR (n.public_id IS NOT NULL AND (x.went_at IS NOT NULL OR ({new}) IS DISTINCT FROM ({old})))
    """


def _write(verdict: str, differing: str) -> None:
    table, columns = _TABLES[verdict], _columns_of(verdict)
    listed, new = ", ".join(columns), ", ".join(f"d.{name}" for name in columns)
    # The log needs the values as they were.
    create_work_table(
        f"old_{verdict}",
        f"SELECT x.* FROM {table} x JOIN {differing} d ON d.id = x.id WHERE d.kind = '{_CHANGED}'",
        keys="id",
    )
    execute(f"UPDATE {table} x SET went_at = now() FROM {differing} d WHERE d.id = x.id AND d.kind = '{_WENT}'")
    execute(f"""
        UPDATE {table} x SET ({listed}) = ROW({new}), went_at = NULL, changed_at = now() FROM {differing} d
        WHERE d.id = x.id AND d.kind <> '{_WENT}'
    """)
    extra, values = (", suspect_unit_ids, dismissal_reason", ", '{}', ''") if verdict == EXCEEDANCE else ("", "")
    with indexes_built_afterwards(table):
        execute(f"""
            INSERT INTO {table} (public_id, appeared_at, changed_at, {listed}{extra})
            SELECT d.public_id, now(), now(), {new}{values} FROM {differing} d WHERE d.id IS NULL ORDER BY d.public_id
        """)


def _log(verdict: str, differing: str, scope: Scope, computation: int) -> None:
    """Write the change log: of what changed the fields that did, from and to; and which run was the cause."""
    run, joined = "NULL::integer", ""
    if not scope.is_everything:
        run = "coalesce(stormwater.run_id, effluent.run_id)"
        joined = " ".join(
            f"""
            LEFT JOIN (
                SELECT {subject}, pollutant_id, reporting_year, max(run_id) AS run_id FROM {units} GROUP BY 1, 2, 3
            ) {alias} ON {alias}.{subject} = coalesce(d.{subject}, d.old_{subject})
                AND {alias}.pollutant_id = coalesce(d.pollutant_id, d.old_pollutant_id)
                AND {alias}.reporting_year = coalesce(d.reporting_year, d.old_reporting_year)
            """
            for units, alias, subject in (
                (scope.stormwater, "stormwater", "enrollment_id"),
                (scope.effluent, "effluent", "esmr_facility_id"),
            )
        )
    names = ", ".join(f"'{name}'" for name in _columns_of(verdict))
    was, is_now = (
        ", ".join(
            f"CASE WHEN o.{name} IS DISTINCT FROM d.{name} THEN to_jsonb({alias}.{name}) END"
            for name in _columns_of(verdict)
        )
        for alias in "od"
    )
    with indexes_built_afterwards("violations_findingchange"):
        execute(f"""
            INSERT INTO violations_findingchange
                (computation_id, run_id, public_id, verdict, kind, old_values, new_values)
            SELECT {computation}, {run}, d.public_id, '{verdict}', d.kind, v.old_values, v.new_values
            FROM {differing} d {joined}
            LEFT JOIN {work_table(f"old_{verdict}")} o ON o.id = d.id
            LEFT JOIN LATERAL (
                SELECT jsonb_object_agg(name, was) AS old_values, jsonb_object_agg(name, is_now) AS new_values
                FROM unnest(ARRAY[{names}], ARRAY[{was}], ARRAY[{is_now}]) AS f (name, was, is_now)
                WHERE o.id IS NOT NULL AND num_nonnulls(was, is_now) > 0
            ) v ON true
            ORDER BY d.public_id
        """)
