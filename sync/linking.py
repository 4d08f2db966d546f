"""Cross-links that a merge makes possible: orphans that found their facility, inspections their violations."""

from facilities.lookup_sql import enrollment_id
from facilities.services.membership import refresh_facilities
from sync.contracts.base import DatasetContract, Shape
from sync.models import Run
from sync.statements import execute

# Tables with raw ids and an enrollment that may be missing yet, and the column that says the program.
_ORPHAN_TABLES = {
    "violations_regulatoryviolation": "o.permit_type",
    "enforcement_enforcementaction": "o.permit_type",
    "enforcement_inspection": "o.permit_type",
    "monitoring_smartslocation": "NULL::text",
}


def link_merged_records(contract: DatasetContract, run: Run) -> None:
    """Make the links that the run's records allow; inside the publishing transaction."""
    if contract.shape is Shape.ENROLLMENTS:
        link_orphans(run)
        refresh_facilities(f"""
            SELECT facility_id FROM facilities_smartsenrollment WHERE {run.pk} IN (run_id, removed_by_id)
        """)
    elif contract.target == "monitoring.EsmrSample":
        refresh_facilities(f"""
            SELECT f.facility_id FROM facilities_esmrfacility f
            WHERE f.run_id = {run.pk} OR EXISTS (
                SELECT FROM monitoring_esmrlocation l WHERE l.esmr_facility_id = f.id AND l.run_id = {run.pk}
            )
        """)
    elif contract.slug in {"smarts_violations", "smarts_inspections"}:
        link_inspections_to_violations()


def link_orphans(run: Run) -> None:
    """Give records without an enrollment the one that a facility file has brought by now.

    Reports keep which run that was: their samples are to be judged under that enrollment from then on.
    """
    for table, permit_type in _ORPHAN_TABLES.items():
        execute(_link_statement(table, permit_type))
    # A sample repeats its report's enrollment; only samples of reports linked just now can change.
    execute(f"""
        WITH linked AS (
            {_link_statement("monitoring_smartsreport", "o.permit_type", f", linked_by_id = {run.pk}")}
            RETURNING x.id, x.enrollment_id
        )
        UPDATE monitoring_smartssample s SET enrollment_id = linked.enrollment_id FROM linked
        WHERE s.report_id = linked.id
    """)


def link_inspections_to_violations() -> None:
    """Bring the exact links in line: VIOLATION_SOURCE Inspection makes the source id an INSPECTION_ID."""
    found = """
        SELECT v.id AS violation_id, i.id AS inspection_id
        FROM violations_regulatoryviolation v
        JOIN enforcement_inspection i ON i.inspection_id = v.violation_source_id
        WHERE lower(v.violation_source) = 'inspection'
    """
    execute(f"""
        DELETE FROM violations_inspectionviolation l WHERE NOT EXISTS (
            SELECT FROM ({found}) f WHERE f.violation_id = l.violation_id AND f.inspection_id = l.inspection_id
        )
    """)
    execute(f"""
        INSERT INTO violations_inspectionviolation (violation_id, inspection_id)
        SELECT f.violation_id, f.inspection_id FROM ({found}) f
        WHERE NOT EXISTS (SELECT FROM violations_inspectionviolation l WHERE l.violation_id = f.violation_id)
        ORDER BY f.violation_id
    """)


def _link_statement(table: str, permit_type: str, also: str = "") -> str:
    return f"""
        UPDATE {table} x SET enrollment_id = found.enrollment_id{also}
        FROM (
            SELECT o.id, {enrollment_id("o.app_id", "o.wdid", permit_type)} AS enrollment_id
            FROM {table} o WHERE o.enrollment_id IS NULL
        ) AS found
        WHERE found.id = x.id AND found.enrollment_id IS NOT NULL
    """
