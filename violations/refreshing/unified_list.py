"""The rows of the unified list as the records have them, and writing those that differ."""

from stormwater.database.filling import indexes_built_afterwards
from violations.computation.applying import Changes
from violations.computation.statements import execute, fetch
from violations.computation.stormwater_readings import reporting_year_of
from violations.refreshing.scope import ENROLLMENTS, ORPHANS, PLANTS, RefreshScope, make_table
from violations.rules import unified

# What differs, with the values as they were (`old_`) where the counts need them. `kind`: appeared, changed or went.
DIFFERING = "refresh_differing"
COUNTED_COLUMNS = ("source", "type", "status", "county_id", "region_id", "reporting_year", "event_date", "is_serious")

# Id of a record that has none of ours: from the id that the Water Boards gave it.
_PUBLIC_ID = """'smarts-' || CASE
    WHEN v.violation_id ~ '^[0-9A-Za-z]+$' THEN v.violation_id ELSE 'x' || md5(v.violation_id)
END"""
_STATUS = f"""CASE
    WHEN x.dismissed_at IS NOT NULL AND x.dismissed_inputs_hash = x.inputs_hash THEN '{unified.DISMISSED}'
    ELSE '{unified.STANDS}'
END"""
# While a year is open its last day is to come: its finding is dated by the latest result that it is made of.
_EVENT_DATE = """CASE
    WHEN x.is_provisional AND left(x.rule, 3) = 'igp' THEN coalesce((
        SELECT max(s.sample_date) FROM monitoring_smartssample s WHERE s.id = ANY(x.sample_ids)
    ), x.period_start)
    ELSE x.period_end
END"""
# Column -> expression of a regulatory violation (v, with enrollment e and facility f), and of an exceedance (x, with
# enrollment e, plant p, facility f, benchmark b and loaded limit l).
_COLUMNS = {
    "public_id": (_PUBLIC_ID, "x.public_id"),
    "source": (
        f"'{unified.SMARTS_REGULATORY}'",
        f"CASE WHEN x.enrollment_id IS NULL THEN '{unified.ESMR_COMPUTED}' ELSE '{unified.SMARTS_COMPUTED}' END",
    ),
    "exceedance_id": ("NULL::bigint", "x.id"),
    "violation_id": ("v.id", "NULL::bigint"),
    "facility_id": ("e.facility_id", "coalesce(e.facility_id, p.facility_id)"),
    "enrollment_id": ("v.enrollment_id", "x.enrollment_id"),
    "esmr_facility_id": ("NULL::bigint", "x.esmr_facility_id"),
    "wdid": ("coalesce(v.wdid, e.wdid)", "e.wdid"),
    "county_id": ("coalesce(e.county_id, f.county_id)", "coalesce(e.county_id, f.county_id)"),
    "region_id": ("coalesce(v.region_id, e.region_id, f.region_id)", "coalesce(e.region_id, p.region_id, f.region_id)"),
    "type": ("v.violation_type", "x.rule"),
    "pollutant_id": ("NULL::integer", "x.pollutant_id"),
    "status": ("v.status", _STATUS),
    "event_date": ("v.occurrence_date", _EVENT_DATE),
    "period_start": ("v.occurrence_date", "x.period_start"),
    "period_end": ("v.occurrence_date", "x.period_end"),
    "discovery_date": ("v.discovery_date", "NULL::date"),
    "reporting_year": (f"{reporting_year_of('v.occurrence_date')}::smallint", "x.reporting_year"),
    "priority": ("v.priority", "NULL::text"),
    "is_serious": ("v.is_serious", "x.is_serious"),
    "is_provisional": ("NULL::boolean", "x.is_provisional"),
    "permit": ("v.permit_type", "coalesce(b.permit, l.npdes_number, nullif(l.source, ''))"),
}


