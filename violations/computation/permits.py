"""Loaded permit limits over all samples: `rules.permit_limits`, set-wise.

What is chronic depends on all exceedances of a plant, and is worked out after they are written.
"""

from datetime import date

from violations.computation.effluent import insert_effluent_findings, insert_unusable
from violations.computation.findings_table import (
    EXCEEDANCE,
    inputs_hash,
    insert_findings,
    public_id,
    rule_version,
)
from violations.computation.statements import create_work_table, execute
from violations.computation.stormwater_readings import judged
from violations.rules.effluent import ANALYTICAL
from violations.rules.permit_limits import CHRONIC_DAYS, CHRONIC_NUMBER, COMPARED_WITH_RESULTS, SERIOUS_SHARE
from violations.rules.vocabulary import LOADED_LIMIT, NONE_CENSORED, PERMIT, PERMIT_LIMIT, UNCHANGED

_WITH_RESULTS = ", ".join(f"'{statistic}'" for statistic in sorted(COMPARED_WITH_RESULTS))
_RULE = f"'{PERMIT_LIMIT}'"
# What names a limit in every copy of the database.
_LIMIT_IDENTITY = ("u.limit_location", "u.limit_statistic", "u.unit", "u.valid_from")


def find_permit_limits(rows: str, today: date) -> None:
    """Insert what is over the limits of the plants in `rows`, and count what is unusable."""
    compared = create_work_table(
        "permit",
        judged(_compared(rows, f"""
            NOT l.uses_median
            AND (r.statistic = l.statistic OR (r.statistic = '{ANALYTICAL}' AND l.statistic IN ({_WITH_RESULTS})))
        """), "sampling_date"),
    )  # fmt: skip
    insert_unusable(PERMIT, compared)
    insert_effluent_findings(
        f"{compared} u",
        today,
        rule=_RULE,
        confidence=f"'{LOADED_LIMIT}'",
        permit_limit="u.permit_limit_id",
        extra_identity=_LIMIT_IDENTITY,
        is_serious=_serious("u.value"),
    )
    measured = create_work_table(
        "permit_median",
        judged(_compared(rows, f"l.uses_median AND r.statistic = '{ANALYTICAL}'"), "sampling_date"),
    )
    insert_unusable(PERMIT, measured)
    _insert_medians(measured, today)


def mark_chronic(plant: int | None = None) -> int:
    """Say of every standing exceedance of a loaded limit whether it is among four within six months.

    Of one plant (id of its `EsmrFacility`), or of all. Those that staff dismissed do not count and are
    not chronic. Returns how many changed.
    """
    within = "" if plant is None else "AND esmr_facility_id = %s"
    return execute(
        f"""
        WITH standing AS (
            SELECT id, esmr_facility_id, permit_limit_id, location, period_start, period_end,
                coalesce(dismissed_at IS NOT NULL AND dismissed_inputs_hash = inputs_hash, false) AS is_dismissed
            FROM violations_exceedance WHERE rule = {_RULE} AND went_at IS NULL {within}
        ),
        occasion AS (
            SELECT DISTINCT esmr_facility_id, permit_limit_id, location, period_start, period_end FROM standing
            WHERE NOT is_dismissed
        ),
        beginning AS (
            SELECT f.esmr_facility_id, f.period_end FROM (SELECT DISTINCT esmr_facility_id, period_end FROM occasion) f
            JOIN occasion o ON o.esmr_facility_id = f.esmr_facility_id
                AND o.period_end BETWEEN f.period_end AND f.period_end + {CHRONIC_DAYS}
            GROUP BY f.esmr_facility_id, f.period_end HAVING count(*) >= {CHRONIC_NUMBER}
        ),
        verdict AS (
            SELECT s.id, NOT s.is_dismissed AND EXISTS (
                SELECT FROM beginning b WHERE b.esmr_facility_id = s.esmr_facility_id
                    AND s.period_end BETWEEN b.period_end AND b.period_end + {CHRONIC_DAYS}
            ) AS is_chronic FROM standing s
        )
        UPDATE violations_exceedance x SET is_chronic = v.is_chronic FROM verdict v
        WHERE v.id = x.id AND x.is_chronic IS DISTINCT FROM v.is_chronic
        """,
        None if plant is None else [plant],
    )


