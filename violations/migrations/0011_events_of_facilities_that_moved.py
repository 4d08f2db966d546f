"""A facility that gets another county or region has its inspections and enforcement actions counted there.

An event without a region, of an enrollment without one, goes by its facility's.
"""

from django.db import migrations

_OLD, _NEW = (f"SELECT id, county_id, region_id, merged_into_id FROM {table}" for table in ("old_rows", "new_rows"))
_DIFFERING = f"(({_OLD} EXCEPT {_NEW}) UNION ALL ({_NEW} EXCEPT {_OLD}))"
FORWARD = f"""
    CREATE OR REPLACE FUNCTION violations_note_update_of_facilities_facility() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO violations_stalerecord (kind, record_id)
        SELECT DISTINCT 'facility', f.id FROM {_DIFFERING} f
        UNION ALL (SELECT 'events', 0 FROM {_DIFFERING} f LIMIT 1);
        RETURN NULL;
    END
    $$;
    -- What has been counted in the wrong place.
    INSERT INTO violations_stalerecord (kind, record_id) VALUES ('events', 0);
"""


class Migration(migrations.Migration):
    dependencies = [("violations", "0010_index_public_findings")]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
