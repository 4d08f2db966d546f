"""One file in the portal's form, and the count of what was planted in it."""

import csv
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from io import StringIO

from sync.contracts import CONTRACTS
from sync.contracts.base import Column, Kind

BOM = b"\xef\xbb\xbf"
NULLS = ("NA", "NaN", "")  # the three spellings; all three occur anywhere
OTHER_NULL_EVERY = 29  # cells; otherwise the one of the column's kind

Cells = Mapping[str, object]
Damage = Callable[[bytes], bytes]


@dataclass
class Planted:
    """What the sync must report of a file that it sees for the first time."""

    read: int = 0
    inserted: int = 0
    duplicate: int = 0
    quarantined: int = 0
    issues: int = 0


class PortalFile:
    """Rows of one resource as the publisher writes them.

    `issues` is the number of data-quality issues that a row is to cause; `damage` changes its bytes.
    """

    def __init__(
        self,
        dataset: str,
        *,
        line_break: str = "\n",
        renamed: Mapping[str, str] | None = None,
        left_out: tuple[str, ...] = (),
    ) -> None:
        self._columns = [column for column in CONTRACTS[dataset].columns if column.name not in left_out]
        self._line_break = line_break
        self._nulls = 0
        self._last = (b"", 0)
        header = [(renamed or {}).get(column.name, column.name) for column in self._columns]
        self._lines = [self._csv(header)]
        self.planted = Planted(issues=len(left_out))  # one for each optional column that is missing

    def record(self, cells: Cells, *, issues: int = 0, damage: Damage = bytes) -> None:
        """Add a row that becomes a record of its own."""
        self.planted.inserted += 1
        self._add(cells, issues, damage)

    def copy(self, cells: Cells, *, issues: int = 0) -> None:
        """Add a row with the key of another one."""
        self.planted.duplicate += 1
        self._add(cells, issues, bytes)

    def repeat(self) -> None:
        """Add the last row once more, byte for byte."""
        line, issues = self._last
        self.planted.read += 1
        self.planted.duplicate += 1
        self.planted.issues += issues
        self._lines.append(line)

    def refused(self, cells: Cells, *, damage: Damage = bytes) -> None:
        """Add a row that cannot be loaded."""
        self.planted.quarantined += 1
        self._add(cells, 0, damage)

    def content(self) -> bytes:
        """The whole file."""
        return BOM + b"".join(self._lines)

    def expected(self) -> dict[str, int]:
        """The counts, for expected.json."""
        return asdict(self.planted)

    def _add(self, cells: Cells, issues: int, damage: Damage) -> None:
        unknown = set(cells) - {column.name for column in self._columns}
        if unknown:
            raise KeyError(f"No such column: {', '.join(sorted(unknown))}")
        line = damage(self._csv([self._cell(column, cells.get(column.name)) for column in self._columns]))
        self._lines.append(line)
        self._last = (line, issues)
        self.planted.read += 1
        self.planted.issues += issues

    def _cell(self, column: Column, value: object) -> str:
        if value is None:
            self._nulls += 1
            if self._nulls % OTHER_NULL_EVERY == 0:
                return NULLS[self._nulls % len(NULLS)]
            return {Kind.DATE: "", Kind.ORACLE_TIMESTAMP: "", Kind.TEXT: "NA", Kind.TIME: "NA", Kind.FLAG: "NA"}.get(
                column.kind, "NaN"
            )
        if isinstance(value, datetime):  # 06-FEB-15 03.58.01.000000 PM
            return value.strftime("%d-%b-%y %I.%M.%S.%f %p").upper()
        if isinstance(value, date):
            return value.isoformat()
        return str(value)

    def _csv(self, cells: list[str]) -> bytes:
        text = StringIO()
        csv.writer(text, lineterminator=self._line_break).writerow(cells)
        return text.getvalue().encode()


def surplus_cell(line: bytes) -> bytes:
    """A ragged row: one comma too many."""
    return line.rstrip(b"\r\n") + b",surplus\n"


def unclosed_quote(line: bytes) -> bytes:
    """A row whose first cell opens a quotation mark and never closes it."""
    return b'"' + line


def replaced(old: bytes, new: bytes) -> Damage:
    """Damage that puts bytes in the place of others, which must be there."""

    def damage(line: bytes) -> bytes:
        if old not in line:
            raise ValueError(f"{old!r} is not in the row")
        return line.replace(old, new, 1)

    return damage
