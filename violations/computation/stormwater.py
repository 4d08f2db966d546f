"""The rules of the two general permits over all samples: `rules.igp_annual`, `rules.igp_instantaneous`, `rules.cgp`.

One pass over the samples adds up what verdicts are made of, by unit: (enrollment, pollutant, reporting
year) of the IGP, (enrollment, pollutant, day) of the CGP. Only of units over a limit, or with unusable
results, the samples are looked up again. A property test holds the result against the pure rules.
"""

from dataclasses import dataclass
from datetime import date

from violations.computation.findings_table import (
    EXCEEDANCE,
    inputs_hash,
    insert_findings,
    public_id,
    rule_version,
)
from violations.computation.reference_tables import ReferenceTables
from violations.computation.statements import (
    create_work_table,
    execute,
    fetch,
    joined_as_written,
    planned_without,
    work_table,
)
from violations.computation.stormwater_readings import NO_DAY, once_per_sample, stormwater_readings
from violations.models import Benchmark
from violations.rules.cgp import NEW_ORDER_FROM, OLD_ORDER_UNTIL, RISK_LEVELS
from violations.rules.era_levels import ORDER_EFFECTIVE
from violations.rules.igp_instantaneous import RESULTS_NEEDED
from violations.rules.vocabulary import (
    CGP,
    CGP_PH,
    CGP_TURBIDITY,
    COMPUTED,
    IGP,
    IGP_ANNUAL,
    IGP_INSTANTANEOUS,
    NONE_CENSORED,
    RISK_UNKNOWN,
    UNCHANGED,
)

SENSITIVITY = f"CASE WHEN u.censored > 0 THEN '{UNCHANGED}' ELSE '{NONE_CENSORED}' END"


@dataclass(frozen=True, slots=True)
class StormwaterRules:
    """What the rules of one permit read, and by which period they add up."""

    family: str
    resource: str  # slug
    rules: tuple[str, ...]
    first_day: str | None
    is_by_day: bool


# Columns of a unit: the bucket is its day, or the July 1 of its reporting year.
UNIT = "enrollment_id, pollutant_id, bucket"
PERIOD = f"{UNIT}, reporting_year"

INDUSTRIAL = StormwaterRules(
    IGP, "smarts_industrial_monitoring", (IGP_ANNUAL, IGP_INSTANTANEOUS), ORDER_EFFECTIVE.isoformat(), is_by_day=False
)
CONSTRUCTION = StormwaterRules(
    CGP, "smarts_construction_monitoring", (CGP_PH, CGP_TURBIDITY), first_day=None, is_by_day=True
)


# Of units (alias u) beside a benchmark (b). A mean of which a part is a lower bound may be any higher one.
_IS_MEAN_OVER = "(u.total > b.high * u.results OR (u.total < b.low * u.results AND NOT u.is_lower_bound))"


@dataclass(frozen=True, slots=True)
class StormwaterPass:
    """The samples of one permit's file, to be added up by unit and looked up again."""

    of: StormwaterRules
    tables: ReferenceTables
    resource: int
    exempt: str | None  # work table of enrollments that are not held to the rules

    @classmethod
    def over(cls, of: StormwaterRules, tables: ReferenceTables) -> "StormwaterPass | None":
        """None if the file was never loaded."""
        resource = fetch("SELECT id FROM sync_resource WHERE slug = %s", [of.resource])
        return cls(of, tables, resource[0][0], _create_exempt() if of.is_by_day else None) if resource else None

    def readings(self, units: str | None = None, *, are_few: bool = True) -> str:
        """Query of the judged results, of all units or of those in a work table, which `are_few` as a rule."""
        return stormwater_readings(
            self.tables,
            resource=self.resource,
            pollutants=_pollutants(self.of),
            first_day=self.of.first_day,
            is_by_day=self.of.is_by_day,
            units=units,
            are_few=are_few,
            exempt=self.exempt,
        )

    def add_up(self, scope: str | None) -> str:
        """Make the table of the units in a FROM item of (enrollment_id, pollutant_id, bucket); None: all."""
        # Sorted groups come one after the other: all at once, by hash, they take twice the memory, and no less time.
        with planned_without("hashagg", "mergejoin"), joined_as_written():
            units = create_work_table(f"{self.of.family}_unit", _added_up(self.of, self.readings(scope)), keys=PERIOD)
        # Few samples have a pollutant in two forms; only they pay for the sorting.
        forms = create_work_table(self._forms, f"SELECT {UNIT} FROM {units} WHERE has_forms")
        execute(f"""
            DELETE FROM {units} u USING {forms} f WHERE f.enrollment_id = u.enrollment_id
                AND f.pollutant_id = u.pollutant_id
                AND coalesce(f.bucket, {NO_DAY}) = coalesce(u.bucket, {NO_DAY})
        """)
        execute(f"INSERT INTO {units} {_added_up(self.of, once_per_sample(self.readings(forms)))}")
        return units

    def look_up(self, units: str, over: str, *, is_everything: bool) -> str:
        """Make the table of what units over a limit were made of, and count what is unusable in any."""
        wanted = create_work_table(
            f"{self.of.family}_wanted",
            f"""
            SELECT {UNIT} FROM {over} UNION SELECT {UNIT} FROM {units} WHERE unusable > 0
            """,
        )
        single, several = (
            create_work_table(
                f"{self.of.family}_wanted_{name}",
                f"SELECT {UNIT} FROM {wanted} {how} SELECT {UNIT} FROM {work_table(self._forms)} ORDER BY {UNIT}",
                is_shared=True,
            )
            for name, how in (("single", "EXCEPT"), ("several", "INTERSECT"))
        )
        # The planner takes each condition for a narrow one, and would go through indexes for half of the table.
        with planned_without("mergejoin", *(("nestloop",) if is_everything else ())), joined_as_written():
            inputs = _inputs_of(self.readings(single, are_few=not is_everything))
            looked_up = create_work_table(f"{self.of.family}_looked_up", inputs, keys=PERIOD)
        execute(f"INSERT INTO {looked_up} {_inputs_of(once_per_sample(self.readings(several)))}")
        execute(f"""
            INSERT INTO {work_table("unusable")} ({PERIOD.replace("bucket", "period_start")}, family, reason, results)
            SELECT {PERIOD}, '{self.of.family}', reason, count(*)
            FROM {looked_up}, unnest(problems) AS reason GROUP BY {PERIOD}, reason
        """)
        return looked_up

    @property
    def _forms(self) -> str:
        return f"{self.of.family}_forms"


