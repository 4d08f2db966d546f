"""Findings on their way to the database, without holding them in memory.

While a file is being copied in, the connection is busy and there may be a finding for every row.
"""

import csv
from collections.abc import Sequence
from io import TextIOWrapper
from tempfile import SpooledTemporaryFile

from django.db import connection

IN_MEMORY_BYTES = 1 << 20


class Spool:
    """Rows for one table, written down now and copied into it later."""

    def __init__(self, table: str, columns: Sequence[str]) -> None:
        self._table = table
        self._columns = columns
        self._file = SpooledTemporaryFile(IN_MEMORY_BYTES)  # noqa: SIM115 - closed by `copy_in`
        self._text = TextIOWrapper(self._file, encoding="utf-8", newline="")
        # Everything quoted: an empty text is not null.
        self._writer = csv.writer(self._text, quoting=csv.QUOTE_ALL, lineterminator="\n")
        self.rows = 0

    def add(self, *values: object) -> None:
        """Append one row, in the order of the columns; every value as text, none of them null."""
        self._writer.writerow(values)
        self.rows += 1

    def copy_in(self) -> None:
        """Copy the rows into the table, all at once, and forget them."""
        self._text.flush()
        self._file.seek(0)
        names = ", ".join(f'"{name}"' for name in self._columns)
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY {self._table} ({names}) FROM STDIN (FORMAT csv)") as copy,
        ):
            while data := self._file.read(1 << 20):
                copy.write(data)
        self._text.close()
