"""Stormwater samples as the rules take them, in SQL: `violations.rules.readings`, set-wise.

A property test holds this against the pure functions.
"""

from collections.abc import Iterable

from violations.computation.few_units import samples_of
from violations.computation.reference_tables import ReferenceTables, kind_of
from violations.rules.readings import (
    BAD_DATE,
    BELOW,
    CENSORED,
    EQUAL,
    GREATER_THAN,
    LESS_THAN,
    NULL_RESULT,
    OUT_OF_RANGE,
    QUALIFIER,
    UNIT,
)

# Keeps the planner from merging a sub-select with what is around it, but workers can still share it: of
# a plain 0, which is cast to bigint, the planner does not see in time that it is constant.
BARRIER = "OFFSET '0'"
# Stands for the period of what has no date where units are joined: nulls could not be compared by hash.
NO_DAY = "'-infinity'::date"
_BELOW = ", ".join(f"'{kind}'" for kind in sorted(BELOW))
# The sample that a result is of; a pollutant in several forms counts once in it.
_SAMPLE = "report_id, location_id, sample_code, sample_date, sample_time"


def is_censored(row: str, meaning: str, kind: str) -> str:
    """Whether a result is below its reporting limit."""
    return f"""coalesce(
        CASE WHEN {kind} = '{EQUAL}' THEN {row}.result < {row}.rl AND NOT {meaning}.is_su ELSE {kind} IN ({_BELOW}) END,
        false
    )"""


def judged(rows: str, day: str) -> str:
    """Typed rows with what is wrong with them, or their value, in the canonical unit.

    `value` is zero of a censored one, and `at_limit` the highest that it can be; null of all others.
    `rows` is a query with the columns scale, kind, is_censored, is_su, result, rl, mdl, valid_low,
    valid_high and the day. The barriers keep the planner from working each of them out several times.
    """
    problem = f"""CASE
        WHEN k.scale IS NULL THEN '{UNIT}'
        WHEN k.kind IS NULL THEN '{QUALIFIER}'
        WHEN k.is_su AND k.kind IN ({_BELOW}) THEN '{CENSORED}'
        WHEN NOT k.is_censored AND k.result IS NULL THEN '{NULL_RESULT}'
        WHEN NOT k.is_censored AND (k.result < k.valid_low OR k.result > k.valid_high) THEN '{OUT_OF_RANGE}'
        WHEN k.{day} IS NULL THEN '{BAD_DATE}'
    END"""
    return f"""
        SELECT j.*,
            CASE WHEN j.problem IS NOT NULL THEN NULL WHEN j.is_censored THEN 0 ELSE j.result * j.scale END AS value,
            CASE WHEN j.problem IS NULL AND j.is_censored
                THEN coalesce(CASE WHEN j.kind = '{LESS_THAN}' THEN j.result END, j.rl, j.mdl, 0) * j.scale
            END AS at_limit,
            j.problem IS NULL AND j.kind = '{GREATER_THAN}' AS is_lower_bound
        FROM (SELECT k.*, {problem} AS problem FROM ({rows} {BARRIER}) k {BARRIER}) j {BARRIER}
    """


def reporting_year_of(day: str) -> str:
    """SQL of the reporting year of a day, from 1904 to 2099: `rules.reporting_year`.

    Counted in days, as four years have 1,461 of them and the last has the leap day: to ask the calendar takes
    five times as long. Other days, of which it is asked, are typing errors.
    """
    days = f"({day} - DATE '1904-07-01')"
    return f"""(CASE
        WHEN {day} BETWEEN '1904-07-01' AND '2100-02-28' THEN 1904 + (4 * {days} + 3) / 1461
        ELSE date_part('year', {day} + 184)::integer - 1
    END)"""


