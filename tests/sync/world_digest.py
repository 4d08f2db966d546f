"""What a database holds, in a form that two databases can be compared by.

Numbers that depend on history (ids, runs, moments) are left out; what was published, removed,
changed and found is in.
"""

import psycopg

# Name of the part -> a query whose rows, in any order, are the part.
PARTS = {
    "resources": "SELECT r.slug, f.sha256 FROM sync_resource r JOIN sync_run p ON p.id = r.last_published_id "
    "JOIN sync_rawfile f ON f.id = p.raw_file_id",
    "counts": "SELECT r.slug, p.rows_read, p.inserted, p.updated, p.unchanged, p.duplicate, p.quarantined, p.removed, "
    "p.returned, p.issues FROM sync_resource r JOIN sync_run p ON p.id = r.last_published_id",
    "facilities": "SELECT public_id, name, operator_name, city, county_id, region_id, latitude, has_esmr, has_smarts "
    "FROM facilities_facility",
    "enrollments": "SELECT e.program, e.app_id, e.wdid, e.content_hash, e.removed_by_id IS NULL, e.line, f.public_id "
    "FROM facilities_smartsenrollment e JOIN facilities_facility f ON f.id = e.facility_id",
    "details": "SELECT e.app_id, e.wdid, to_jsonb(i) - 'enrollment_id', to_jsonb(c) - 'enrollment_id' "
    "FROM facilities_smartsenrollment e LEFT JOIN facilities_industrialdetail i ON i.enrollment_id = e.id "
    "LEFT JOIN facilities_constructiondetail c ON c.enrollment_id = e.id",
    "superseded": "SELECT e.app_id, e.wdid, s.content_hash, s.line FROM facilities_supersededcertification s "
    "JOIN facilities_smartsenrollment e ON e.id = s.enrollment_id",
    "esmr facilities": "SELECT place_id, name, region_id, latitude FROM facilities_esmrfacility",
    "violations": "SELECT v.violation_id, v.content_hash, v.removed_by_id IS NULL, v.line, e.app_id, e.wdid "
    "FROM violations_regulatoryviolation v LEFT JOIN facilities_smartsenrollment e ON e.id = v.enrollment_id",
    "actions": "SELECT enforcement_id, content_hash, removed_by_id IS NULL, line, enrollment_id IS NULL "
    "FROM enforcement_enforcementaction",
    "inspections": "SELECT inspection_id, content_hash, removed_by_id IS NULL, line, enrollment_id IS NULL "
    "FROM enforcement_inspection",
    "links": "SELECT v.violation_id, i.inspection_id FROM violations_inspectionviolation l "
    "JOIN violations_regulatoryviolation v ON v.id = l.violation_id "
    "JOIN enforcement_inspection i ON i.id = l.inspection_id",
    "SMARTS samples": "SELECT r.slug, s.content_hash, s.copies, s.removed_by_id IS NULL, s.line, t.content_hash, "
    "l.content_hash, p.name, s.enrollment_id IS NULL FROM monitoring_smartssample s "
    "JOIN sync_resource r ON r.id = s.resource_id JOIN monitoring_smartsreport t ON t.id = s.report_id "
    "JOIN monitoring_smartslocation l ON l.id = s.location_id JOIN monitoring_parameter p ON p.id = s.parameter_id",
    "eSMR samples": "SELECT r.slug, s.content_hash, s.copies, s.removed_by_id IS NULL, s.line, t.content_hash, "
    "l.content_hash, p.name FROM monitoring_esmrsample s JOIN sync_resource r ON r.id = s.resource_id "
    "JOIN monitoring_esmrreport t ON t.id = s.report_id JOIN monitoring_esmrlocation l ON l.id = s.location_id "
    "JOIN monitoring_parameter p ON p.id = s.parameter_id",
    "changes": "SELECT r.slug, c.kind, c.record_key, c.field, c.old_value, c.new_value FROM sync_recordchange c "
    "JOIN sync_resource r ON r.id = c.resource_id",
    "quarantine": "SELECT r.slug, q.line, q.reason, q.detail, q.raw_text FROM sync_quarantinedrow q "
    "JOIN sync_run u ON u.id = q.run_id JOIN sync_resource r ON r.last_published_id = u.id",
    "issues": 'SELECT r.slug, i.line, i."column", i.code, i.raw_value, i.stored_value FROM sync_dataqualityissue i '
    "JOIN sync_run u ON u.id = i.run_id JOIN sync_resource r ON r.last_published_id = u.id",
    "indexes": "SELECT i.indexdef, c.conname FROM pg_indexes i LEFT JOIN pg_constraint c "
    "ON c.conindid = format('%I.%I', i.schemaname, i.indexname)::regclass AND c.contype IN ('p', 'u') "
    "WHERE i.schemaname = 'public'",
}


def digest(connection: psycopg.Connection) -> dict[str, tuple[int, str]]:
    """Number of rows and a hash of all of them, per part."""
    found = {}
    for name, query in PARTS.items():
        row = connection.execute(
            f"SELECT count(*), md5(coalesce(string_agg(part::text, E'\\n' ORDER BY part::text), '')) "
            f"FROM ({query}) AS part"
        ).fetchone()
        assert row is not None
        found[name] = (row[0], row[1])
    return found


def left_over(connection: psycopg.Connection) -> dict[str, int]:
    """What must never be left behind: work tables, runs that nobody is working on, and indexes still to be built."""
    row = connection.execute(
        "SELECT (SELECT count(*) FROM pg_tables WHERE schemaname = 'staging'), "
        "(SELECT count(*) FROM sync_run WHERE status = 'running'), (SELECT count(*) FROM sync_pendingindex)"
    ).fetchone()
    assert row is not None
    return {"work tables": row[0], "running runs": row[1], "pending indexes": row[2]}
