"""What a published cell says and what it means.

Most cells are plain text that means itself; None is a null. The others know their meaning, so that
the manifest can be counted from what was planted.
"""

from collections.abc import Iterable, Sequence
from typing import Self

Flaw = tuple[str, str]  # column, code of the data-quality issue


class Marked(str):
    """Text that does not mean itself: `meaning` is what it stands for, `code` the issue it causes."""

    __slots__ = ("code", "meaning")

    def __new__(cls, text: str, meaning: str | None, code: str = "") -> Self:
        """Make the text with its meaning."""
        marked = super().__new__(cls, text)
        marked.meaning, marked.code = meaning, code
        return marked

    meaning: str | None
    code: str


Cell = str | None


def flawed(text: str, code: str) -> Marked:
    """A cell that is no value of its column."""
    return Marked(text, None, code)


def spelled(text: str, meaning: str) -> Marked:
    """Another spelling of a value: `1.50` for 1.5, an American date."""
    return Marked(text, meaning)


def meaning_of(cell: Cell) -> Cell:
    """What the cell stands for, None for nothing."""
    return cell.meaning if isinstance(cell, Marked) else cell


def meanings(cells: Iterable[Cell]) -> tuple[Cell, ...]:
    """What a row says, whatever its spelling."""
    return tuple([meaning_of(cell) for cell in cells])


def flaws_of(columns: Sequence[str], cells: Sequence[Cell]) -> list[Flaw]:
    """The data-quality issues that the cells of a row cause."""
    return [
        (column, cell.code)
        for column, cell in zip(columns, cells, strict=True)
        if isinstance(cell, Marked) and cell.code
    ]


def quoted(cell: str) -> str:
    """The cell as CSV has it."""
    if "," in cell or '"' in cell or "\n" in cell:
        return '"' + cell.replace('"', '""') + '"'
    return cell


def number(value: float, digits: int = 2) -> str:
    """A number without zeros behind its last digit."""
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
