"""Filling a table: its indexes are built once, at the end, and not entry by entry."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

# Whoever reads an empty table is soon done. If not, the load goes the slow way instead of waiting.
PATIENCE = "2s"
# Rows; for fewer, to drop and build a dozen indexes takes longer than to let them grow.
WORTHWHILE = 1000


@contextmanager
def indexes_built_afterwards(table: str, *, coming: int | None = None) -> Iterator[bool]:
    """If the table has no row, or no more than are `coming`, drop its indexes, and build them after the block.

    Gives whether it does so, and takes its statistics then. Readers of the table wait from here to the end of the
    transaction. Nothing is dropped, and nobody waits, if it has more rows, if few are coming, or if others use the
    table right now. An index that a foreign key refers to stays.
    """
    if coming is not None and coming < WORTHWHILE:
        yield False
        return
    definitions = take_indexes_off(table, coming=coming or 0)
    if definitions is None:
        yield False
        return
    yield True
    _check_references()
    for definition in definitions:
        _execute(definition)
    _execute(f"ANALYZE {table}")  # what reads it next may come before autovacuum does


def take_indexes_off(table: str, *, coming: int = 0) -> list[str] | None:
    """Drop the indexes as `indexes_built_afterwards` does; returns the statements that build them, in their order.

    None if nothing is dropped.
    """
    if not _is_locked_and_small(table, coming):
        return None
    _check_references()
    if not _has_more_rows(table, 0) and not _is_referred_to(table):
        # New storage, of which nothing is logged before it is complete (where `wal_level` is minimal).
        _execute(f"TRUNCATE {table}")
    return _drop_indexes(table)


def _is_locked_and_small(table: str, coming: int) -> bool:
    if _has_more_rows(table, coming):
        return False
    try:
        with transaction.atomic():
            _execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
            _execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            _execute("SET LOCAL lock_timeout = 0")
    except OperationalError:  # the savepoint took the setting back
        return False
    return not _has_more_rows(table, coming)  # another run may have filled it while this one waited


def _check_references() -> None:
    """Check the foreign keys of what was written so far: a table is not altered while some are still to be checked."""
    _execute("SET CONSTRAINTS ALL IMMEDIATE")
    _execute("SET CONSTRAINTS ALL DEFERRED")  # as Django makes them


def _has_more_rows(table: str, number: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT FROM {table} OFFSET %s LIMIT 1", [number])
        return cursor.fetchone() is not None


def _is_referred_to(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_constraint WHERE contype = 'f' AND confrelid = %s::regclass LIMIT 1", [table])
        return cursor.fetchone() is not None


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _drop_indexes(table: str) -> list[str]:
    """Drop indexes, unique constraints and primary key of the table; returns the statements that make them again.

    Constraints come last: each takes over its index, which is built before like any other.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), c.conname,
                CASE c.contype WHEN 'p' THEN 'PRIMARY KEY' WHEN 'u' THEN 'UNIQUE' END
            FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u')
            WHERE i.indrelid = %s::regclass
                AND NOT EXISTS (SELECT FROM pg_constraint r WHERE r.contype = 'f' AND r.conindid = i.indexrelid)
            ORDER BY i.indexrelid
            """,
            [table],
        )
        found = cursor.fetchall()
    constraints = []
    for index, _, constraint, kind in found:
        if constraint:
            name = connection.ops.quote_name(constraint)
            _execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
            constraints.append(f"ALTER TABLE {table} ADD CONSTRAINT {name} {kind} USING INDEX {name}")
        else:
            _execute(f"DROP INDEX {index}")
    return [definition for _, definition, *_ in found] + constraints