def find_industrial(tables: ReferenceTables, scope: str | None, today: date) -> str | None:
    """Insert the exceedances of the IGP's action levels; returns the table of units, or None without samples.

    `scope` is a FROM item of the (enrollment_id, pollutant_id, bucket) to judge; None: all.
    """
    samples = StormwaterPass.over(INDUSTRIAL, tables)
    if samples is None:
        return None
    units = samples.add_up(scope)
    benchmarks = f"""
        {units} u JOIN violations_benchmark b ON b.pollutant_id = u.pollutant_id
            AND make_date(u.reporting_year, 7, 1)
                BETWEEN coalesce(b.valid_from, '-infinity') AND coalesce(b.valid_to, 'infinity')
    """
    over = create_work_table(
        "igp_over",
        f"""
        SELECT u.*, b.id AS benchmark_id, b.rule, b.low, b.high, b.unit,
            trim_scale(round(u.total / u.results, 9)) AS shown
        FROM {benchmarks}
        WHERE b.rule = '{IGP_ANNUAL}' AND {_IS_MEAN_OVER}
        UNION ALL
        SELECT u.*, b.id, b.rule, b.low, b.high, b.unit,
            trim_scale(CASE
                WHEN u.worst_low IS NULL OR u.worst_high - b.high >= b.low - u.worst_low THEN u.worst_high
                ELSE coalesce(u.worst_low, u.worst_high)
            END)
        FROM {benchmarks}
        WHERE b.rule = '{IGP_INSTANTANEOUS}' AND u.results_over >= {RESULTS_NEEDED}
        """,
        keys=PERIOD,
    )
    _insert(
        INDUSTRIAL, over, samples.look_up(units, over, is_everything=scope is None), today, confidence=f"'{COMPUTED}'"
    )
    return units


def find_construction(tables: ReferenceTables, scope: str | None, today: date) -> None:
    """Insert the exceedances of the CGP's action levels; the order goes by enrollment and day."""
    samples = StormwaterPass.over(CONSTRUCTION, tables)
    if samples is None:
        return
    units = samples.add_up(scope)
    over = create_work_table(
        "cgp_over",
        f"""
        SELECT u.*, b.id AS benchmark_id, b.rule, b.low, b.high, b.unit,
            trim_scale(round(u.total / u.results, 9)) AS shown
        FROM {units} u
        JOIN facilities_smartsenrollment e ON e.id = u.enrollment_id
        JOIN violations_benchmark b ON b.rule IN ('{CGP_PH}', '{CGP_TURBIDITY}') AND b.pollutant_id = u.pollutant_id
            AND CASE
                WHEN u.bucket < '{NEW_ORDER_FROM}' OR (
                    e.noi_processed_date < '{NEW_ORDER_FROM}' AND u.bucket < '{OLD_ORDER_UNTIL}'
                ) THEN b.valid_from IS NULL ELSE b.valid_from IS NOT NULL
            END
        WHERE u.results > 0 AND {_IS_MEAN_OVER}
        """,
        keys=PERIOD,
    )
    risk = "(SELECT c.combined_risk FROM facilities_constructiondetail c WHERE c.enrollment_id = u.enrollment_id)"
    confidence = f"CASE WHEN {risk} ~ '[{RISK_LEVELS}]' THEN '{COMPUTED}' ELSE '{RISK_UNKNOWN}' END"
    _insert(CONSTRUCTION, over, samples.look_up(units, over, is_everything=scope is None), today, confidence=confidence)


