"""Executing the pipeline's statements, and the unlogged tables that a run works with.

The statements are composed from names in contracts and models and from ids of our own; published
values only ever travel inside tables.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

SCHEMA = "staging"

Parameters = Sequence[str | int | datetime]


def execute(statement: str, parameters: Parameters | None = None) -> int:
    """Execute one statement; returns the number of rows that it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def count(query: str, parameters: Parameters | None = None) -> int:
    """The number that a query answers with."""
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def work_table(run_id: int, purpose: str) -> str:
    """Name of a table that a run keeps intermediate results in."""
    return f"{SCHEMA}.run_{run_id}_{purpose}"


def stage_table(run_id: int) -> str:
    """Name of the run's table of published cells, as text."""
    return work_table(run_id, "text")


def keys_table(run_id: int) -> str:
    """Name of the run's table of the line and text hash of every row."""
    return work_table(run_id, "keys")


def typed_table(run_id: int) -> str:
    """Name of the run's table of typed rows."""
    return work_table(run_id, "typed")


def create_work_table(
    run_id: int, purpose: str, query: str, parameters: Parameters | None = None, *, analyzed: str = ""
) -> str:
    """Fill a new work table from a query, and take its statistics; returns its name.

    `analyzed` names the columns that later statements join or group by; all, if it is not given.
    """
    name = work_table(run_id, purpose)
    execute(f"DROP TABLE IF EXISTS {name}")
    execute(f"CREATE UNLOGGED TABLE {name} WITH (autovacuum_enabled = off) AS {query}", parameters)
    execute(f"ANALYZE {name} ({analyzed})" if analyzed else f"ANALYZE {name}")
    return name


def drop_work_tables(run_id: int) -> None:
    """Remove the work tables of a run."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(format('%%I.%%I', schemaname, tablename), ', ') FROM pg_tables "
            "WHERE schemaname = %s AND tablename LIKE %s",
            [SCHEMA, rf"run\_{run_id}\_%"],
        )
        (tables,) = cursor.fetchone()
        if tables:
            cursor.execute(f"DROP TABLE {tables}")


def literal(text: str) -> str:
    """A name from a contract as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"
