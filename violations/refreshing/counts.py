"""Numbers by kind, place and month: what a refresh of the list changed is added to them and taken from them."""

from violations.computation.statements import execute
from violations.computation.stormwater_readings import reporting_year_of
from violations.refreshing.scope import RefreshScope, make_table
from violations.refreshing.unified_list import COUNTED_COLUMNS, DIFFERING
from violations.rules import unified

_CELL = ("source", "month", "type", "status", "county_id", "region_id", "reporting_year")
_SOURCES = ", ".join(f"'{source}'" for source in unified.SOURCES)
_EVENTS = ", ".join(f"'{source}'" for source in unified.EVENTS)


def refresh_counts(scope: RefreshScope) -> int:
    """Bring the numbers in line with the list and the events; returns how many cells were written.

    Of the list what differed is enough, unless everything is looked at: then it is counted anew. Inspections
    and enforcement actions, which are few, are counted anew where any has changed.
    """
    if scope.is_everything:
        parts = [_listed("violations_unifiedfinding"), _stored(_SOURCES)]
    else:
        parts = [
            _listed(DIFFERING, where="kind <> 'went'"),
            _listed(DIFFERING, prefix="old_", sign="-", where="kind <> 'appeared'"),
        ]
    written = _add(" UNION ALL ".join(parts))
    if scope.has_events:
        parts = [
            _events("enforcement_enforcementaction", unified.ENFORCEMENT, "enforcement_type", "issuance_date"),
            _events("enforcement_inspection", unified.INSPECTION, "purpose", "inspection_date"),
            _stored(_EVENTS),
        ]
        written += _add(" UNION ALL ".join(parts))
    return written


def _listed(table: str, *, prefix: str = "", sign: str = "", where: str = "true") -> str:
    """Query of the cells of rows of the list, or of what differed in it, to be added or taken away."""
    values = {name: f"r.{prefix}{name}" for name in COUNTED_COLUMNS}
    values["month"] = f"date_trunc('month', {values['event_date']})::date"
    return f"""
        SELECT {", ".join(f"{values[name]} AS {name}" for name in _CELL)}, {sign}count(*) AS findings,
            {sign}(count(*) FILTER (WHERE {values["is_serious"]})) AS serious
        FROM {table} r WHERE {where} GROUP BY 1, 2, 3, 4, 5, 6, 7
    """


def _events(table: str, source: str, kind: str, day: str) -> str:
    """Query of the cells of published inspections or enforcement actions."""
    return f"""
        SELECT '{source}', date_trunc('month', r.{day})::date, r.{kind}, r.status,
            coalesce(e.county_id, f.county_id), coalesce(r.region_id, e.region_id, f.region_id),
            {reporting_year_of(f"r.{day}")}::smallint, count(*), 0
        FROM {table} r
        LEFT JOIN facilities_smartsenrollment e ON e.id = r.enrollment_id
        LEFT JOIN facilities_facility f ON f.id = e.facility_id
        WHERE r.removed_by_id IS NULL GROUP BY 1, 2, 3, 4, 5, 6, 7
    """


def _stored(sources: str) -> str:
    """Query of the cells that are stored, to be taken away."""
    return f"SELECT {', '.join(_CELL)}, -findings, -serious FROM violations_findingcount WHERE source IN ({sources})"


def _add(cells: str) -> int:
    """Add numbers to the stored cells; cells without any go. Returns how many were written."""
    listed = ", ".join(_CELL)
    change = make_table(
        "refresh_cell",
        f"""
        SELECT {listed}, sum(findings)::integer AS findings, sum(serious)::integer AS serious
        FROM ({cells}) AS c ({listed}, findings, serious)
        GROUP BY {listed} HAVING sum(findings) <> 0 OR sum(serious) <> 0
        """,
    )
    written = execute(f"""
        INSERT INTO violations_findingcount AS known ({listed}, findings, serious)
        SELECT {listed}, findings, serious FROM {change} ORDER BY {listed}
        ON CONFLICT ({listed}) DO UPDATE SET
            findings = known.findings + EXCLUDED.findings, serious = known.serious + EXCLUDED.serious
    """)
    if written:
        execute("DELETE FROM violations_findingcount WHERE findings = 0")
    return written
