"""A decision is never changed or deleted, whatever code or person tries: a trigger refuses it.

Two columns may change: `is_live` from true to false, when a later decision takes its place, and
`reviewer_id`, which is emptied when the reviewer's account is deleted (the login stays in `reviewer_name`).
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION facilities_keep_decisions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'Decision % is kept: decisions are never deleted.', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.is_live AND NOT OLD.is_live)
        OR (NEW.reviewer_id IS NOT NULL AND NEW.reviewer_id IS DISTINCT FROM OLD.reviewer_id)
        OR to_jsonb(NEW) - 'is_live' - 'reviewer_id' <> to_jsonb(OLD) - 'is_live' - 'reviewer_id'
    THEN
        RAISE EXCEPTION 'Decision % is kept as it is: an undo is a row of its own.', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER keep_decisions BEFORE UPDATE OR DELETE ON facilities_matchdecision
    FOR EACH ROW EXECUTE FUNCTION facilities_keep_decisions();
"""
BACKWARD = """
DROP TRIGGER keep_decisions ON facilities_matchdecision;
DROP FUNCTION facilities_keep_decisions();
"""


class Migration(migrations.Migration):
    dependencies = [("facilities", "0004_matching_tables")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