def refresh_list(scope: RefreshScope) -> Changes:
    """Bring the list in line with the records of the scope; leaves what differed in `DIFFERING`."""
    names = list(_COLUMNS)
    new, old = (", ".join(f"{alias}.{name}" for name in names) for alias in "nx")
    counted = ", ".join(f"x.{name} AS old_{name}" for name in COUNTED_COLUMNS)
    make_table(
        DIFFERING,
        f"""
        SELECT x.id, CASE WHEN x.id IS NULL THEN 'appeared' WHEN n.public_id IS NULL THEN 'went' ELSE 'changed' END
            AS kind, {new}, {counted}
        FROM ({_expected(scope)}) n FULL JOIN ({_stored(scope)}) x ON x.public_id = n.public_id
        WHERE x.id IS NULL OR n.public_id IS NULL OR ({new}) IS DISTINCT FROM ({old})
        """,
        keys="id, kind",
    )
    changes = Changes(**dict(fetch(f"SELECT kind, count(*) FROM {DIFFERING} GROUP BY kind")))
    if changes.went:
        execute(f"DELETE FROM violations_unifiedfinding x USING {DIFFERING} d WHERE d.id = x.id AND d.kind = 'went'")
    listed, values = ", ".join(names), ", ".join(f"d.{name}" for name in names)
    if changes.changed:
        execute(f"""
            UPDATE violations_unifiedfinding x SET ({listed}) = ROW({values}), changed_at = now()
            FROM {DIFFERING} d WHERE d.id = x.id AND d.kind = 'changed'
        """)
    if changes.appeared:
        with indexes_built_afterwards("violations_unifiedfinding"):
            execute(f"""
                INSERT INTO violations_unifiedfinding ({listed}, is_group_lead, changed_at)
                SELECT {values}, true, now() FROM {DIFFERING} d WHERE d.kind = 'appeared'
                ORDER BY d.event_date NULLS FIRST, d.public_id
            """)
    return changes


def _expected(scope: RefreshScope) -> str:
    """Query of the rows as they should be. Dischargers are looked up one by one unless it is about everything."""
    regulatory, computed = (
        ", ".join(f"{expressions[side]} AS {name}" for name, expressions in _COLUMNS.items()) for side in (0, 1)
    )
    violations, findings = "violations_regulatoryviolation", "violations_exceedance"
    if not scope.is_everything:
        violations = f"""(
            SELECT v.* FROM {ENROLLMENTS} s CROSS JOIN LATERAL (
                SELECT * FROM {violations} v WHERE v.enrollment_id = s.id
            ) v
            UNION ALL
            SELECT v.* FROM {ORPHANS} s CROSS JOIN LATERAL (
                SELECT * FROM {violations} v WHERE v.id = s.id AND v.enrollment_id IS NULL
            ) v
        )"""
        findings = "({})".format(
            " UNION ALL ".join(
                f"""
                SELECT x.* FROM {table} s CROSS JOIN LATERAL (
                    SELECT * FROM {findings} x WHERE x.{subject} = s.id AND x.went_at IS NULL
                ) x
                """
                for table, subject in ((ENROLLMENTS, "enrollment_id"), (PLANTS, "esmr_facility_id"))
            )
        )
    return f"""
        SELECT {regulatory} FROM {violations} v
        LEFT JOIN facilities_smartsenrollment e ON e.id = v.enrollment_id
        LEFT JOIN facilities_facility f ON f.id = e.facility_id
        WHERE v.removed_by_id IS NULL
        UNION ALL
        SELECT {computed} FROM {findings} x
        LEFT JOIN facilities_smartsenrollment e ON e.id = x.enrollment_id
        LEFT JOIN facilities_esmrfacility p ON p.id = x.esmr_facility_id
        LEFT JOIN facilities_facility f ON f.id = coalesce(e.facility_id, p.facility_id)
        LEFT JOIN violations_benchmark b ON b.id = x.benchmark_id
        LEFT JOIN violations_permitlimit l ON l.id = x.permit_limit_id
        WHERE x.went_at IS NULL
    """


def _stored(scope: RefreshScope) -> str:
    """Query of the rows that are there. A record that found its enrollment is in the scope both ways."""
    table = "violations_unifiedfinding"
    if scope.is_everything:
        return f"SELECT * FROM {table}"
    return " UNION ".join(
        f"SELECT x.* FROM {scoped} s CROSS JOIN LATERAL (SELECT * FROM {table} x WHERE x.{column} = s.id) x"
        for scoped, column in ((ENROLLMENTS, "enrollment_id"), (PLANTS, "esmr_facility_id"), (ORPHANS, "violation_id"))
    )
