"""Reading a published CSV file in one streaming pass, ready for COPY.

Most lines are sound, and those go to the database as they are, byte for byte, with their line
number and a hash of the line in front: Python only counts commas. A line that is not sound is parsed on its own, and
repaired (with an issue) or set aside (with its text and a reason). Nothing is dropped in silence.

Pure Python: bytes in, bytes out.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import StringIO
from typing import BinaryIO

from xxhash import xxh3_128_hexdigest

BLOCK_BYTES = 1 << 18  # stays in the processor's cache between here and the database
# A record may legally span lines (a quoted line break). One that spans more than this is a stray
# quote that would swallow the rest of the file.
MAX_RECORD_LINES = 1_000
# The longest line taken into memory. Cells of 2 MB have been seen in public files; a "line" of
# this size is a file without line breaks.
MAX_LINE_BYTES = 16 << 20

# A quoted cell, with doubled quotes for quotes, that CSV and COPY read alike. The quote comes first and the
# look-behind after it: the pattern then begins with a literal, which the search skips to ten times as fast.
_SOUND_QUOTED_CELL = re.compile(rb'"(?<![^,\n]")[^"\n]*(?:""[^"\n]*)*"(?![^,\n])')
_CONTROL = re.compile(r"[\x00\r]")
csv.field_size_limit(MAX_LINE_BYTES)  # the default of 131,072 characters is less than cells that exist


class UnreadableFileError(Exception):
    """The file is no CSV file at all: no line break within MAX_LINE_BYTES, or no header."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be split into the header's cells; `line` is where it begins."""

    line: int
    reason: str
    detail: str
    raw_text: str


@dataclass(frozen=True, slots=True)
class RepairedRow:
    """A row that was loaded after a repair of its text."""

    line: int
    code: str
    raw_text: str


@dataclass(slots=True)
class Block:
    """A run of rows: CSV bytes for COPY (line number, text hash, and perhaps the cells), and what was not sound."""

    data: bytes
    rows: int  # rows in `data`
    source_bytes: int  # bytes of the file that this block accounts for
    bad: list[BadRow] = field(default_factory=list)
    repaired: list[RepairedRow] = field(default_factory=list)


