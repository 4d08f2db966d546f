"""Executing set-wise statements, and the unlogged tables that a computation works with.

The statements are composed of names and numbers of our own; published values only ever travel
inside tables or as parameters. Work tables belong to the computation's transaction, which holds a
lock that keeps other computations out; unlogged and not temporary, so that parallel workers read them.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection

_PREFIX = "staging.findings_"


def execute(statement: str, parameters: Sequence[Any] | None = None) -> int:
    """Execute one statement; returns the number of rows that it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def fetch(query: str, parameters: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return list(cursor.fetchall())


def work_table(purpose: str) -> str:
    """Name of the table that the computation keeps something in."""
    return _PREFIX + purpose


def create_work_table(
    purpose: str, query: str, parameters: Sequence[Any] | None = None, *, keys: str = "", is_shared: bool = False
) -> str:
    """Fill a new work table from a query, and take its statistics; returns its name.

    `keys` names the columns to take them of, where the others are wide and nothing is joined by them. A table that
    `is_shared` is gone through by several processes however small it is, as what is found through it is much.
    """
    name = work_table(purpose)
    options = "autovacuum_enabled = off" + (", parallel_workers = 2" if is_shared else "")
    execute(f"CREATE UNLOGGED TABLE {name} WITH ({options}) AS {query}", parameters)
    execute(f"ANALYZE {name} ({keys})" if keys else f"ANALYZE {name}")
    return name


@contextmanager
def planned_without(*ways: str) -> Iterator[None]:
    """Have statements planned without these ways, by the names of PostgreSQL's settings, where others do as well."""
    for way in ways:
        execute(f"SET LOCAL enable_{way} = off")
    yield
    for way in ways:
        execute(f"SET LOCAL enable_{way} TO DEFAULT")


@contextmanager
def joined_as_written() -> Iterator[None]:
    """Have tables joined in the order in which statements name them."""
    execute("SET LOCAL join_collapse_limit = 1")
    yield
    execute("SET LOCAL join_collapse_limit TO DEFAULT")


def load_work_table(purpose: str, columns: str, rows: Iterable[Sequence[Any]]) -> str:
    """Fill a new work table with rows of ours; returns its name."""
    name, listed = work_table(purpose), list(rows)  # what makes the rows may need the connection, which COPY takes up
    execute(f"CREATE UNLOGGED TABLE {name} ({columns}) WITH (autovacuum_enabled = off)")
    with connection.cursor() as cursor, cursor.copy(f"COPY {name} FROM STDIN") as copy:
        for row in listed:
            copy.write_row(row)
    execute(f"ANALYZE {name}")
    return name


def literal(text: str) -> str:
    """A name of the reference data as an SQL literal."""
    return "'" + text.replace("'", "''").replace("%", "%%") + "'"


def drop_work_tables() -> None:
    """Remove the computation's work tables, those that a killed one left included."""
    rows = fetch(
        "SELECT schemaname || '.' || quote_ident(tablename) FROM pg_tables "
        "WHERE schemaname || '.' || tablename LIKE %s",
        [_PREFIX.replace("_", r"\_") + "%"],
    )
    for (name,) in rows:
        execute(f"DROP TABLE {name}")