def _compared(rows: str, condition: str) -> str:
    """Query of the rows beside the limits that they are compared with.

    A limit in mg/L and a row in lb/day have nothing to say to each other; a row in no known unit has
    something to say that nobody understands, and is unusable.
    """
    return f"""
        SELECT r.id, r.esmr_facility_id, r.location, r.parameter_id, r.method_id, r.calculated_method, r.unit_id,
            r.sampling_date, r.sampling_time, r.ordinal, r.content_hash, r.pollutant_id, r.reporting_year, r.bucket,
            l.statistic, r.result, r.rl, r.mdl, r.kind, r.valid_low, r.valid_high, r.is_su, r.is_censored,
            CASE WHEN r.is_su THEN r.scale WHEN r.published_unit = l.unit THEN r.published_scale END AS scale,
            l.id AS permit_limit_id, l.location AS limit_location, l.statistic AS limit_statistic, l.low, l.high,
            l.unit, l.valid_from, p.permit_group
        FROM {rows} r
        JOIN violations_permitlimit l ON l.esmr_facility_id = r.esmr_facility_id AND l.pollutant_id = r.pollutant_id
            AND (l.location IS NULL OR l.location = r.location OR lower(l.location) = lower(r.location_name))
            AND (r.sampling_date IS NULL OR r.sampling_date
                BETWEEN coalesce(l.valid_from, '-infinity') AND coalesce(l.valid_to, 'infinity'))
            AND (r.is_su OR r.published_unit IS NULL OR r.published_unit = l.unit)
            AND {condition}
        JOIN violations_pollutant p ON p.id = r.pollutant_id
    """


def _serious(value: str) -> str:
    """Whether an exceedance (alias u) is serious, by its pollutant's group; null for no group."""
    shares = " ".join(f"WHEN '{group}' THEN {share}" for group, share in SERIOUS_SHARE.items())
    return f"CASE WHEN {value} > u.high THEN {value} >= u.high * (1 + CASE u.permit_group {shares} END) END"


def _insert_medians(measured: str, today: date) -> None:
    """Compare the median of a location's laboratory results of a month with limits that ask for it.

    Not detected is lowest, then not quantified, then values; all but values count as zero. Of an even
    number the mean of the middle two, or the lower if one of them is no value.
    """
    months = f"""
        SELECT u.*, CASE
            WHEN u.results % 2 = 1 THEN u.ordered[u.results / 2 + 1]
            WHEN u.is_below[u.results / 2] THEN 0
            ELSE (u.ordered[u.results / 2] + u.ordered[u.results / 2 + 1]) / 2
        END AS value, u.is_below[(u.results + 1) / 2] AS is_no_value
        FROM (
            SELECT esmr_facility_id, location, pollutant_id, permit_limit_id, limit_location, limit_statistic, low,
                high, unit, valid_from, permit_group, min(reporting_year) AS reporting_year,
                date_trunc('month', sampling_date)::date AS month, count(*)::integer AS results,
                count(*) FILTER (WHERE is_censored)::integer AS censored, bool_or(is_lower_bound) AS is_lower_bound,
                array_agg(value ORDER BY is_censored DESC, value) AS ordered,
                array_agg(is_censored ORDER BY is_censored DESC, value) AS is_below,
                array_agg(id ORDER BY id) AS ids, string_agg(content_hash::text, ',' ORDER BY content_hash) AS hashes
            FROM {measured} WHERE problem IS NULL
            GROUP BY esmr_facility_id, location, pollutant_id, permit_limit_id, limit_location, limit_statistic, low,
                high, unit, valid_from, permit_group, month
        ) u
    """
    insert_findings(
        {
            "verdict": f"'{EXCEEDANCE}'",
            "public_id": public_id(
                "exc", _RULE, "f.place_id", "u.location", "p.key", "u.month", "'median'", *_LIMIT_IDENTITY
            ),
            "rule": _RULE,
            "rule_version": rule_version(_RULE),
            "esmr_facility_id": "u.esmr_facility_id",
            "location": "u.location",
            "pollutant_id": "u.pollutant_id",
            "reporting_year": "u.reporting_year",
            "period_start": "u.month",
            "period_end": "(u.month + interval '1 month - 1 day')::date",
            "value": "trim_scale(round(u.value, 9))",
            "limit_low": "u.low",
            "limit_high": "u.high",
            "unit": "u.unit",
            "permit_limit_id": "u.permit_limit_id",
            "results": "u.results",
            "censored": "u.censored",
            "is_lower_bound": "u.is_lower_bound",
            "sensitivity": f"CASE WHEN u.censored > 0 THEN '{UNCHANGED}' ELSE '{NONE_CENSORED}' END",
            "is_provisional": f"extract(year FROM u.month) >= {today.year}",
            "confidence": f"'{LOADED_LIMIT}'",
            "sample_ids": "u.ids",
            "inputs_hash": inputs_hash("u.hashes", "u.low", "u.high"),
            "is_serious": _serious("u.value"),
        },
        f"""
        ({months}) u JOIN facilities_esmrfacility f ON f.id = u.esmr_facility_id
        JOIN violations_pollutant p ON p.id = u.pollutant_id
        WHERE u.value > u.high OR (u.value < u.low AND NOT u.is_no_value AND NOT u.is_lower_bound)
        """,
    )