class CsvFile:
    """A CSV file being read once, from its header to its end."""

    def __init__(self, stream: BinaryIO) -> None:
        """Read the header. Raises UnreadableFileError if there is none."""
        self._stream = stream
        self._rest = b""  # bytes after the last line break read so far
        self._ready = b""  # whole lines read with the header
        self._at_end = False
        self._line = 2  # number of the next physical line
        self._seed = 0
        self._with_cells = True
        self.header: list[str] = self._read_header()

    def blocks(self, seed: int = 0, *, with_cells: bool = True) -> Iterator[Block]:
        """Yield the data rows in blocks of about BLOCK_BYTES. Raises UnreadableFileError.

        `seed` (of 64 bits) goes into the hashes of the rows' text: 128 bits each, as hexadecimal. Without
        their cells, the rows are line numbers and hashes.
        """
        self._seed, self._with_cells = seed, with_cells
        while (chunk := self._read_lines()) is not None:
            yield self._block(chunk)

    def rows_at(self, wanted: Iterable[int], seed: int = 0) -> Iterator[Block]:
        """Yield, in place of all rows, those that begin at the wanted lines, which ascend.

        The file has been read before: what was not sound is known, and is not told again.
        """
        self._seed = seed
        ahead = iter(wanted)
        line = next(ahead, None)
        while line is not None and (chunk := self._read_lines()) is not None:
            first = self._line
            self._line += chunk.count(b"\n")
            if line >= self._line:
                continue
            lines = _Lines(chunk, commas=len(self.header) - 1)
            block = Block(b"", rows=0, source_bytes=len(chunk))
            out: list[bytes] = []
            while line is not None and line - first < len(lines.raw):
                self._line = line
                self._add_row(lines, line - first, block, out)
                line = next(ahead, None)
            self._line = first + len(lines.raw)  # a record may have reached into the next lines
            yield Block(b"".join(out), rows=len(out), source_bytes=lines.size)

    def _read_header(self) -> list[str]:
        chunk = self._read_lines()
        if chunk is None:
            raise UnreadableFileError("The file is empty.")
        first, _, self._ready = chunk.partition(b"\n")
        text = first.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="replace").replace("\x00", "").strip()
        if not text:
            raise UnreadableFileError("The file has no header line.")
        names, _ = _parse(iter([text]), strict=False)
        if not names:
            raise UnreadableFileError("The header line cannot be split into columns.")
        return [name.strip() for name in names]

    def _read_lines(self) -> bytes | None:
        """The next bytes that end with a line break (always a bare LF), or None at the end of the file."""
        if self._ready:
            lines, self._ready = self._ready, b""
            return lines
        while not self._at_end:
            read = self._stream.read(BLOCK_BYTES)
            self._at_end = not read
            self._rest += read
            cut = self._rest.rfind(b"\n") + 1
            if self._at_end and self._rest:
                self._rest, cut = self._rest + b"\n", len(self._rest) + 1
            if cut:
                lines, self._rest = self._rest[:cut], self._rest[cut:]
                return lines.replace(b"\r\n", b"\n") if b"\r" in lines else lines
            if len(self._rest) > MAX_LINE_BYTES:
                raise UnreadableFileError(f"No line break within {MAX_LINE_BYTES >> 20} MB: this is no CSV file.")
        return None

    def _block(self, chunk: bytes) -> Block:
        lines = _Lines(chunk, commas=len(self.header) - 1)
        if lines.all_sound:
            first = self._line
            self._line += len(lines.raw)
            return Block(self._sound_rows(lines.raw, first), rows=len(lines.raw), source_bytes=len(chunk))
        return self._careful_block(lines)

    def _sound_rows(self, lines: list[bytes], first: int) -> bytes:
        """As `_row`, of many lines, and without a call of a method for each: the time of a load begins here."""
        seed = self._seed
        if not self._with_cells:
            return "".join(
                [f"{number},{xxh3_128_hexdigest(line, seed)}\n" for number, line in enumerate(lines, first)]
            ).encode()
        data: list[bytes] = []
        for number, line in enumerate(lines, first):
            data += (f"{number},{xxh3_128_hexdigest(line, seed)},".encode(), line, b"\n")
        return b"".join(data)

    def _careful_block(self, lines: "_Lines") -> Block:
        """As `_block`, line by line, where some line is not sound."""
        block = Block(b"", rows=0, source_bytes=0)
        out: list[bytes] = []
        at = 0
        while at < len(lines.raw):
            used = self._add_row(lines, at, block, out)
            at += used
            self._line += used
        block.data, block.rows, block.source_bytes = b"".join(out), len(out), lines.size
        return block

    def _add_row(self, lines: "_Lines", at: int, block: Block, out: list[bytes]) -> int:
        """Append the row that begins at line `at`, if one does; returns how many lines it takes."""
        if lines.is_sound(at):
            out.append(self._row(self._line, lines.raw[at]))
            return 1
        return self._careful_row(lines, at, block, out) if lines.raw[at].strip() else 1  # a blank line is no row

    def _careful_row(self, lines: "_Lines", at: int, block: Block, out: list[bytes]) -> int:
        """Parse the record that begins at line `at`; returns how many lines it takes.

        A record that comes out wrong gives up its first line only: the next one may be sound, and
        one stray quote must not take others with it.
        """
        width = len(self.header)
        text, code = _decode(lines.raw[at])
        raw_text = lines.raw[at].replace(b"\x00", "\u2400".encode()).decode("utf-8", errors="backslashreplace")
        cells, used = _parse(self._record_lines(lines, at), strict=True)
        if len(cells) != width and (used != 1 or not cells):
            # Not a record under the rules of CSV. A quoted cell with text after its closing
            # quote can still be read; a quote that is never closed cannot.
            tolerant, used = _parse(iter([text + "\n"]), strict=False)
            is_open = "\n" in "".join(tolerant) or text.count('"') % 2
            if len(tolerant) != width or is_open:
                block.bad.append(
                    BadRow(self._line, "stray_quote", "A quotation mark is opened and not closed.", raw_text)
                )
                return 1
            cells, code = tolerant, code or "stray_quote"
        if len(cells) != width:
            detail = f"{len(cells)} cells where the header has {width}."
            block.bad.append(BadRow(self._line, "ragged_row", detail, raw_text))
            return 1
        code = code or next((repair for text in lines.raw[at + 1 : at + used] if (repair := _decode(text)[1])), "")
        if code:
            block.repaired.append(RepairedRow(self._line, code, raw_text))
        text_hash = self._hash(b"\n".join(lines.raw[at : at + used]))
        if not self._with_cells:
            out.append(f"{self._line},{text_hash}\n".encode())
            return used
        written = StringIO()
        csv.writer(written, lineterminator="\n").writerow([self._line, text_hash, *cells])
        out.append(written.getvalue().encode())
        return used

    def _row(self, number: int, line: bytes) -> bytes:
        key = f"{number},{self._hash(line)}".encode()
        return key + b"," + line + b"\n" if self._with_cells else key + b"\n"

    def _hash(self, text: bytes) -> str:
        return xxh3_128_hexdigest(text, self._seed)

    def _record_lines(self, lines: "_Lines", at: int) -> Iterator[str]:
        """The lines from `at` on, as far as one record may reach, reading on where `lines` ends."""
        for index in range(at, at + MAX_RECORD_LINES):
            if index >= len(lines.raw):
                chunk = self._read_lines()
                if chunk is None:
                    return
                lines.extend(chunk)
            yield _decode(lines.raw[index])[0] + "\n"


