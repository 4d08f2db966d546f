"""Indexes that a table of samples is without while its first files are loaded.

An index that grows entry by entry takes many times as long as one that is built of a whole table. What the
indexes were is noted in the transaction that drops them, so that they are built whatever becomes of the
process: by the sync at its end (`sync.first_loads`), else by whoever needs them first.
"""

from functools import partial

from django.db import connection, transaction
from django.db.models import QuerySet

from stormwater.database.filling import take_indexes_off
from sync.models import PendingIndex
from sync.side_by_side import interruptible, run_side_by_side
from sync.statements import execute


def leave_indexes_for_later(table: str) -> None:
    """Drop the indexes of a table without a row, and note them; in the publishing transaction.

    Does nothing if the table has rows: it has its indexes then, or they are noted already.
    """
    statements = take_indexes_off(table) or []
    PendingIndex.objects.bulk_create(PendingIndex(table=table, statement=statement) for statement in statements)


def list_pending_indexes(table: str | None = None) -> QuerySet[PendingIndex]:
    """The indexes that were left for later, of one table or of all, in the order in which they are built."""
    pending = PendingIndex.objects.order_by("pk")
    return pending if table is None else pending.filter(table=table)


def build_pending_indexes(table: str | None = None) -> list[str]:
    """Build the indexes that were left for later, of one table or of all; returns the tables that were without.

    Two at a time: to build one is to read, to sort and to write in turn, and never keeps two processors at work. Each
    in a transaction of its own, so that what is built stays if the next is interrupted. Readers wait only while a
    constraint takes its index over.
    """
    tables = list(dict.fromkeys(list_pending_indexes(table).values_list("table", flat=True)))
    if not tables:
        return []
    if not connection.in_atomic_block:
        helping = partial(_build, table, is_helping=True)
        run_side_by_side(helping, helping)
    _build(table)
    for name in tables:
        execute(f"ANALYZE {name}")  # what reads it next may come before autovacuum does
    return tables


def _build(table: str | None, *, is_helping: bool = False) -> None:
    """Build what is pending, one by one, in order; what another process is at work on is waited for.

    Who is helping leaves that to it, and constraints to the end: they need all of the table.
    """
    for one in list_pending_indexes(table):
        if is_helping and one.is_constraint:
            continue
        with interruptible(), transaction.atomic():
            if not PendingIndex.objects.select_for_update(skip_locked=is_helping).filter(pk=one.pk).exists():
                continue  # another process has built it, or does
            execute("SET LOCAL statement_timeout = 0")
            execute(one.statement)
            one.delete()
