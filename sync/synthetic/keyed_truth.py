"""What a sync must report of records that have a key: the oracle for facilities and events.

It compares what was planted this week with what was planted when the record was last published,
by the rules of the domain: which row of a key is the current one, and which fields changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sync.contracts.base import DatasetContract
from sync.synthetic.cells import Cell, flaws_of, meanings
from sync.synthetic.tally import Tally

Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Published:
    """A record in two weeks: its rows now, and those it had when it was last published before."""

    rows: Sequence[Row]
    rows_before: Sequence[Row]  # none if it is new
    was_there: bool  # in the week before


class KeyedTruth:
    """Counts what becomes of the records of one dataset."""

    def __init__(self, contract: DatasetContract, tally: Tally) -> None:
        self._columns = [column.name for column in contract.columns]
        self._fields = [column.field for column in contract.columns]
        self._own = [position for position, column in enumerate(contract.columns) if not column.joined]
        self._joined = [position for position, column in enumerate(contract.columns) if column.joined]
        self._tally = tally

    def count_unchanged(self, rows: Sequence[Row]) -> None:
        """A record that is there as it was."""
        self._tally.unchanged += 1
        self._count_rows(rows)

    def count(self, record: Published) -> None:
        """A record that may be new, changed, gone or back."""
        if not record.rows:
            if record.was_there:
                self._tally.removed += 1
                self._tally.changes["removed", ""] += 1
            return
        self._count_rows(record.rows)
        if not record.rows_before:
            self._tally.inserted += 1
            return
        now, before = meanings(self.current(record.rows)), meanings(self.current(record.rows_before))
        if record.was_there and now == before:
            self._tally.unchanged += 1
            return
        self._tally.updated += 1
        if not record.was_there:
            self._tally.returned += 1
            self._tally.changes["returned", ""] += 1
        for position in self._own:
            if now[position] != before[position]:
                self._tally.changes["updated", self._fields[position]] += 1

    def current(self, rows: Sequence[Row]) -> Row:
        """The row that counts."""
        return current_filing(rows, self._columns) if not self._joined else self._current_copy(rows)

    def superseded(self, rows: Sequence[Row]) -> int:
        """How many other filings of an enrollment are to be kept."""
        return len({meanings(row) for row in rows}) - 1 if rows else 0

    def _count_rows(self, rows: Sequence[Row]) -> None:
        self._tally.duplicate += len(rows) - 1
        for row in rows:
            self._tally.add_flaws(flaws_of(self._columns, row))
        if self._joined and len(rows) > 1:
            said = self._own_values(rows[-1])
            self._tally.issues["", "conflicting_rows"] += sum(self._own_values(row) != said for row in rows)
            if not self._tally.issues["", "conflicting_rows"]:
                del self._tally.issues["", "conflicting_rows"]

    def _own_values(self, row: Row) -> Row:
        return meanings([row[position] for position in self._own])

    def _current_copy(self, rows: Sequence[Row]) -> Row:
        """Of an event's rows the last that says what it says, with most of the facility joined to it."""
        said = self._own_values(rows[-1])
        copies = [meanings(row) for row in rows if self._own_values(row) == said]
        filled = [sum(row[position] is not None for position in self._joined) for row in copies]
        fullest = {copy for copy, cells in zip(copies, filled, strict=True) if cells == max(filled)}
        if len(fullest) > 1:
            raise ValueError("Two copies of an event differ and are equally full: which one counts is not defined.")
        return fullest.pop()


def current_filing(rows: Sequence[Row], columns: Sequence[str]) -> Row:
    """The current one of an enrollment's rows.

    Active first, then the latest certification, then the latest notice of intent, then the last
    in the file.
    """
    status, certified = columns.index("STATUS"), columns.index("CERTIFICATION_DATE")
    noi = columns.index("NOI_PROCESSED_DATE")

    def rank(numbered: tuple[int, Row]) -> tuple[bool, str, str, int]:
        number, row = numbered
        values = meanings(row)
        return ((values[status] or "").lower() == "active", values[certified] or "", values[noi] or "", number)

    return max(enumerate(rows), key=rank)[1]
