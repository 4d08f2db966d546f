"""Decisions about duplicates and dismissals are never changed or deleted, whatever code or person tries.

As with match decisions: `is_live` may go from true to false, and `reviewer_id` is emptied when the
account is deleted (the login stays in `reviewer_name`).
"""

from django.db import migrations

TABLES = ("violations_duplicatedecision", "violations_dismissaldecision")
FORWARD = """
CREATE FUNCTION violations_keep_decisions() RETURNS trigger LANGUAGE plpgsql AS $$
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
""" + "".join(
    f"""
CREATE TRIGGER keep_decisions BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION violations_keep_decisions();
"""
    for table in TABLES
)
BACKWARD = "".join(f"DROP TRIGGER keep_decisions ON {table};" for table in TABLES) + (
    "DROP FUNCTION violations_keep_decisions();"
)


class Migration(migrations.Migration):
    dependencies = [("violations", "0007_duplicates_dismissals_and_links")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
