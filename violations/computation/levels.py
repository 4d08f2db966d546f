"""ERA levels: `rules.era_levels` and `rules.sensitivity`, set-wise, and only what changed is written."""

from datetime import date

from stormwater.database.filling import indexes_built_afterwards
from violations.computation.statements import create_work_table, execute, planned_without, work_table
from violations.models import EraLevel
from violations.rules.reporting_year import reporting_year
from violations.rules.vocabulary import BASELINE, IGP_ANNUAL, LEVEL_1, LEVEL_2

_KEY = ("enrollment_id", "pollutant_id", "reporting_year")
_COLUMNS = (
    "level", "entered_year", "evaluation_due", "report_due", "action_plan_due", "technical_report_due", "results",
    "censored", "is_exceeded", "is_sensitive",
)  # fmt: skip


def refresh_levels(units: str | None, scope: str | None, today: date, *, is_new_year: bool) -> int:
    """Bring the levels in line with the units judged now; returns how many rows were written.

    `scope` is the work table of the units; None: all were judged. Years of theirs that were not
    judged again are taken as they are stored. With `is_new_year` all levels are brought up to today's year.
    """
    keys = ", ".join(_KEY)
    years = create_work_table("level_year", _years(units, scope, is_new_year=is_new_year), keys=keys)
    levels = f"({_levels(years, reporting_year(today))})"
    # Each year finds its own results at once; a merge by enrollment and pollutant compares all years with all.
    with planned_without("nestloop", "mergejoin"):
        if not EraLevel.objects.exists():
            return _insert(f"{levels} n")
        differing = create_work_table("differing_level", _differing(levels, scope, is_new_year=is_new_year), keys="id")
    columns, new = ", ".join(_COLUMNS), ", ".join(f"n.{name}" for name in _COLUMNS)
    written = execute(f"""
        DELETE FROM violations_eralevel x USING {differing} n WHERE n.id = x.id AND n.enrollment_id IS NULL
    """)
    written += execute(f"""
        UPDATE violations_eralevel x SET ({columns}) = ROW({new}) FROM {differing} n
        WHERE n.id = x.id AND n.enrollment_id IS NOT NULL
    """)
    return written + _insert(f"{differing} n WHERE n.id IS NULL")


def _insert(levels: str) -> int:
    columns = ", ".join((*_KEY, *_COLUMNS))
    with indexes_built_afterwards("violations_eralevel"):
        return execute(f"INSERT INTO violations_eralevel ({columns}) SELECT {columns} FROM {levels} ORDER BY 1, 2, 3")


def _differing(levels: str, scope: str | None, *, is_new_year: bool) -> str:
    """Query of the levels to write: id of the stored row, null if it is new, and new values, all null if it goes."""
    new, old = (", ".join(f"{alias}.{name}" for name in _COLUMNS) for alias in "nx")
    within = ""
    if scope and not is_new_year:
        within = f"WHERE (x.enrollment_id, x.pollutant_id) IN (SELECT enrollment_id, pollutant_id FROM {scope} w)"
    return f"""
        SELECT x.id, n.* FROM {levels} n
        FULL JOIN (SELECT * FROM violations_eralevel x {within}) x
            ON {" AND ".join(f"n.{name} = x.{name}" for name in _KEY)}
        WHERE x.id IS NULL OR n.enrollment_id IS NULL OR ({old}) IS DISTINCT FROM ({new})
    """


def _years(units: str | None, scope: str | None, *, is_new_year: bool) -> str:
    """Query of the years with usable results of every enrollment and pollutant to go through."""
    columns = "enrollment_id, pollutant_id, reporting_year, results, censored, is_exceeded, is_sensitive"
    parts = []
    if units:
        parts.append(f"""
            SELECT u.enrollment_id, u.pollutant_id, u.reporting_year, u.results, u.censored,
                EXISTS (
                    SELECT FROM {work_table("igp_over")} o WHERE o.enrollment_id = u.enrollment_id
                        AND o.pollutant_id = u.pollutant_id AND o.reporting_year = u.reporting_year
                ) AS is_exceeded,
                coalesce(u.total <= b.high * u.results AND u.at_limit > b.high * u.results, false) AS is_sensitive
            FROM {units} u
            LEFT JOIN violations_benchmark b ON b.rule = '{IGP_ANNUAL}' AND b.pollutant_id = u.pollutant_id
                AND make_date(u.reporting_year, 7, 1)
                    BETWEEN coalesce(b.valid_from, '-infinity') AND coalesce(b.valid_to, 'infinity')
            WHERE u.results > 0
        """)
    if scope:
        pairs = "" if is_new_year else f"""
            AND (x.enrollment_id, x.pollutant_id) IN (SELECT enrollment_id, pollutant_id FROM {scope} w)
        """  # fmt: skip
        parts.append(f"""
            SELECT {columns} FROM violations_eralevel x WHERE x.results > 0 {pairs} AND NOT EXISTS (
                SELECT FROM {scope} w WHERE w.enrollment_id = x.enrollment_id AND w.pollutant_id = x.pollutant_id
                    AND w.reporting_year = x.reporting_year
            )
        """)
    return " UNION ALL ".join(parts) or f"SELECT {columns} FROM violations_eralevel WHERE false"


def _levels(years: str, current: int) -> str:
    """Query of the levels: one more for each earlier year with an exceedance, two at most."""
    return f"""
        SELECT enrollment_id, pollutant_id, reporting_year, results, censored, is_exceeded, is_sensitive, entered_year,
            CASE steps WHEN 0 THEN '{BASELINE}' WHEN 1 THEN '{LEVEL_1}' ELSE '{LEVEL_2}' END AS level,
            CASE WHEN steps = 1 THEN make_date(entered_year, 10, 1) END AS evaluation_due,
            CASE WHEN steps = 1 THEN make_date(entered_year + 1, 1, 1) END AS report_due,
            CASE WHEN steps > 1 THEN make_date(entered_year + 1, 1, 1) END AS action_plan_due,
            CASE WHEN steps > 1 THEN make_date(entered_year + 2, 1, 1) END AS technical_report_due
        FROM (
            SELECT *, (CASE WHEN steps = 1 THEN first_exceeded WHEN steps > 1 THEN second_exceeded END + 1)::smallint
                AS entered_year
            FROM (
                SELECT e.enrollment_id, e.pollutant_id, y.reporting_year::smallint, coalesce(r.results, 0) AS results,
                    coalesce(r.censored, 0) AS censored, coalesce(r.is_exceeded, false) AS is_exceeded,
                    coalesce(r.is_sensitive, false) AS is_sensitive, e.exceeded[1] AS first_exceeded,
                    e.exceeded[2] AS second_exceeded,
                    coalesce((e.exceeded[1] < y.reporting_year)::integer, 0)
                        + coalesce((e.exceeded[2] < y.reporting_year)::integer, 0) AS steps
                FROM (
                    SELECT enrollment_id, pollutant_id, min(reporting_year) AS first_year,
                        array_agg(reporting_year ORDER BY reporting_year) FILTER (WHERE is_exceeded) AS exceeded
                    FROM {years} GROUP BY enrollment_id, pollutant_id
                ) e
                CROSS JOIN LATERAL generate_series(e.first_year, {current}) AS y (reporting_year)
                LEFT JOIN {years} r ON r.enrollment_id = e.enrollment_id AND r.pollutant_id = e.pollutant_id
                    AND r.reporting_year = y.reporting_year
            ) s
        ) s
    """
