"""eSMR effluent over all samples: `rules.effluent` and `rules.secondary_treatment`, set-wise."""

from datetime import date

from monitoring.models import EsmrLocation
from violations.computation.few_units import samples_of
from violations.computation.findings_table import (
    EXCEEDANCE,
    INDETERMINATE,
    inputs_hash,
    insert_findings,
    public_id,
    rule_version,
)
from violations.computation.reference_tables import ReferenceTables, kind_of, read_statistics, scale_of
from violations.computation.scope import effluent_bucket, has_limits, screened
from violations.computation.statements import (
    create_work_table,
    execute,
    fetch,
    joined_as_written,
    load_work_table,
    planned_without,
    work_table,
)
from violations.computation.stormwater_readings import NO_DAY, is_censored, judged, reporting_year_of
from violations.rules.effluent import ANALYTICAL, is_effluent, statistic_of
from violations.rules.readings import LESS_THAN
from violations.rules.vocabulary import (
    NONE_CENSORED,
    SCREENING_UNKNOWN,
    SECONDARY,
    SECONDARY_MONTHLY,
    SECONDARY_PH,
    SECONDARY_WEEKLY,
    UNCHANGED,
)

_YEAR = reporting_year_of("s.sampling_date")
_RULES = f"'{SECONDARY_MONTHLY}', '{SECONDARY_WEEKLY}', '{SECONDARY_PH}'"
# What rows of a report that was sent in again have in common.
IDENTITY = (
    "esmr_facility_id, parameter_id, sampling_date, unit_id, method_id, calculated_method, sampling_time, location"
)
# Of judged rows (alias u) with the bounds beside them: over a limit, or not to be told.
_IS_UNDER = "coalesce(u.value < u.low, false)"
_IS_OVER = f"(NOT u.is_censored AND (coalesce(u.value > u.high, false) OR ({_IS_UNDER} AND NOT u.is_lower_bound)))"
_IS_OPEN = f"""(
    coalesce(u.kind = '{LESS_THAN}' AND u.result IS NOT NULL AND u.at_limit > u.high, false)
    OR (u.is_lower_bound AND {_IS_UNDER})
)"""


def create_effluent_rows(tables: ReferenceTables, scope: str | None) -> str:
    """Collect the effluent rows that count; returns a query of them, with what they are a statistic of.

    `scope` is a work table of the (esmr_facility_id, pollutant_id, bucket) to judge; None: all.
    """
    types = EsmrLocation.objects.exclude(location_type=None).order_by().values_list("location_type", flat=True)
    places = create_work_table(
        "effluent_place",
        """
        SELECT id, coalesce(location_place_id::text, name) AS location, name FROM monitoring_esmrlocation
        WHERE location_type = ANY(%s)
        """,
        [[kind for kind in types.distinct() if is_effluent(kind)]],
    )
    execute(f"CREATE INDEX ON {places} (id)")  # where few candidates are expected, they are looked for one by one
    with joined_as_written(), planned_without("mergejoin"):
        candidates = create_work_table(
            "effluent_candidate",
            _candidates(tables, places, scope),
            keys="esmr_facility_id, parameter_id, sampling_date",
        )
    superseded = create_work_table("effluent_superseded", _superseded(candidates, places))
    counted = f"(SELECT * FROM {candidates} WHERE id NOT IN (SELECT id FROM {superseded}))"
    repeated = create_work_table("effluent_repeated", _repeated(counted))
    execute(f"CREATE INDEX ON {repeated} (id)")  # each is looked for by itself, however few are expected
    names = fetch(f"SELECT DISTINCT calculated_method FROM {candidates} WHERE calculated_method IS NOT NULL")
    aliases = read_statistics()
    statistics = load_work_table(
        "statistic",
        "calculated_method text, statistic text",
        [(name, statistic) for (name,) in names if (statistic := statistic_of(name, aliases))],
    )
    return f"""(
        SELECT c.*, coalesce((SELECT n.ordinal FROM {repeated} n WHERE n.id = c.id), 1) AS ordinal,
            CASE WHEN c.calculated_method IS NULL THEN '{ANALYTICAL}' ELSE t.statistic END AS statistic
        FROM {counted} c LEFT JOIN {statistics} t ON t.calculated_method = c.calculated_method
    )"""


