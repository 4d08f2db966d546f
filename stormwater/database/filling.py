"""Filling an empty table: its indexes are built once, at the end, and not entry by entry."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

# Whoever reads an empty table is soon done. If not, the load goes the slow way instead of waiting.
PATIENCE = "2s"


@contextmanager
def indexes_built_afterwards(table: str) -> Iterator[bool]:
    """If the table has no row, drop all of its indexes, and build them after the block, with its statistics.

    Gives whether it does so. Readers of the table wait from here to the end of the transaction then. Nothing is
    dropped, and nobody waits, if there are rows, or if others use the table right now.
    """
    definitions = take_indexes_off(table)
    if definitions is None:
        yield False
        return
    yield True
    _check_references()
    for definition in definitions:
        _execute(definition)
    _execute(f"ANALYZE {table}")  # what reads it next may come before autovacuum does


def take_indexes_off(table: str) -> list[str] | None:
    """Drop all indexes of a table without a row; returns the statements that build them, in their order.

    Readers of the table wait from here to the end of the transaction. Nothing is dropped (None) if there are rows,
    or if others use the table right now.
    """
    if not _is_locked_and_empty(table):
        return None
    _check_references()
    # New storage, of which nothing is logged before it is complete (where `wal_level` is minimal).
    _execute(f"TRUNCATE {table}")
    return _drop_indexes(table)


def _is_locked_and_empty(table: str) -> bool:
    if _has_rows(table):
        return False
    try:
        with transaction.atomic():
            _execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
            _execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            _execute("SET LOCAL lock_timeout = 0")
    except OperationalError:  # the savepoint took the setting back
        return False
    return not _has_rows(table)  # another run may have filled it while this one waited


def _check_references() -> None:
    """Check the foreign keys of what was written so far: a table is not altered while some are still to be checked."""
    _execute("SET CONSTRAINTS ALL IMMEDIATE")
    _execute("SET CONSTRAINTS ALL DEFERRED")  # as Django makes them


def _has_rows(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT FROM {table} LIMIT 1")
        return cursor.fetchone() is not None


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _drop_indexes(table: str) -> list[str]:
    """Drop the indexes, unique constraints and primary key of the table; returns the statements that make them again.

    No key may refer to the table, or PostgreSQL refuses.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), c.conname, pg_get_constraintdef(c.oid)
            FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u')
            WHERE i.indrelid = %s::regclass ORDER BY i.indexrelid
            """,
            [table],
        )
        found = cursor.fetchall()
    definitions = []
    for index, definition, constraint, constraint_definition in found:
        if constraint:
            _execute(f"ALTER TABLE {table} DROP CONSTRAINT {connection.ops.quote_name(constraint)}")
            definitions.append(
                f"ALTER TABLE {table} ADD CONSTRAINT {connection.ops.quote_name(constraint)} {constraint_definition}"
            )
        else:
            _execute(f"DROP INDEX {index}")
            definitions.append(definition)
    return definitions
