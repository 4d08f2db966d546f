"""What has to be judged again: the units that runs of the sync have touched since the last computation.

A unit is a discharger, a pollutant and a reporting year. Whatever a unit's findings depend on has to
be here: samples that a run brought, returned or removed; samples that found their enrollment; the
risk level and the NOI date of construction sites.
"""

from dataclasses import dataclass, field

from violations.computation.reference_tables import ReferenceTables
from violations.computation.statements import create_work_table, fetch


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
    """Work tables of the units to judge, by kind of discharger; None: all of them."""

    stormwater: str | None = None  # enrollment_id, pollutant_id, reporting_year, run_id
    effluent: str | None = None  # esmr_facility_id, pollutant_id, reporting_year, run_id

    @property
    def is_everything(self) -> bool:
        """Whether all samples are judged."""
        return self.stormwater is None


def read_progress(marks: dict[str, int] | None) -> Progress:
    """The published state of this transaction's snapshot, beside the marks of the last computation."""
    published = dict(fetch("SELECT resource_id, max(id) FROM sync_run WHERE status = 'published' GROUP BY resource_id"))
    return Progress(published, {int(resource): run for resource, run in (marks or {}).items()})


def create_scope(tables: ReferenceTables, runs: list[int]) -> Scope:
    """Make the tables of the units that these runs touched, each with the latest run that did."""
    listed = f"ARRAY[{', '.join(map(str, runs))}]::integer[]"
    year = "(extract(year FROM {0})::integer - (extract(month FROM {0}) < 7)::integer)::smallint"
    touched = f"(s.run_id = ANY({listed}) OR s.removed_by_id = ANY({listed}))"
    by_run = f"max(CASE WHEN s.removed_by_id = ANY({listed}) THEN s.removed_by_id ELSE s.run_id END)"
    sample_year = year.format("s.sample_date")
    stormwater = create_work_table(
        "stormwater_scope",
        f"""
        WITH pollutant_of AS MATERIALIZED (SELECT DISTINCT parameter_id, pollutant_id FROM {tables.alias})
        SELECT enrollment_id, pollutant_id, reporting_year, max(run_id) AS run_id FROM (
            SELECT s.enrollment_id, a.pollutant_id, {sample_year} AS reporting_year, {by_run} AS run_id
            FROM monitoring_smartssample s JOIN pollutant_of a ON a.parameter_id = s.parameter_id
            WHERE {touched} AND s.enrollment_id IS NOT NULL GROUP BY 1, 2, 3
            UNION ALL
            SELECT s.enrollment_id, a.pollutant_id, {sample_year}, max(r.linked_by_id)
            FROM monitoring_smartsreport r JOIN monitoring_smartssample s ON s.report_id = r.id
            JOIN pollutant_of a ON a.parameter_id = s.parameter_id
            WHERE r.linked_by_id = ANY({listed}) GROUP BY 1, 2, 3
            UNION ALL
            SELECT s.enrollment_id, a.pollutant_id, {sample_year}, max(e.run_id)
            FROM facilities_smartsenrollment e JOIN monitoring_smartssample s ON s.enrollment_id = e.id
            JOIN pollutant_of a ON a.parameter_id = s.parameter_id
            WHERE e.program = 'construction' AND e.run_id = ANY({listed}) GROUP BY 1, 2, 3
        ) u GROUP BY 1, 2, 3
        """,
    )
    effluent = create_work_table(
        "effluent_scope",
        f"""
        WITH pollutant_of AS MATERIALIZED (SELECT DISTINCT parameter_id, pollutant_id FROM {tables.alias})
        SELECT s.esmr_facility_id, a.pollutant_id, {year.format("s.sampling_date")} AS reporting_year,
            {by_run} AS run_id
        FROM monitoring_esmrsample s JOIN pollutant_of a ON a.parameter_id = s.parameter_id
        WHERE {touched} GROUP BY 1, 2, 3
        """,
    )
    return Scope(stormwater, effluent)
