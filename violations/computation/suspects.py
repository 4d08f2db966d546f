"""Results that look like ug/L typed as mg/L: `rules.suspect_units`, of the exceedances of metals."""

from violations.computation.reference_tables import ReferenceTables
from violations.computation.scope import Scope
from violations.computation.statements import create_work_table, execute, fetch
from violations.computation.stormwater import INDUSTRIAL
from violations.computation.stormwater_readings import once_per_sample, stormwater_readings
from violations.models import Pollutant
from violations.rules.suspect_units import TIMES_THE_MEDIAN
from violations.rules.vocabulary import IGP


def flag_suspect_units(tables: ReferenceTables, scope: Scope, units: str | None) -> int:
    """Flag suspect results of the standing exceedances whose enrollment and metal were judged.

    Returns how many exceedances changed. The median is of all years, so a result of one year can make
    that of another suspect. `units` is the table of the industrial units that were judged.
    """
    resource = fetch("SELECT id FROM sync_resource WHERE slug = %s", [INDUSTRIAL.resource])
    metals = list(Pollutant.objects.filter(is_metal=True).values_list("pk", flat=True))
    if not resource or not units:
        return 0
    possible = ""
    if scope.is_everything:  # then the units tell where nothing lies that far apart
        possible = f"""
            AND (x.enrollment_id, x.pollutant_id) IN (
                SELECT enrollment_id, pollutant_id FROM {units} GROUP BY enrollment_id, pollutant_id
                HAVING max(highest) >= {TIMES_THE_MEDIAN} * min(lowest_detected)
            )
        """
    within = "" if scope.is_everything else f"""
        AND (x.enrollment_id, x.pollutant_id) IN (SELECT enrollment_id, pollutant_id FROM {scope.of_family(IGP)} w)
    """  # fmt: skip
    pairs = create_work_table(
        "suspect_pair",
        f"""
        SELECT DISTINCT x.enrollment_id, x.pollutant_id FROM violations_exceedance x
        JOIN violations_pollutant p ON p.id = x.pollutant_id AND p.is_metal
        WHERE x.went_at IS NULL AND (x.enrollment_id IS NOT NULL {within} {possible}
            OR x.suspect_unit_ids <> '{{}}')
        """,
    )
    readings = stormwater_readings(
        tables, resource=resource[0][0], pollutants=metals, first_day=INDUSTRIAL.first_day, pairs=pairs
    )
    suspects = create_work_table(
        "suspect",
        f"""
        WITH detected AS MATERIALIZED (
            SELECT r.id, r.enrollment_id, r.pollutant_id, r.value FROM ({once_per_sample(readings)}) r
            WHERE r.problem IS NULL AND NOT r.is_censored
        )
        SELECT d.enrollment_id, d.pollutant_id, d.id FROM detected d
        JOIN (
            SELECT enrollment_id, pollutant_id, (ordered[(number + 1) / 2] + ordered[number / 2 + 1]) / 2 AS median
            FROM (
                SELECT enrollment_id, pollutant_id, count(*)::integer AS number,
                    array_agg(value ORDER BY value) AS ordered
                FROM detected GROUP BY enrollment_id, pollutant_id
            ) o
        ) m USING (enrollment_id, pollutant_id)
        WHERE d.value > 0 AND d.value >= m.median * {TIMES_THE_MEDIAN}
        """,
    )
    return execute(f"""
        UPDATE violations_exceedance x SET suspect_unit_ids = v.ids
        FROM (
            SELECT x.id, ARRAY(
                SELECT s.id FROM {suspects} s WHERE s.enrollment_id = x.enrollment_id
                    AND s.pollutant_id = x.pollutant_id AND s.id = ANY(x.sample_ids) ORDER BY s.id
            )::bigint[] AS ids
            FROM violations_exceedance x JOIN {pairs} p ON p.enrollment_id = x.enrollment_id
                AND p.pollutant_id = x.pollutant_id WHERE x.went_at IS NULL
        ) v WHERE v.id = x.id AND v.ids <> x.suspect_unit_ids
    """)
