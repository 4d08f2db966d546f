"""CSV files that people bring: read with their line numbers, and written so that they load back."""

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stormwater.errors import UserError

PUBLISHED_NULLS = frozenset({"", "na", "nan"})
# A spreadsheet would take a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")


@dataclass(frozen=True, slots=True)
class Row:
    """A row by canonical column names; a cell without a value is not in it."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was not taken, and why."""

    line: int
    why: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.why}"


def read_rows(
    path: Path,
    aliases: Mapping[str, Sequence[str]],
    required: Sequence[str],
    nulls: Collection[str] = PUBLISHED_NULLS,
) -> Iterator[Row]:
    """The rows of a CSV file in UTF-8, with or without a BOM.

    `aliases` are the canonical columns, each with the names that it may have in the file (in any case), `nulls` what a
    cell without a value says, in lower case. Raises UserError if the file cannot be read, lacks a `required` column, or
    has one of them twice.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = [name.strip().lower() for name in next(reader, [])]
            places = _places(path, header, aliases, required)
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield Row(reader.line_num, _row(cells, places, nulls))
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not in UTF-8 (byte {error.start:,}).") from error
    except csv.Error as error:
        raise UserError(f"{path} is not a CSV file: {error}.") from error


def _places(
    path: Path, header: Sequence[str], aliases: Mapping[str, Sequence[str]], required: Sequence[str]
) -> dict[str, int]:
    places: dict[str, int] = {}
    for column, names in aliases.items():
        found = [place for place, name in enumerate(header) if name in {column, *names}]
        if len(found) > 1:
            raise UserError(f"{path} has the column {column} more than once.")
        if found:
            places[column] = found[0]
    missing = [column for column in required if column not in places]
    if missing:
        raise UserError(f"{path} has no column {', '.join(missing)}; its columns are: {', '.join(header) or 'none'}.")
    return places


def _row(cells: Sequence[str], places: Mapping[str, int], nulls: Collection[str]) -> dict[str, str]:
    row = {}
    for column, place in places.items():
        cell = without_mark(cells[place]).strip() if place < len(cells) else ""
        if cell.lower() not in nulls:
            row[column] = cell
    return row


def with_mark(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def without_mark(cell: str) -> str:
    """The cell before `with_mark`."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def whole_number(row: Row, column: str) -> int | None:
    """A cell as a whole number, or None where it is none or missing."""
    text = row.cells.get(column, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