def find_secondary_treatment(rows: str, today: date) -> None:
    """Insert exceedances and indeterminate comparisons of secondary treatment, and count what is unusable."""
    read = judged(
        f"""
            SELECT r.id, r.esmr_facility_id, r.location, r.parameter_id, r.method_id, r.calculated_method, r.unit_id,
                r.sampling_date, r.sampling_time, r.ordinal, r.content_hash, r.pollutant_id, r.reporting_year, r.bucket,
                r.statistic, r.result, r.rl, r.mdl, r.kind, r.valid_low, r.valid_high, r.is_su, r.is_censored,
                r.scale,
                b.id AS benchmark_id, b.rule, b.low, b.high, b.unit
            FROM {rows} r
            JOIN violations_benchmark b ON b.rule IN ({_RULES}) AND b.pollutant_id = r.pollutant_id
                AND b.statistic = r.statistic AND coalesce(r.sampling_date, current_date)
                    BETWEEN coalesce(b.valid_from, '-infinity') AND coalesce(b.valid_to, 'infinity')
            """,
        "sampling_date",
    )
    ruled = create_work_table(
        "secondary", f"SELECT u.* FROM ({read}) u WHERE problem IS NOT NULL OR {_IS_OVER} OR {_IS_OPEN}"
    )
    insert_unusable(SECONDARY, ruled)
    insert_effluent_findings(
        f"{ruled} u",
        today,
        rule="u.rule",
        confidence=f"'{SCREENING_UNKNOWN}'",
        benchmark="u.benchmark_id",
    )


def insert_unusable(family: str, rows: str) -> None:
    """Count the unusable ones of judged rows; a row that several limits would take counts once."""
    execute(f"""
        INSERT INTO {work_table("unusable")}
            (family, esmr_facility_id, pollutant_id, reporting_year, period_start, reason, results)
        SELECT '{family}', esmr_facility_id, pollutant_id, reporting_year, bucket, problem, count(DISTINCT id)
        FROM {rows} WHERE problem IS NOT NULL GROUP BY esmr_facility_id, pollutant_id, reporting_year, bucket, problem
    """)


def insert_effluent_findings(
    source: str,
    today: date,
    *,
    rule: str,
    confidence: str,
    benchmark: str = "NULL::integer",
    permit_limit: str = "NULL::integer",
    extra_identity: tuple[str, ...] = (),
    is_serious: str = "NULL::boolean",
) -> None:
    """Compare judged rows (alias u) with low and high beside them, and insert what is over or open.

    `<` with a number above the upper bound is indeterminate, and `>` with one below the lower; a censored result
    is never over.
    """
    month = "starts_with(u.statistic, 'monthly')"
    start = f"(CASE WHEN {month} THEN date_trunc('month', u.sampling_date)::date ELSE u.sampling_date END)"
    last = "(date_trunc('month', u.sampling_date) + interval '1 month - 1 day')::date"
    end = f"(CASE WHEN {month} THEN {last} ELSE u.sampling_date END)"
    identity = (
        rule, "f.place_id", "u.location", "p.key", "n.name", "u.sampling_date", "u.sampling_time", "m.code", "m.name",
        "u.calculated_method", "v.name", "u.ordinal", *extra_identity,
    )  # fmt: skip
    exceedance_id, indeterminate_id = public_id("exc", *identity), public_id("ind", *identity)
    insert_findings(
        {
            "verdict": f"CASE WHEN {_IS_OVER} THEN '{EXCEEDANCE}' ELSE '{INDETERMINATE}' END",
            "public_id": f"CASE WHEN {_IS_OVER} THEN {exceedance_id} ELSE {indeterminate_id} END",
            "rule": rule,
            "rule_version": rule_version(rule),
            "esmr_facility_id": "u.esmr_facility_id",
            "location": "u.location",
            "pollutant_id": "u.pollutant_id",
            "reporting_year": "u.reporting_year",
            "period_start": start,
            "period_end": end,
            "value": f"trim_scale(CASE WHEN {_IS_OVER} THEN u.value ELSE coalesce(u.at_limit, u.value) END)",
            "limit_low": "u.low",
            "limit_high": "u.high",
            "unit": "u.unit",
            "benchmark_id": benchmark,
            "permit_limit_id": permit_limit,
            "results": "1",
            "censored": "u.is_censored::integer",
            "is_lower_bound": "u.is_lower_bound",
            "sensitivity": f"CASE WHEN u.is_censored THEN '{UNCHANGED}' ELSE '{NONE_CENSORED}' END",
            "is_provisional": f"extract(year FROM u.sampling_date) >= {today.year}",
            "confidence": confidence,
            "sample_ids": "ARRAY[u.id]",
            "inputs_hash": inputs_hash("u.content_hash", "u.low", "u.high"),
            "is_serious": f"CASE WHEN {_IS_OVER} THEN {is_serious} END",
        },
        f"""
        {source}
        JOIN facilities_esmrfacility f ON f.id = u.esmr_facility_id
        JOIN violations_pollutant p ON p.id = u.pollutant_id
        JOIN monitoring_parameter n ON n.id = u.parameter_id
        LEFT JOIN monitoring_method m ON m.id = u.method_id
        LEFT JOIN monitoring_unit v ON v.id = u.unit_id
        WHERE u.problem IS NULL AND ({_IS_OVER} OR {_IS_OPEN})
        """,
    )


