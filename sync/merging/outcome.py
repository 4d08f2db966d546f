"""What a merge did, and the work tables it does it with."""

from dataclasses import dataclass

from django.db import connection

from sync.staging import SCHEMA


@dataclass(slots=True)
class MergeCounts:
    """What became of the rows that reached the merge: valid = inserted + updated + unchanged + duplicate."""

    inserted: int = 0
    updated: int = 0  # another value than before, or returned
    unchanged: int = 0
    duplicate: int = 0
    removed: int = 0
    returned: int = 0  # of the updated ones


def work_table(run_id: int, purpose: str) -> str:
    """Name of an unlogged table that a run keeps intermediate results in."""
    return f"{SCHEMA}.run_{run_id}_{purpose}"


def create_work_table(run_id: int, purpose: str, query: str, params: list[object] | None = None) -> str:
    """Fill a new work table from a query; returns its name."""
    name = work_table(run_id, purpose)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {name}")
        cursor.execute(f"CREATE UNLOGGED TABLE {name} WITH (autovacuum_enabled = off) AS {query}", params)
        cursor.execute(f"ANALYZE {name}")
    return name


def count(query: str, params: list[object] | None = None) -> int:
    """The number that a query answers with."""
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def execute(statement: str, params: list[object] | None = None) -> int:
    """Execute one statement; returns the number of rows that it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return int(cursor.rowcount)
