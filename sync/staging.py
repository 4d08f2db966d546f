"""Staging: one pass over the file, into an unlogged all-text table and the raw-file store.

Where most rows are known from the last file, the pass is for their hashes, and the cells of the rest
come from a second one, over the stored file. The stage table has the columns of the *file*, in its
order, so that sound lines pass through untouched; the contract's columns have their published name
in lower case, unknown ones a number.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from psycopg import Cursor
from psycopg.copy import QueuedLibpqWriter

from sync.contracts.base import Column
from sync.header import HeaderCheck
from sync.models import DataQualityIssue, QuarantinedRow
from sync.reading import Block, CsvFile
from sync.spool import Spool
from sync.statements import execute, keys_table, stage_table


class _BoundedWriter(QueuedLibpqWriter):
    """Talks to the database in a thread of its own, a few blocks behind the reader.

    psycopg's own queue holds a thousand buffers, which are a gigabyte of ours.
    """

    def __init__(self, cursor: Cursor[Any]) -> None:
        super().__init__(cursor)
        self._queue = type(self._queue)(maxsize=8)


@dataclass(slots=True)
class StagedFile:
    """What one pass over the file found; the sound rows are in the stage table."""

    quarantine: Spool
    issues: Spool
    rows: int = 0  # rows in the stage table

    @property
    def rows_read(self) -> int:
        """Data rows of the file, whether they could be staged or not."""
        return self.rows + self.quarantine.rows


def stage_column(column: Column) -> str:
    """Name of a contract's column in the stage table and in the typed table, quoted."""
    return f'"{column.name.lower()}"'


@contextmanager
def session_settings() -> Iterator[None]:
    """Settings that the pipeline's SQL relies on, for the transaction that it opens."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL DateStyle = 'ISO, MDY'; SET LOCAL TimeZone = 'UTC'; SET LOCAL jit = off; "
            "SET LOCAL work_mem = '128MB'; SET LOCAL statement_timeout = 0; "
            # Work tables are joined whole: their sizes matter, and hardly the values in them.
            "SET LOCAL default_statistics_target = 20; "
            # Typing a cell costs far more than the planner thinks, so a second process pays sooner.
            "SET LOCAL parallel_setup_cost = 100; SET LOCAL parallel_tuple_cost = 0.005; "
            # A worker that was killed must not keep its statement running for minutes.
            "SET LOCAL client_connection_check_interval = '5s'"
        )
        yield


@contextmanager
def _frequent_switches() -> Iterator[None]:
    """Let the thread that talks to the database run as soon as it has something to send.

    By default it would wait for the reading thread for 5 ms, once for every block.
    """
    usual = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


def stage_file(
    file: CsvFile,
    header: HeaderCheck,
    run_id: int,
    on_bytes: Callable[[int], None] = lambda _bytes: None,
    seed: int = 0,
) -> StagedFile:
    """COPY the rows of `file` into the run's stage table; to be called inside `session_settings`.

    The table has `line`, `text_hash` (of the row's published text, with `seed`), and the file's columns.
    `on_bytes` hears of every block. Raises `sync.reading.UnreadableFileError`.
    """
    return _stage(stage_table(run_id), _file_columns(header), file.blocks(seed), run_id, on_bytes)


def stage_keys(
    file: CsvFile, run_id: int, on_bytes: Callable[[int], None] = lambda _bytes: None, seed: int = 0
) -> StagedFile:
    """As `stage_file`, of the rows' `line` and `text_hash` alone, into the run's table of keys.

    Most rows of a weekly file are known by these, and of the others the cells follow (`stage_rows`).
    """
    return _stage(keys_table(run_id), [], file.blocks(seed, with_cells=False), run_id, on_bytes)


def stage_rows(file: CsvFile, header: HeaderCheck, run_id: int, lines: Iterable[int], seed: int = 0) -> None:
    """COPY the rows of `file` that begin at these lines, in ascending order, into the run's stage table."""
    _stage(stage_table(run_id), _file_columns(header), file.rows_at(lines, seed), run_id)


def _file_columns(header: HeaderCheck) -> list[str]:
    return [
        stage_column(column) if column else f'"unknown_{position}"' for position, column in enumerate(header.columns)
    ]


def _stage(
    table: str,
    columns: list[str],
    blocks: Iterator[Block],
    run_id: int,
    on_bytes: Callable[[int], None] = lambda _bytes: None,
) -> StagedFile:
    staged = StagedFile(
        quarantine=Spool(QuarantinedRow._meta.db_table, ("run_id", "line", "reason", "detail", "raw_text")),
        issues=Spool(DataQualityIssue._meta.db_table, ("run_id", "line", "column", "code", "raw_value")),
    )
    typed = ", ".join(["line integer", "text_hash uuid", *(f"{name} text" for name in columns)])
    # A transaction of its own kind (a savepoint), so that a file that turns out to be unreadable
    # half-way leaves the run's transaction usable.
    with transaction.atomic(), connection.cursor() as cursor, _frequent_switches():
        execute(f"DROP TABLE IF EXISTS {table}")
        execute(f"CREATE UNLOGGED TABLE {table} ({typed}) WITH (autovacuum_enabled = off)")
        # FREEZE spares the readers that follow from marking every row as committed.
        copy = f"COPY {table} ({', '.join(['line', 'text_hash', *columns])}) FROM STDIN WITH (FORMAT csv, FREEZE)"
        with cursor.copy(copy, writer=_BoundedWriter(cursor.cursor)) as target:
            for block in blocks:
                target.write(block.data)
                staged.rows += block.rows
                for bad in block.bad:
                    staged.quarantine.add(run_id, bad.line, bad.reason, bad.detail, bad.raw_text)
                for repaired in block.repaired:
                    staged.issues.add(run_id, repaired.line, "", repaired.code, repaired.raw_text)
                on_bytes(block.source_bytes)
    return staged
