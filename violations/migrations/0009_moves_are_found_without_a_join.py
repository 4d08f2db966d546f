"""Members and facilities that moved are found by comparing sets, and no longer by a join of old and new rows.

A function keeps the plan of its first call. Planned for one row, the join was a loop, and a later statement
that touched a hundred thousand rows went round it ten billion times. A difference of two sets is
never planned as a loop.
"""

from django.db import migrations

_NOTES = "INSERT INTO violations_stalerecord (kind, record_id)"


def _differing(columns: str) -> str:
    """Query of the rows of which one of the columns differs, as they were and as they are."""
    old, new = (f"SELECT id, {columns} FROM {table}" for table in ("old_rows", "new_rows"))
    return f"(({old} EXCEPT {new}) UNION ALL ({new} EXCEPT {old}))"


def _members(kind: str, columns: str) -> str:
    moved = _differing(columns)
    return f"""
        {_NOTES}
        SELECT DISTINCT '{kind}', m.id FROM {moved} m
        UNION ALL SELECT DISTINCT 'facility', m.facility_id FROM {moved} m WHERE m.facility_id IS NOT NULL
        UNION ALL (SELECT 'events', 0 FROM {moved} m LIMIT 1)
    """


FUNCTIONS = {
    "facilities_smartsenrollment": _members("enrollment", "facility_id, county_id, region_id, wdid"),
    "facilities_esmrfacility": _members("plant", "facility_id, region_id"),
    "facilities_facility": f"""
        {_NOTES} SELECT DISTINCT 'facility', f.id FROM {_differing("county_id, region_id, merged_into_id")} f
    """,
}
FORWARD = "\n".join(
    f"""
    CREATE OR REPLACE FUNCTION violations_note_update_of_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        {statement};
        RETURN NULL;
    END
    $$;
    """
    for table, statement in FUNCTIONS.items()
)


class Migration(migrations.Migration):
    dependencies = [("violations", "0008_staff_decisions_are_append_only")]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