def _candidates(tables: ReferenceTables, places: str, scope: str | None) -> str:
    """Query of the published effluent rows, not rejected, that some finding could come from.

    Of plants with limits of their own that is every row of a known pollutant. Of others it is what is
    unusable, or outside of the narrowest bounds of secondary treatment: most rows are neither, and
    need not be looked at again.
    """
    kind = kind_of("s.qualifier", tables)
    bucket = effluent_bucket("s.sampling_date", "a.is_su", "s.esmr_facility_id")
    in_scope = ""
    sources: tuple[str, ...] = (f"monitoring_esmrsample s JOIN {tables.alias} a ON a.parameter_id = s.parameter_id",)
    if scope:
        sources = samples_of(
            scope, tables.alias, "monitoring_esmrsample",
            discharger="esmr_facility_id", day="sampling_date", days=31,
        )  # fmt: skip
        in_scope = f"AND coalesce(w.bucket, {NO_DAY}) = coalesce({bucket}, {NO_DAY})"
    rows = " UNION ALL ".join(
        f"""
        SELECT s.id, s.esmr_facility_id, l.location, l.name AS location_name, s.parameter_id, s.sampling_date,
            s.sampling_time, s.method_id, s.calculated_method, s.unit_id, s.report_id, s.content_hash, s.result, s.rl,
            s.mdl, a.pollutant_id, a.valid_low, a.valid_high, a.is_su, {scale_of("a", "u")} AS scale,
            u.unit AS published_unit, u.factor * a.factor AS published_scale, {kind} AS kind,
            {_YEAR} AS reporting_year, {bucket} AS bucket,
            {is_censored("s", "a", kind)} AS is_censored, {has_limits("s.esmr_facility_id")} AS has_limits
        FROM {source}
        JOIN {places} l ON l.id = s.location_id
        LEFT JOIN {tables.unit} u ON u.unit_id = s.unit_id
        WHERE s.removed_by_id IS NULL AND {_is_sound("s")}
            AND ({screened("s", "a")} OR {has_limits("s.esmr_facility_id")}) {in_scope}
        """
        for source in sources
    )
    read = judged(rows, "sampling_date")
    bounds = f"""
        SELECT pollutant_id, min(high) AS high, max(low) AS low FROM violations_benchmark WHERE rule IN ({_RULES})
        GROUP BY pollutant_id
    """
    return f"""
        SELECT u.*, hash_record_extended(ROW({IDENTITY}), '0') AS identity FROM (
            SELECT r.*, b.high, b.low FROM ({read}) r LEFT JOIN ({bounds}) b ON b.pollutant_id = r.pollutant_id
        ) u
        WHERE u.has_limits OR u.problem IS NOT NULL OR {_IS_OVER} OR {_IS_OPEN}
    """


def _superseded(candidates: str, places: str) -> str:
    """Query of the candidates that a row of a higher document supersedes.

    A join, not a condition on each candidate: of millions of rows it can be done by hash.
    """
    same = " AND ".join(
        f"s.{name} IS NOT DISTINCT FROM c.{name}"
        for name in ("unit_id", "method_id", "calculated_method", "sampling_time")
    )
    return f"""
        SELECT DISTINCT c.id FROM {candidates} c
        JOIN monitoring_esmrreport d ON d.id = c.report_id
        JOIN monitoring_esmrsample s ON s.esmr_facility_id = c.esmr_facility_id AND s.parameter_id = c.parameter_id
            AND s.sampling_date = c.sampling_date AND s.report_id <> c.report_id AND {same}
        JOIN monitoring_esmrreport r ON r.id = s.report_id AND r.document_id > coalesce(d.document_id, -1)
        JOIN {places} l ON l.id = s.location_id AND l.location IS NOT DISTINCT FROM c.location
        WHERE s.removed_by_id IS NULL AND {_is_sound("s")}
    """


def _repeated(counted: str) -> str:
    """Query of the rows that have an identity in common, as of one document, with their number among these.

    They are few: only they pay for the sorting.
    """
    return f"""
        SELECT id, row_number() OVER (PARTITION BY {IDENTITY} ORDER BY content_hash) AS ordinal FROM {counted} c
        WHERE identity IN (SELECT identity FROM {counted} x GROUP BY identity HAVING count(*) > 1)
    """


def _is_sound(row: str) -> str:
    """SQL of whether the qa_codes leave a row in: `rules.names.is_rejected`."""
    return f"({row}.qa_codes IS NULL OR upper({row}.qa_codes) !~ '(^|[,;[:space:]])R($|[,;[:space:]])')"
