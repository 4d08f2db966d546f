"""Writing one file in the portal's form, a block at a time."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from sync.contracts.base import DatasetContract, Kind
from sync.synthetic.cells import Cell, quoted
from sync.synthetic.tally import Tally
from sync.synthetic.weeks import day_of

BOM = b"\xef\xbb\xbf"
BLOCK_BYTES = 1 << 20
# The publisher's nulls: by the column's kind, and now and then one of the other two.
_NULLS = {Kind.NUMERIC: "NaN", Kind.LATITUDE: "NaN", Kind.LONGITUDE: "NaN", Kind.INTEGER: "NaN", Kind.DATE: ""}
_OTHER_NULL_EVERY = 29


class PortalFile:
    """One resource's file of one week, and the tally of what was put into it."""

    def __init__(
        self,
        folder: Path,
        contract: DatasetContract,
        week: int,
        *,
        year: int | None = None,
        line_break: str = "\n",
        renamed: Mapping[str, str] | None = None,
    ) -> None:
        stem = contract.file_stem.format(year=year)
        self.path = folder / f"{stem}_{day_of(week)}.csv"
        self.contract = contract
        self.columns = tuple(column.name for column in contract.columns)
        self.tally = Tally()
        self._end = line_break
        self._defaults = [_NULLS.get(column.kind, "NA") for column in contract.columns]
        self._nulls = 0
        self._lines: list[str] = []
        self._size = 0
        self._file = self.path.open("wb")
        self._file.write(BOM)
        self._put(",".join((renamed or {}).get(name, name) for name in self.columns))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._flush()
        self._file.close()

    def add(self, cells: Sequence[Cell]) -> None:
        """Write a row of the file, in the contract's order of columns."""
        self.add_lines([self.line_of(cells)])

    def add_lines(self, lines: Iterable[str]) -> None:
        """Write rows that are CSV already."""
        before = len(self._lines)
        self._lines += lines
        added = len(self._lines) - before
        self.tally.read += added
        if added:
            self._size += len(self._lines[-1]) * added
        if self._size > BLOCK_BYTES:
            self._flush()

    def add_raw(self, line: bytes) -> None:
        """Write a row of bytes that need not be text."""
        self._flush()
        self.tally.read += 1
        self._file.write(line + self._end.encode())

    def add_blank_lines(self, lines: int = 3) -> None:
        """Write lines that are no rows."""
        self._put(*[""] * lines)

    def line_of(self, cells: Sequence[Cell]) -> str:
        """The row as CSV."""
        return ",".join([self._null(position) if cell is None else quoted(cell) for position, cell in enumerate(cells)])

    def _null(self, position: int) -> str:
        self._nulls += 1
        if self._nulls % _OTHER_NULL_EVERY:
            return self._defaults[position]
        return ("NA", "NaN", "")[self._nulls // _OTHER_NULL_EVERY % 3]

    def _put(self, *lines: str) -> None:
        self._lines += lines

    def _flush(self) -> None:
        if self._lines:
            self._lines.append("")
            self._file.write(self._end.join(self._lines).encode())
            self._lines.clear()
            self._size = 0
