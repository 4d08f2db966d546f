"""A whole list as CSV, written by PostgreSQL itself and passed on block by block, in constant memory.

Every text is in quotes, also an empty one; null is nothing between two commas. A text that a
spreadsheet could take for a formula (beginning with = + - @, tab or line break), and one that
begins with an apostrophe, gets an apostrophe in front: whoever takes one off the front of every
text has the data back exactly. Numbers, dates and flags are never in quotes.
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from stormwater.api.reading import compile_rows
from stormwater.api.row_fields import Kind, RowField

STATEMENT_SECONDS = 15 * 60
_BLOCK = 64 * 1024
_QUOTED = {Kind.TEXT, Kind.TEXTS, Kind.INTEGERS}
_DANGEROUS = r"E'=', E'+', E'-', E'@', E'\t', E'\r', E'\n', E'\''"


class CsvStream:
    """Blocks of bytes; whoever stops before the end closes it, which ends the query and frees the connection."""

    def __init__(self, blocks: Generator[bytes]) -> None:
        self._first: bytes | None = next(blocks)
        self._blocks = blocks

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        first, self._first = self._first, None
        return next(self._blocks) if first is None else first

    def close(self) -> None:
        """End it, wherever it is."""
        self._blocks.close()


def stream_csv(fields: Sequence[RowField], rows: QuerySet[Any, Any]) -> CsvStream:
    """The rows as blocks of bytes.

    The first block is read before this returns, so that whatever the database has against the query
    is raised here, and not in the middle of an answer. One statement: all rows are of one moment.
    """
    return CsvStream(_blocks(fields, rows))


def copy_rows(fields: Sequence[RowField], rows: QuerySet[Any, Any]) -> Generator[bytes]:
    """The header and then each row as a line of CSV, in the transaction that is open."""
    yield ",".join(row_field.name for row_field in fields).encode() + b"\n"
    inner = compile_rows(rows)
    if inner is None:
        return
    with connection.cursor() as cursor, cursor.copy(_copy_statement(fields, inner.sql), inner.parameters) as copy:
        for row in copy:
            yield bytes(row)


def _blocks(fields: Sequence[RowField], rows: QuerySet[Any, Any]) -> Generator[bytes]:
    buffer = bytearray()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {STATEMENT_SECONDS * 1000}")
        with closing(copy_rows(fields, rows)) as lines:
            for line in lines:
                buffer += line
                if len(buffer) >= _BLOCK:
                    yield bytes(buffer)
                    buffer.clear()
    yield bytes(buffer)


def _copy_statement(fields: Sequence[RowField], inner: str) -> str:
    columns = [f"c{number}" for number in range(len(fields))]
    values = ", ".join(_as_text(row_field.kind, column) for row_field, column in zip(fields, columns, strict=True))
    quoted = [f"t{number}" for number, row_field in enumerate(fields) if row_field.kind in _QUOTED]
    force = f", FORCE_QUOTE ({', '.join(quoted)})" if quoted else ""
    names = ", ".join(f"t{number}" for number in range(len(fields)))
    return f"""
        COPY (SELECT {names} FROM (
            SELECT {values} FROM ({inner}) AS rows ({", ".join(columns)})
        ) AS texts ({names})) TO STDOUT WITH (FORMAT csv{force})
    """


def _as_text(kind: Kind, column: str) -> str:
    match kind:
        case Kind.TEXT:
            return f"CASE WHEN left({column}, 1) IN ({_DANGEROUS}) THEN '''' || {column} ELSE {column} END"
        case Kind.TEXTS | Kind.INTEGERS:
            return f"array_to_json({column})::text"
        case Kind.FLAG:
            return f"CASE WHEN {column} THEN 'true' WHEN NOT {column} THEN 'false' END"
        case Kind.TIMESTAMP:
            return f"to_json({column}) #>> '{{}}'"
        case _:
            return column