def stormwater_readings(
    tables: ReferenceTables,
    *,
    resource: int,
    pollutants: list[int],
    first_day: str | None,
    is_by_day: bool = False,
    units: str | None = None,
    are_few: bool = False,
    pairs: str | None = None,
    exempt: str | None = None,
) -> str:
    """Query of the published results of known enrollments, of these pollutants.

    Not before `first_day`; without a date in any case. `bucket` is what a unit is about: the day, or the
    July 1 of its reporting year; `unit_number` is pollutant and bucket in one. `units` is a FROM item of
    (enrollment_id, pollutant_id, bucket): only their results, looked up one by one where they `are_few`.
    `pairs` is one without the bucket, `exempt` one of enrollments to leave out.
    """
    year = reporting_year_of("s.sample_date")
    bucket = "s.sample_date" if is_by_day else f"make_date({year}, 7, 1)"
    kind = kind_of("s.qualifier", tables)
    since = f"AND (s.sample_date >= '{first_day}' OR s.sample_date IS NULL)" if first_day else ""
    since += f" AND coalesce(w.bucket, {NO_DAY}) = coalesce({bucket}, {NO_DAY})" if units else ""
    # NOT IN is looked up by hash in any case; an anti-join is a loop where few samples are expected. Asked of what was
    # found: the planner would take it that the hash is made again for each unit that is looked up.
    counted = f"r.report_id NOT IN (SELECT x.id FROM {tables.excluded_report} x)"
    counted += f" AND r.enrollment_id NOT IN (SELECT x.enrollment_id FROM {exempt} x)" if exempt else ""
    if units and are_few:
        sources = _sources_of_few(tables, pollutants, units, is_by_day=is_by_day)
    else:
        sources = (_source(tables, pollutants, units=units, pairs=pairs),)
    typed = " UNION ALL ".join(
        f"""
        SELECT s.id, s.enrollment_id + 0 AS enrollment_id, s.report_id, s.location_id, s.sample_code, s.sample_date,
            s.sample_time, s.content_hash, s.result, s.rl, s.mdl, m.pollutant_id, m.preference, m.valid_low,
            m.valid_high, m.is_su, m.scale, {year} AS reporting_year, {bucket} AS bucket, {kind} AS kind
        {source} AND s.resource_id = {resource} AND s.removed_by_id IS NULL AND s.enrollment_id IS NOT NULL {since}
        """
        for source in sources
    )
    censored = is_censored("r", "r", "r.kind")
    return judged(
        f"""
        SELECT r.*, {censored} AS is_censored, {_unit_number("r", is_by_day=is_by_day)} AS unit_number
        FROM ({typed} {BARRIER}) r WHERE {counted}
        """,
        "sample_date",
    )


def _source(tables: ReferenceTables, pollutants: list[int], *, units: str | None, pairs: str | None) -> str:
    """FROM and WHERE of the samples (s) of pollutants with their meaning (m), of all units or of those given (w)."""
    joins = "".join(
        f" JOIN {some} {name} ON {name}.enrollment_id = s.enrollment_id AND {name}.pollutant_id = m.pollutant_id"
        for some, name in ((units, "w"), (pairs, "v"))
        if some
    )
    # Every sample has its alias, so the join could be an inner one; but of that the planner expects few rows.
    return f"""
        FROM monitoring_smartssample s {_meaning(tables)} {joins}
        WHERE s.parameter_id = {_any_of(tables.parameters_of(pollutants))}
    """


def _sources_of_few(tables: ReferenceTables, pollutants: list[int], units: str, *, is_by_day: bool) -> tuple[str, ...]:
    """The same of units that are looked up one by one: FROM and WHERE of each query."""
    found = samples_of(
        units, tables.alias, "monitoring_smartssample",
        discharger="enrollment_id", day="sample_date", days=1 if is_by_day else 366,
    )  # fmt: skip
    # Asked of the samples, the index would be gone through for each of the pollutants' parameters.
    wanted = f"w.pollutant_id = {_any_of(pollutants)}"
    return tuple(f"FROM {source} {_meaning(tables)} WHERE {wanted}" for source in found)


def _meaning(tables: ReferenceTables) -> str:
    return f"LEFT JOIN {tables.meaning} m ON m.parameter_id = s.parameter_id AND m.unit_id = coalesce(s.unit_id, 0)"


def _any_of(numbers: Iterable[int]) -> str:
    return f"ANY(ARRAY[{', '.join(map(str, numbers))}]::integer[])"


def _unit_number(row: str, *, is_by_day: bool) -> str:
    """Pollutant and period of a row as one number; of the period, zero if there is no date.

    This, and an enrollment that comes out of a sum, is what units are grouped by, as of these the planner sees no
    statistics. From the columns themselves it takes that hardly two results are of one unit, and then leaves
    all of the adding up to one process.
    """
    period = f"{row}.sample_date - DATE '0001-01-01' + 1" if is_by_day else f"{row}.reporting_year"
    return f"{row}.pollutant_id * 10000000::bigint + coalesce({period}, 0)"


def once_per_sample(readings: str) -> str:
    """The readings without the less preferred forms of a pollutant that a sample has in several."""
    return f"""
        SELECT * FROM (
            SELECT r.*, coalesce(
                min(r.preference) FILTER (WHERE r.problem IS NULL) OVER sample, min(r.preference) OVER sample
            ) AS counted
            FROM ({readings}) r
            WINDOW sample AS (PARTITION BY r.enrollment_id, r.pollutant_id, {_SAMPLE})
        ) c WHERE c.preference = c.counted
    """
