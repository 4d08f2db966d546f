"""What has to be judged again: the units that runs of the sync have touched since the last computation.

A unit is a discharger, a pollutant and a period. Whatever a unit's findings depend on has to
be here: samples that a run brought, returned or removed; samples that found their enrollment; the
risk level and the NOI date of construction sites.
"""

from dataclasses import dataclass, field

from violations.computation.reference_tables import ReferenceTables
from violations.computation.statements import create_work_table, fetch, planned_without
from violations.computation.stormwater_readings import reporting_year_of
from violations.rules.vocabulary import CGP, IGP

INDUSTRIAL = "smarts_industrial_monitoring"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the samples have been published, and how far they were judged before."""

    published: dict[int, int]  # resource id -> latest published run
    judged: dict[int, int] = field(default_factory=dict)

    def runs_to_judge(self, since: int | None = None) -> list[int]:
        """The published runs that are not judged yet, and all after `since` if that is given."""
        rows = fetch("SELECT id, resource_id FROM sync_run WHERE status = 'published' ORDER BY id")
        return [
            run for run, resource in rows if run > self.judged.get(resource, 0) or (since is not None and run > since)
        ]


@dataclass(frozen=True, slots=True)
class Scope:
    """Work tables of the units to judge, by kind of discharger; None: all of them.

    The bucket of a unit is the July 1 of its reporting year (IGP), its day (CGP, and pH of plants without
    limits of their own), or the first day of its month (all else of plants); null without a date.
    """

    stormwater: str | None = None  # family, enrollment_id, pollutant_id, reporting_year, bucket, run_id
    effluent: str | None = None  # esmr_facility_id, pollutant_id, reporting_year, bucket, run_id

    @property
    def is_everything(self) -> bool:
        """Whether all samples are judged."""
        return self.stormwater is None

    def of_family(self, family: str) -> str | None:
        """Work table of the units of one permit."""
        return f"{self.stormwater}_{family}" if self.stormwater else None


def read_progress(marks: dict[str, int] | None) -> Progress:
    """The published state of this transaction's snapshot, beside the marks of the last computation."""
    published = dict(fetch("SELECT resource_id, max(id) FROM sync_run WHERE status = 'published' GROUP BY resource_id"))
    return Progress(published, {int(resource): run for resource, run in (marks or {}).items()})


def create_scope(tables: ReferenceTables, runs: list[int]) -> Scope:
    """Make the tables of the units that these runs touched, each with the latest run that did."""
    listed = f"ARRAY[{', '.join(map(str, runs))}]::integer[]"
    touched = f"(s.run_id = ANY({listed}) OR s.removed_by_id = ANY({listed}))"
    by_run = f"max(CASE WHEN s.removed_by_id = ANY({listed}) THEN s.removed_by_id ELSE s.run_id END)"
    sample_year = f"{reporting_year_of('s.sample_date')}::smallint"
    is_industrial = f"s.resource_id IN (SELECT id FROM sync_resource WHERE slug = '{INDUSTRIAL}')"
    unit = f"""
        CASE WHEN {is_industrial} THEN '{IGP}' ELSE '{CGP}' END AS family, s.enrollment_id, a.pollutant_id,
        {sample_year} AS reporting_year,
        CASE WHEN {is_industrial} THEN make_date({sample_year}, 7, 1) ELSE s.sample_date END AS bucket
    """
    joined = f"""
        JOIN (SELECT DISTINCT parameter_id, pollutant_id FROM {tables.alias}) a ON a.parameter_id = s.parameter_id
    """
    # Of what was synced just now there are no statistics: the planner expects a row or two.
    with planned_without("nestloop"):
        synced = create_work_table(
            "stormwater_synced",
            f"""
            SELECT {unit}, {by_run} AS run_id FROM monitoring_smartssample s {joined}
            WHERE {touched} AND s.enrollment_id IS NOT NULL GROUP BY 1, 2, 3, 4, 5
            """,
        )
    stormwater = create_work_table(
        "stormwater_scope",
        f"""
        SELECT family, enrollment_id, pollutant_id, reporting_year, bucket, max(run_id) AS run_id FROM (
            SELECT * FROM {synced}
            UNION ALL
            SELECT {unit}, max(r.linked_by_id) FROM monitoring_smartsreport r
            JOIN monitoring_smartssample s ON s.report_id = r.id {joined}
            WHERE r.linked_by_id = ANY({listed}) GROUP BY 1, 2, 3, 4, 5
            UNION ALL
            SELECT {unit}, max(e.run_id) FROM facilities_smartsenrollment e
            JOIN monitoring_smartssample s ON s.enrollment_id = e.id {joined}
            WHERE e.program = 'construction' AND e.run_id = ANY({listed}) GROUP BY 1, 2, 3, 4, 5
        ) u GROUP BY 1, 2, 3, 4, 5
        """,
    )
    # In the order of the series' index, by which they are looked up: near each other on the disk, too.
    for family in (IGP, CGP):
        create_work_table(
            f"stormwater_scope_{family}",
            f"""
            SELECT * FROM {stormwater} WHERE family = '{family}' ORDER BY enrollment_id, pollutant_id, bucket
            """,
            is_shared=True,
        )
    effluent = create_work_table(
        "effluent_scope",
        f"""
        SELECT s.esmr_facility_id, a.pollutant_id, {reporting_year_of("s.sampling_date")}::smallint AS reporting_year,
            {effluent_bucket("s.sampling_date", "a.is_su", "s.esmr_facility_id")} AS bucket, {by_run} AS run_id
        FROM monitoring_esmrsample s
        JOIN {tables.alias} a ON a.parameter_id = s.parameter_id
        WHERE {touched} AND ({screened("s", "a")} OR {has_limits("s.esmr_facility_id")}) GROUP BY 1, 2, 3, 4
        ORDER BY 1, 2, 4
        """,
        is_shared=True,
    )
    return Scope(stormwater, effluent)


def screened(row: str, alias: str) -> str:
    """SQL of whether a plant without limits of its own needs a row: calculated averages, and pH as measured."""
    return f"""(
        {alias}.key IN ('bod5', 'tss') AND {row}.calculated_method IS NOT NULL
        OR {alias}.key = 'ph' AND {row}.calculated_method IS NULL
    )"""


def has_limits(plant: str) -> str:
    """SQL of whether a plant has limits of its own."""
    return f"({plant} IN (SELECT esmr_facility_id FROM violations_permitlimit WHERE esmr_facility_id IS NOT NULL))"


def effluent_bucket(day: str, is_su: str, plant: str) -> str:
    """SQL of the bucket of a plant's row or finding."""
    month = f"date_trunc('month', {day}::timestamp)::date"  # of a day itself, it would go through time zones and back
    return f"CASE WHEN {is_su} AND NOT {has_limits(plant)} THEN {day} ELSE {month} END"
