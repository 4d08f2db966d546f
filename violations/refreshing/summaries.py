"""Numbers per facility, worked out anew for the facilities of the scope; only those that differ are written."""

from violations.computation.statements import execute, fetch
from violations.refreshing.scope import FACILITIES, RefreshScope, make_table
from violations.rules import unified
from violations.rules.reporting_year import reporting_year
from violations.rules.vocabulary import LEVELS

_REGULATORY = f"u.source = '{unified.SMARTS_REGULATORY}'"
_STANDS = f"u.source <> '{unified.SMARTS_REGULATORY}' AND u.status = '{unified.STANDS}'"
_KNOWN = ", ".join(f"'{status}'" for status in (unified.ON_RECORD, unified.POTENTIAL, unified.DISMISSED_BY_BOARD))
_NOT_DISMISSED = f"{_REGULATORY} AND u.status IS DISTINCT FROM '{unified.DISMISSED_BY_BOARD}'"

# Column -> aggregate over the facility's rows of the list (u), its inspections (i) or its enforcement actions (a).
_OF_LIST = {
    "violations_on_record": f"count(*) FILTER (WHERE {_REGULATORY} AND u.status = '{unified.ON_RECORD}')",
    "violations_potential": f"count(*) FILTER (WHERE {_REGULATORY} AND u.status = '{unified.POTENTIAL}')",
    "violations_dismissed": f"count(*) FILTER (WHERE {_REGULATORY} AND u.status = '{unified.DISMISSED_BY_BOARD}')",
    "violations_other": f"count(*) FILTER (WHERE {_REGULATORY} AND (u.status IN ({_KNOWN})) IS NOT TRUE)",
    "violations_serious": f"count(*) FILTER (WHERE {_NOT_DISMISSED} AND u.is_serious)",
    "latest_violation_date": f"max(u.event_date) FILTER (WHERE {_NOT_DISMISSED})",
    "exceedances_esmr": f"count(*) FILTER (WHERE {_STANDS} AND u.source = '{unified.ESMR_COMPUTED}')",
    "exceedances_smarts": f"count(*) FILTER (WHERE {_STANDS} AND u.source = '{unified.SMARTS_COMPUTED}')",
    "exceedances_provisional": f"count(*) FILTER (WHERE {_STANDS} AND u.is_provisional)",
    "exceedances_serious": f"count(*) FILTER (WHERE {_STANDS} AND u.is_serious)",
    "exceedances_dismissed": f"count(*) FILTER (WHERE u.status = '{unified.DISMISSED}' AND NOT {_REGULATORY})",
    "latest_exceedance_date": f"max(u.event_date) FILTER (WHERE {_STANDS})",
}
_OF_INSPECTIONS = {"inspections": "count(*)", "last_inspection_date": "max(i.inspection_date)"}
_OF_ENFORCEMENT = {
    "enforcement_actions": "count(*)",
    "enforcement_active": "count(*) FILTER (WHERE lower(a.status) = 'active')",
    "last_enforcement_date": "max(a.issuance_date)",
}
_COLUMNS = (*_OF_LIST, "worst_era_level", *_OF_INSPECTIONS, *_OF_ENFORCEMENT)


def refresh_summaries(scope: RefreshScope) -> int:
    """Bring the summaries of the scope's facilities in line; returns how many were written.

    Facilities without members, as those that were merged into another one, have none.
    """
    if scope.is_everything:
        make_table(FACILITIES, "SELECT id FROM facilities_facility")
    summaries = make_table("refresh_summary", _summaries(), keys="facility_id")
    columns, values = ", ".join(_COLUMNS), ", ".join(f"n.{name}" for name in _COLUMNS)
    stored = ", ".join(f"x.{name}" for name in _COLUMNS)
    written = execute(f"""
        DELETE FROM violations_facilitysummary x USING {FACILITIES} s
        WHERE x.facility_id = s.id AND NOT EXISTS (SELECT FROM {summaries} n WHERE n.facility_id = s.id)
    """)
    return written + execute(f"""
        INSERT INTO violations_facilitysummary AS known (facility_id, {columns}, changed_at)
        SELECT n.facility_id, {values}, now() FROM {summaries} n
        LEFT JOIN LATERAL (SELECT * FROM violations_facilitysummary x WHERE x.facility_id = n.facility_id) x ON true
        WHERE x.facility_id IS NULL OR ({values}) IS DISTINCT FROM ({stored})
        ORDER BY n.facility_id
        ON CONFLICT (facility_id) DO UPDATE SET
            ({columns}, changed_at) = ROW({", ".join(f"EXCLUDED.{name}" for name in _COLUMNS)}, now())
    """)


def _summaries() -> str:
    """Query of the summaries of the scope's facilities that have members."""
    listed, inspected, enforced = (
        ", ".join(f"{expression} AS {name}" for name, expression in part.items())
        for part in (_OF_LIST, _OF_INSPECTIONS, _OF_ENFORCEMENT)
    )
    levels = ", ".join(f"'{level}'" for level in LEVELS)
    return f"""
        SELECT s.id AS facility_id, {", ".join(_COLUMNS)} FROM {FACILITIES} s
        CROSS JOIN LATERAL (SELECT {listed} FROM violations_unifiedfinding u WHERE u.facility_id = s.id) u
        CROSS JOIN LATERAL (
            SELECT (ARRAY[{levels}])[max(array_position(ARRAY[{levels}], y.level))] AS worst_era_level
            FROM {_of_members("violations_eralevel", "y", f"y.reporting_year = {_current_year()}")}
        ) y
        CROSS JOIN LATERAL (
            SELECT {inspected} FROM {_of_members("enforcement_inspection", "i", "i.removed_by_id IS NULL")}
        ) i
        CROSS JOIN LATERAL (
            SELECT {enforced} FROM {_of_members("enforcement_enforcementaction", "a", "a.removed_by_id IS NULL")}
        ) a
        WHERE EXISTS (SELECT FROM facilities_smartsenrollment m WHERE m.facility_id = s.id)
            OR EXISTS (SELECT FROM facilities_esmrfacility m WHERE m.facility_id = s.id)
    """


def _of_members(table: str, alias: str, condition: str) -> str:
    """FROM clause of the rows of a table that the facility's enrollments have, looked up one by one.

    By the enrollment and nothing else: of a table that has just been filled the planner has no statistics, and
    would rather go through all levels of the year for each enrollment.
    """
    return f"""(SELECT m.id FROM facilities_smartsenrollment m WHERE m.facility_id = s.id OFFSET 0) m
        CROSS JOIN LATERAL (SELECT * FROM {table} x WHERE x.enrollment_id = m.id OFFSET 0) {alias} WHERE {condition}"""


def _current_year() -> int:
    """The reporting year of the latest computation, whose levels are the current ones; no year before the first."""
    rows = fetch("SELECT as_of FROM violations_computation ORDER BY id DESC LIMIT 1")
    return reporting_year(rows[0][0]) if rows else -1
