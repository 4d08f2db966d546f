"""Whatever the unified list and the sums are made of notes its changes, in the transaction that makes them.

By triggers of whole statements, so that a sync that writes a hundred thousand rows notes them in one
statement, and no writer (the sync, the matcher, reviewers, the computation, staff) can forget to.
`violations.refreshing` takes the notes.
"""

from django.db import migrations

NOTES = "INSERT INTO violations_stalerecord (kind, record_id)"

# Table -> statement per operation, over the rows as they were (`old_rows`) and as they are (`new_rows`).
_FINDINGS = """
    SELECT DISTINCT 'enrollment', r.enrollment_id FROM {rows} r WHERE r.enrollment_id IS NOT NULL
    UNION ALL SELECT DISTINCT 'plant', r.esmr_facility_id FROM {rows} r WHERE r.esmr_facility_id IS NOT NULL
"""
_OF_ENROLLMENTS = "SELECT DISTINCT 'enrollment', r.enrollment_id FROM {rows} r WHERE r.enrollment_id IS NOT NULL"
_VIOLATIONS = f"{_OF_ENROLLMENTS} UNION ALL SELECT 'orphan', r.id FROM {{rows}} r WHERE r.enrollment_id IS NULL"
_EVENTS = f"{_OF_ENROLLMENTS} UNION ALL (SELECT 'events', 0 FROM {{rows}} r LIMIT 1)"
_BOTH = "(SELECT * FROM old_rows UNION ALL SELECT * FROM new_rows)"


def _members(kind: str, columns: str) -> str:
    """What follows when members of facilities change: theirs, and both facilities."""
    old, new = (", ".join(f"{alias}.{name}" for name in columns.split(", ")) for alias in "on")
    moved = f"new_rows n JOIN old_rows o ON o.id = n.id WHERE ({old}) IS DISTINCT FROM ({new})"
    return f"""
        SELECT '{kind}', n.id FROM {moved}
        UNION ALL SELECT DISTINCT 'facility', f.facility_id FROM (
            SELECT o.facility_id FROM {moved} UNION SELECT n.facility_id FROM {moved}
        ) f WHERE f.facility_id IS NOT NULL
        UNION ALL (SELECT 'events', 0 FROM {moved} LIMIT 1)
    """


_NEW_MEMBERS = "SELECT DISTINCT 'facility', r.facility_id FROM new_rows r WHERE r.facility_id IS NOT NULL"
NOTED = {
    "violations_exceedance": {"INSERT": _FINDINGS.format(rows="new_rows"), "UPDATE": _FINDINGS.format(rows="new_rows")},
    "violations_eralevel": {
        "INSERT": _OF_ENROLLMENTS.format(rows="new_rows"),
        "UPDATE": _OF_ENROLLMENTS.format(rows="new_rows"),
        "DELETE": _OF_ENROLLMENTS.format(rows="old_rows"),
    },
    "violations_regulatoryviolation": {
        "INSERT": _VIOLATIONS.format(rows="new_rows"),
        "UPDATE": _VIOLATIONS.format(rows=_BOTH),
    },
    "enforcement_enforcementaction": {
        "INSERT": _EVENTS.format(rows="new_rows"),
        "UPDATE": _EVENTS.format(rows=_BOTH),
    },
    "enforcement_inspection": {"INSERT": _EVENTS.format(rows="new_rows"), "UPDATE": _EVENTS.format(rows=_BOTH)},
    "facilities_smartsenrollment": {
        "INSERT": _NEW_MEMBERS,
        "UPDATE": _members("enrollment", "facility_id, county_id, region_id, wdid"),
    },
    "facilities_esmrfacility": {"INSERT": _NEW_MEMBERS, "UPDATE": _members("plant", "facility_id, region_id")},
    "facilities_facility": {
        "UPDATE": """
            SELECT 'facility', n.id FROM new_rows n JOIN old_rows o ON o.id = n.id
            WHERE (o.county_id, o.region_id, o.merged_into_id)
                IS DISTINCT FROM (n.county_id, n.region_id, n.merged_into_id)
        """,
    },
}
SEEN = {
    "INSERT": "NEW TABLE AS new_rows",
    "UPDATE": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "DELETE": "OLD TABLE AS old_rows",
}


def _forward() -> str:
    statements = []
    for table, operations in NOTED.items():
        for operation, query in operations.items():
            name = f"violations_note_{operation.lower()}_of_{table}"
            statements.append(f"""
                CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    {NOTES} {query};
                    RETURN NULL;
                END
                $$;
                CREATE TRIGGER note_{operation.lower()} AFTER {operation} ON {table}
                    REFERENCING {SEEN[operation]} FOR EACH STATEMENT EXECUTE FUNCTION {name}();
            """)
    # What is in the database already.
    statements.append(f"{NOTES} VALUES ('everything', 0);")
    return "\n".join(statements)


def _backward() -> str:
    return "\n".join(
        f"DROP TRIGGER note_{operation.lower()} ON {table};"
        f"DROP FUNCTION violations_note_{operation.lower()}_of_{table}();"
        for table, operations in NOTED.items()
        for operation in operations
    )


class Migration(migrations.Migration):
    dependencies = [
        ("violations", "0005_unified_list_and_summaries"),
        ("enforcement", "0001_initial"),
        ("facilities", "0004_matching_tables"),
    ]

    operations = [migrations.RunSQL(_forward(), _backward())]