class _Lines:
    """Physical lines, and for each whether COPY may take it as it is."""

    def __init__(self, chunk: bytes, commas: int) -> None:
        self.raw: list[bytes] = []
        self.size = 0
        self._bare: list[bytes] = []  # the lines without their sound quoted cells
        self._commas = commas
        self._is_plain = True  # neither control characters nor bytes that are not UTF-8
        self.extend(chunk)

    def extend(self, chunk: bytes) -> None:
        """Append the lines of `chunk`, which ends with a line break."""
        lines = chunk.split(b"\n")
        lines.pop()
        bare = _SOUND_QUOTED_CELL.sub(b"", chunk).split(b"\n") if b'"' in chunk else lines
        self.raw += lines
        self._bare += bare[: len(lines)]
        self.size += len(chunk)
        self._is_plain &= b"\x00" not in chunk and b"\r" not in chunk and _is_utf8(chunk)

    @property
    def all_sound(self) -> bool:
        """Whether every line is a row that COPY may take as it is."""
        counts = [line.count(b",") for line in self._bare]
        return self._is_plain and counts.count(self._commas) == len(counts) and b'"' not in b"".join(self._bare)

    def is_sound(self, at: int) -> bool:
        """Whether line `at` is a row that COPY may take as it is."""
        bare = self._bare[at]
        if bare.count(b",") != self._commas or b'"' in bare:
            return False
        line = self.raw[at]
        return self._is_plain or (b"\x00" not in line and b"\r" not in line and _is_utf8(line))


def _parse(lines: Iterator[str], *, strict: bool) -> tuple[list[str], int]:
    """Cells of the first record and its number of lines; no cells if it is no record."""
    reader = csv.reader(lines, strict=strict)
    try:
        return next(reader), reader.line_num
    except (csv.Error, StopIteration):
        return [], reader.line_num


def _is_utf8(data: bytes) -> bool:
    if data.isascii():  # nearly all are, and this is told at once
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _decode(line: bytes) -> tuple[str, str]:
    """Text of a line without control characters, and a code if that took a repair.

    Bytes that are not UTF-8 come from Windows programs; they are read as Windows-1252.
    """
    code = ""
    try:
        text = line.decode()
    except UnicodeDecodeError:
        text, code = line.decode("cp1252", errors="replace"), "invalid_utf8"
    if _CONTROL.search(text):
        text, code = _CONTROL.sub(lambda match: "" if match[0] == "\x00" else " ", text), code or "control_character"
    return text, code
