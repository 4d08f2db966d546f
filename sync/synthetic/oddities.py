"""Rows that a published file can hold and no program should write: of every kind one.

Some can still be read, with a repair; the others belong into quarantine.
"""

from collections.abc import Sequence

from sync.synthetic.cells import Cell, quoted

LARGE_CELL = "far too long a text " * 8_000  # 160,000 characters: more than CSV readers take by default
HUGE_CELL = "Oversize comment " * 125_000  # 2 MB


def _line(cells: Sequence[Cell]) -> bytes:
    return ",".join("NA" if cell is None else quoted(cell) for cell in cells).encode()


def _with(cells: Sequence[Cell], position: int, text: bytes) -> bytes:
    marked = [*cells]
    marked[position] = "@@"
    return _line(marked).replace(b"@@", text)


def repaired_lines(rows: Sequence[Sequence[Cell]], text: int) -> list[tuple[bytes, str]]:
    """Three rows that can be read after a repair, and the code of its issue.

    `rows` are three sound rows with keys of their own; `text` is the position of a text column.
    """
    first, second, third = rows
    return [
        (_with(first, text, b"Dock\x00 yard"), "control_character"),
        (_with(second, text, b"Caf\xe9 yard"), "invalid_utf8"),
        (_with(third, text, b'"East" yard'), "stray_quote"),
    ]


def quarantined_lines(cells: Sequence[Cell], keys: Sequence[int], text: int) -> list[tuple[bytes, str]]:
    """Rows that cannot be loaded, and the reason.

    `cells` is a sound row, `keys` the positions without which it is none, `text` a text column.
    """
    line = _line(cells)
    no_key: list[Cell] = [None if position in keys else cell for position, cell in enumerate(cells)]
    nothing: list[Cell] = [None] * len(cells)
    return [
        (line + b",surplus", "ragged_row"),
        (b",".join(line.split(b",")[:3]), "ragged_row"),
        (_with(cells, text, b'"never closed'), "stray_quote"),
        (_line(no_key), "missing_key"),
        (_line(nothing).replace(b"NA", b""), "missing_key"),
    ]