def _pollutants(of: StormwaterRules) -> list[int]:
    return sorted(set(Benchmark.objects.filter(rule__in=of.rules).values_list("pollutant_id", flat=True)))


def _create_exempt() -> str:
    """Construction sites that are not held to action levels: `rules.cgp.is_held_to_action_levels`."""
    return create_work_table(
        "exempt",
        """
        SELECT enrollment_id FROM facilities_constructiondetail
        WHERE combined_risk LIKE '%1%' AND regexp_replace(combined_risk, '[^0-9]', '', 'g') = '1'
            AND regexp_replace(lower(combined_risk), '[^a-z]', '', 'g') IN ('', 'level', 'risklevel')
        """,
    )


def _added_up(of: StormwaterRules, readings: str) -> str:
    """Query of the units. Years become days afterwards: samples are many, units are few."""
    bucket = "min(bucket)"
    over, instantaneous = "NULL::integer", ""
    if not of.is_by_day:
        bucket = "make_date(min(reporting_year), 7, 1)"
        is_under = "r.value < i.low AND NOT r.is_lower_bound"
        over = f"CASE WHEN r.is_censored THEN NULL WHEN r.value > i.high THEN 1 WHEN {is_under} THEN -1 END"
        instantaneous = f"""
            LEFT JOIN violations_benchmark i ON i.rule = '{IGP_INSTANTANEOUS}' AND i.pollutant_id = r.pollutant_id
                AND r.sample_date BETWEEN coalesce(i.valid_from, '-infinity') AND coalesce(i.valid_to, 'infinity')
        """
    return f"""
        SELECT enrollment_id, min(pollutant_id) AS pollutant_id, {bucket} AS bucket,
            min(reporting_year) AS reporting_year,
            count(value)::integer AS results,
            count(problem)::integer AS unusable,
            count(*) FILTER (WHERE is_censored AND problem IS NULL)::integer AS censored,
            sum(value) AS total,
            sum(value) + coalesce(sum(at_limit), 0) AS at_limit,
            bool_or(is_lower_bound) AS is_lower_bound,
            count(over)::integer AS results_over,
            min(value) FILTER (WHERE over = -1) AS worst_low,
            max(value) FILTER (WHERE over = 1) AS worst_high,
            max(value) AS highest,
            min(value) FILTER (WHERE NOT is_censored) AS lowest_detected,
            min(preference) <> max(preference) AS has_forms
        FROM (SELECT r.*, {over} AS over FROM ({readings}) r {instantaneous}) r
        GROUP BY enrollment_id, unit_number
    """


def _inputs_of(readings: str) -> str:
    """Query of what units were made of: the samples, in the order of their ids, and the problems of unusable ones."""
    return f"""
        SELECT {PERIOD}, array_agg(id ORDER BY id) FILTER (WHERE problem IS NULL) AS ids,
            string_agg(content_hash::text, ',' ORDER BY id) FILTER (WHERE problem IS NULL) AS hashes,
            array_agg(problem) FILTER (WHERE problem IS NOT NULL) AS problems
        FROM ({readings}) r GROUP BY {PERIOD}
    """


def _insert(of: StormwaterRules, over: str, looked_up: str, today: date, *, confidence: str) -> None:
    """Insert the findings of the units over a limit."""
    start, end = ("u.bucket", "u.bucket")
    if not of.is_by_day:
        start, end = "u.bucket", "make_date(u.reporting_year + 1, 6, 30)"
    insert_findings(
        {
            "verdict": f"'{EXCEEDANCE}'",
            "public_id": public_id("exc", "u.rule", "e.app_id", "e.wdid", "e.program", "p.key", start),
            "rule": "u.rule",
            "rule_version": rule_version("u.rule"),
            "enrollment_id": "u.enrollment_id",
            "pollutant_id": "u.pollutant_id",
            "reporting_year": "u.reporting_year",
            "period_start": start,
            "period_end": end,
            "value": "u.shown",
            "limit_low": "u.low",
            "limit_high": "u.high",
            "unit": "u.unit",
            "benchmark_id": "u.benchmark_id",
            "results": "u.results",
            "censored": "u.censored",
            "results_over": f"CASE WHEN u.rule = '{IGP_INSTANTANEOUS}' THEN u.results_over END",
            "is_lower_bound": "u.is_lower_bound",
            "sensitivity": SENSITIVITY,
            "is_provisional": f"make_date(u.reporting_year + 1, 6, 30) >= '{today}'",
            "confidence": confidence,
            "sample_ids": "i.ids",
            "inputs_hash": inputs_hash("i.hashes", "u.low", "u.high"),
        },
        f"""
        {over} u
        JOIN {looked_up} i ON i.enrollment_id = u.enrollment_id AND i.pollutant_id = u.pollutant_id
            AND i.bucket = u.bucket
        JOIN facilities_smartsenrollment e ON e.id = u.enrollment_id
        JOIN violations_pollutant p ON p.id = u.pollutant_id
        """,
    )
