"""A published CSV file is read in one pass, whatever is in it, and no line of it is lost."""

import csv
from io import BytesIO, StringIO

import pytest
import xxhash
from hypothesis import example, given
from hypothesis import strategies as st

from sync import reading
from sync.reading import CsvFile, UnreadableFileError

BLOCK_SIZES = [1, 2, 3, 7, 64, 1 << 20]


class Read:
    """Everything that reading a file gave."""

    def __init__(self, content: bytes, block_bytes: int | None = None) -> None:
        with pytest.MonkeyPatch.context() as patch:
            if block_bytes is not None:
                patch.setattr(reading, "BLOCK_BYTES", block_bytes)
            file = CsvFile(BytesIO(content))
            self.header = file.header
            blocks = list(file.blocks())
        parsed = csv.reader(StringIO(b"".join(block.data for block in blocks).decode(), newline=""))
        numbered = list(parsed)
        self.lines = [int(cells[0]) for cells in numbered]
        self.hashes = [cells[1] for cells in numbered]
        self.rows = [cells[2:] for cells in numbered]
        self.bad = [bad for block in blocks for bad in block.bad]
        self.repaired = [repaired for block in blocks for repaired in block.repaired]
        assert len(self.rows) == sum(block.rows for block in blocks)

    @property
    def numbered(self) -> list[tuple[int, list[str]]]:
        return list(zip(self.lines, self.rows, strict=True))


@pytest.fixture(params=BLOCK_SIZES)
def read(request):
    return lambda content: Read(content, request.param)


def test_sound_lines_come_out_as_they_are_with_their_line_number_and_hash_in_front():
    (block,) = CsvFile(BytesIO(b'A,B\n1,x\n2,"a, b"\n')).blocks(seed=7)

    first, second = (xxhash.xxh3_128_hexdigest(line, seed=7) for line in (b"1,x", b'2,"a, b"'))
    assert block.data == f'2,{first},1,x\n3,{second},2,"a, b"\n'.encode()
    assert (block.rows, block.bad, block.repaired) == (2, [], [])


class TestTextHashes:
    """Rows of equal text have equal hashes, and others have others."""

    # A sound line, a repaired one, one with text after its closing quote, a record of two lines: each twice.
    LINES = (b"1,x", b"2,a\x00", b'3,"a" b', b'4,"a\nb"')

    def test_are_those_of_the_published_text_whatever_is_around_it(self, read):
        found = read(b"A,B\n" + b"\n".join([*self.LINES, *reversed(self.LINES)]) + b"\n")

        assert found.hashes == [*found.hashes[:4], *found.hashes[3::-1]]
        assert len(set(found.hashes)) == 4

    def test_differ_if_the_seed_does(self):
        blocks = [list(CsvFile(BytesIO(b"A,B\n" + b"\n".join(self.LINES))).blocks(seed)) for seed in (1, 2)]

        first, second = (csv.reader(StringIO(block.data.decode(), newline="")) for (block,) in blocks)
        assert all(one[1] != other[1] and one[2:] == other[2:] for one, other in zip(first, second, strict=True))


@pytest.mark.parametrize(
    "content",
    [
        b"A,B\n1,x\n2,y\n",
        b"A,B\r\n1,x\r\n2,y\r\n",
        b"A,B\r\n1,x\n2,y\r\n",
        b"A,B\n1,x\r\n2,y\n",
        b"\xef\xbb\xbfA,B\n1,x\n2,y\n",
        b"\xef\xbb\xbfA,B\r\n1,x\r\n2,y",
        b"A,B\n1,x\n2,y",
        b" A , B \n1,x\n2,y\n",
        b'"A","B"\n"1","x"\n"2","y"\n',
    ],
    ids=["lf", "crlf", "crlf then lf", "lf then crlf", "bom", "bom crlf no end", "no end", "spaces", "quoted"],
)
def test_every_way_to_write_a_line_break_or_a_beginning_reads_alike(read, content):
    found = read(content)

    assert found.header == ["A", "B"]
    assert found.numbered == [(2, ["1", "x"]), (3, ["2", "y"])]
    assert (found.bad, found.repaired) == ([], [])


def test_the_header_is_read_without_nul_bytes_and_with_quoted_commas(read):
    assert read(b'A\x00,"B, or C"\n').header == ["A", "B, or C"]


@pytest.mark.parametrize("content", [b"A,B\n", b"A,B", b"A,B\r\n", b"A,B\n\n \n\r\n"])
def test_a_file_with_a_header_only_has_no_rows(read, content):
    found = read(content)

    assert (found.header, found.rows, found.bad) == (["A", "B"], [], [])


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "empty"),
        (b"\n1,2\n", "no header"),
        (b"\xef\xbb\xbf\n1,2\n", "no header"),
        (b"\x00\x00\x00\n1,2\n", "no header"),
        (b"A,B\r1,2\r3,4\r", "header"),
    ],
    ids=["empty", "blank first line", "bom alone", "nul bytes", "carriage returns only"],
)
def test_a_file_without_a_header_cannot_be_read(content, message):
    with pytest.raises(UnreadableFileError, match=message):
        CsvFile(BytesIO(content))


@pytest.mark.parametrize("content", [b"x" * 5000, b"A,B\n1,2\n" + b"x" * 5000], ids=["at once", "later on"])
def test_bytes_without_line_breaks_are_given_up_before_they_fill_the_memory(monkeypatch, content):
    monkeypatch.setattr(reading, "BLOCK_BYTES", 512)
    monkeypatch.setattr(reading, "MAX_LINE_BYTES", 2048)
    stream = BytesIO(content)

    with pytest.raises(UnreadableFileError, match="No line break"):
        list(CsvFile(stream).blocks())
    assert stream.tell() < 4096


def test_blank_lines_are_no_rows_but_count_as_lines(read):
    found = read(b"A,B\n\n1,x\n   \n\t\n2,y\n\n\n")

    assert found.numbered == [(3, ["1", "x"]), (6, ["2", "y"])]
    assert found.bad == []


def test_a_line_of_empty_cells_is_a_row(read):
    assert read(b"A,B\n,\n").numbered == [(2, ["", ""])]


def test_a_quoted_line_break_stays_in_its_cell_and_the_next_rows_keep_their_line_numbers(read):
    found = read(b'A,B\n1,"one\ntwo\r\nthree"\n2,y\n"p\nq","r\ns"\n3,z\n')

    assert found.numbered == [
        (2, ["1", "one\ntwo\nthree"]),
        (5, ["2", "y"]),
        (6, ["p\nq", "r\ns"]),
        (9, ["3", "z"]),
    ]
    assert (found.bad, found.repaired) == ([], [])


def test_a_quoted_cell_may_hold_doubled_quotes_commas_and_blank_lines(read):
    found = read(b'A,B\n1,"say ""hi"", twice"\n2,"a\n\nb,\n"\n3,""""\n4,""\n')

    assert found.numbered == [
        (2, ["1", 'say "hi", twice']),
        (3, ["2", "a\n\nb,\n"]),
        (7, ["3", '"']),
        (8, ["4", ""]),
    ]


def test_a_quote_that_is_never_closed_costs_its_own_line_only(read):
    found = read(b'A,B\n1,x\n2,"open\n3,z\n4,w\n')

    assert found.numbered == [(2, ["1", "x"]), (4, ["3", "z"]), (5, ["4", "w"])]
    assert [(bad.line, bad.reason, bad.raw_text) for bad in found.bad] == [(3, "stray_quote", '2,"open')]


def test_two_stray_quotes_do_not_join_the_lines_between_them(read):
    found = read(b'A,B\n1,"open\n2,y\n3,"open again\n4,w\n')

    assert found.numbered == [(3, ["2", "y"]), (5, ["4", "w"])]
    assert [bad.line for bad in found.bad] == [2, 4]


def test_a_stray_quote_does_not_swallow_the_rest_of_a_long_file(monkeypatch):
    monkeypatch.setattr(reading, "MAX_RECORD_LINES", 10)
    rest = b"".join(b"%d,y\n" % number for number in range(50))

    found = Read(b'A,B\n1,"open\n' + rest + b'z,closed"\n')

    assert len(found.rows) == 50 + 1
    assert [bad.line for bad in found.bad] == [2]


def test_a_quote_inside_an_unquoted_cell_is_a_character(read):
    found = read(b'A,B\n1,6" pipe\n2,y\n')

    assert found.numbered == [(2, ["1", '6" pipe']), (3, ["2", "y"])]
    assert (found.bad, found.repaired) == ([], [])


def test_a_quote_that_is_never_closed_is_found_behind_one_that_is_a_character(read):
    found = read(b'A,B\n6" pipe,"open\n2,y\n')

    assert found.numbered == [(3, ["2", "y"])]
    assert [(bad.line, bad.reason) for bad in found.bad] == [(2, "stray_quote")]
    assert found.repaired == []


def test_text_after_a_closing_quote_is_read_and_reported(read):
    found = read(b'A,B\n1,"x" y\n2,z\n')

    assert found.numbered == [(2, ["1", "x y"]), (3, ["2", "z"])]
    assert [(repaired.line, repaired.code, repaired.raw_text) for repaired in found.repaired] == [
        (2, "stray_quote", '1,"x" y')
    ]


@pytest.mark.parametrize("line, count", [(b"1", 1), (b"1,2,3", 3), (b'1,"2,3",4,5', 4)])
def test_a_ragged_row_is_set_aside_with_its_text_and_its_neighbours_stay(read, line, count):
    found = read(b"A,B\n1,x\n" + line + b"\n2,y\n")

    assert found.numbered == [(2, ["1", "x"]), (4, ["2", "y"])]
    (bad,) = found.bad
    assert (bad.line, bad.reason, bad.raw_text) == (3, "ragged_row", line.decode())
    assert bad.detail == f"{count} cells where the header has 2."


def test_nul_bytes_are_left_out_reported_and_visible_in_the_kept_text(read):
    found = read(b"A,B\n1,x\x00y\n2,z\n")

    assert found.numbered == [(2, ["1", "xy"]), (3, ["2", "z"])]
    (repaired,) = found.repaired
    assert (repaired.line, repaired.code, repaired.raw_text) == (2, "control_character", "1,x\u2400y")


def test_a_bare_carriage_return_becomes_a_space_and_is_reported(read):
    found = read(b"A,B\n1,x\ry\n2,z\n")

    assert found.numbered == [(2, ["1", "x y"]), (3, ["2", "z"])]
    assert [(repaired.line, repaired.code) for repaired in found.repaired] == [(2, "control_character")]


def test_bytes_that_are_not_utf8_are_read_as_windows_1252_and_reported(read):
    found = read("A,B\n1,Caf\u00e9\n".encode("cp1252") + "2,caf\u00e9\n".encode() + b"3,\x81\n")

    assert found.numbered == [(2, ["1", "Caf\u00e9"]), (3, ["2", "caf\u00e9"]), (4, ["3", "\ufffd"])]
    assert [(repaired.line, repaired.code) for repaired in found.repaired] == [
        (2, "invalid_utf8"),
        (4, "invalid_utf8"),
    ]
    assert found.repaired[0].raw_text == "1,Caf\\xe9"


def test_a_repair_on_a_later_line_of_a_record_is_reported_too(read):
    found = read(b'A,B\n1,"one\ntw\xe9"\n2,z\n')

    assert found.numbered == [(2, ["1", "one\ntw\u00e9"]), (4, ["2", "z"])]
    assert [(repaired.line, repaired.code) for repaired in found.repaired] == [(2, "invalid_utf8")]


def test_a_bad_row_that_is_not_utf8_keeps_its_bytes_legible(read):
    (bad,) = read(b"A,B\n\xff,1,2\n").bad

    assert bad.raw_text == "\\xff,1,2"


@pytest.mark.parametrize("quote", [b"", b'"'])
def test_a_cell_of_two_megabytes_is_a_cell(quote):
    big = b"x" * (2 << 20)

    found = Read(b"A,B\n1," + quote + big + quote + b"\n2,y\n")

    assert [(line, len(cells[1])) for line, cells in found.numbered] == [(2, 2 << 20), (3, 1)]
    assert (found.bad, found.repaired) == ([], [])


def test_a_quoted_cell_of_two_megabytes_with_line_breaks_is_a_cell():
    big = "\n".join(["x" * 9_999] * 200)

    found = Read(f'A,B\n1,"{big}"\n2,y\n'.encode())

    assert found.numbered == [(2, ["1", big]), (202, ["2", "y"])]


def test_a_backslash_is_a_character(read):
    assert read(b'A,B\n\\N,\\.\n1,"\n\\.\n"\n').rows == [["\\N", "\\."], ["1", "\n\\.\n"]]


def test_blocks_account_for_the_bytes_after_the_header_so_that_progress_ends_at_the_end(monkeypatch):
    monkeypatch.setattr(reading, "BLOCK_BYTES", 16)
    content = b'A,B\n1,x\n2,"a\nb"\n3\n\n4,y\n'

    blocks = list(CsvFile(BytesIO(content)).blocks())

    assert sum(block.source_bytes for block in blocks) == len(content) - len(b"A,B\n")


cells = st.text(st.sampled_from('ab1,"\n\r\x00 \t;\\.\u00e9\u4e2d\ufeff'), max_size=8) | st.text(
    st.characters(codec="utf-8"), max_size=6
)
tables = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=6)
)


@given(
    table=tables, line_break=st.sampled_from(["\n", "\r\n"]), quoting=st.sampled_from([0, 1]), block=st.integers(1, 90)
)
@example(table=[["a", 'x","y'], ['"', ""]], line_break="\n", quoting=0, block=3)
@example(table=[["\r", "\n"], ["", "\r\n"]], line_break="\r\n", quoting=0, block=1)
def test_what_a_csv_writer_wrote_is_read_back_cell_by_cell_with_its_line_numbers(table, line_break, quoting, block):
    names = [f"c{number}" for number in range(len(table[0]))]
    written = StringIO(newline="")
    if any("\r" in cell for cells in table for cell in cells):
        quoting = csv.QUOTE_ALL  # an older csv.writer leaves a bare carriage return unquoted
    writer = csv.writer(written, lineterminator=line_break, quoting=quoting)
    expected = []
    for number, cells in enumerate([names, *table]):
        # The header is line 1; a record's first line is one more than the breaks before it.
        line = written.getvalue().encode().count(b"\n") + 1
        writer.writerow(cells)
        if number:
            expected.append((line, [_as_read(cell) for cell in cells]))

    found = Read(written.getvalue().encode(), block)

    assert found.header == names
    assert found.numbered == expected
    assert found.bad == []


def _as_read(cell: str) -> str:
    return cell.replace("\r\n", "\n").replace("\x00", "").replace("\r", " ")


@st.composite
def damaged_files(draw):
    """A sound file of plain cells in which some bytes were overwritten, put in or taken out."""
    rows = draw(st.lists(st.lists(st.text("ab1 ", max_size=4), min_size=3, max_size=3), max_size=8))
    content = bytearray("".join(",".join(row) + "\n" for row in [["A", "B", "C"], *rows]).encode())
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(content)))
        junk = draw(
            st.sampled_from([b'"', b",", b"\n", b"\r", b"\x00", b"\xff", b"\xe9", b'""', b"\xef\xbb\xbf"])
            | st.binary(max_size=3)
        )
        content[at : at + draw(st.integers(0, 2))] = junk
    return bytes(content)


@given(content=damaged_files(), block=st.integers(1, 40))
@example(content=b'A,B,C\n"a\n1,2,3\n', block=5)
@example(content=b"A\rB,C\n1,2\n", block=5)
def test_no_damage_raises_anything_but_unreadable_and_every_line_is_accounted_for(content, block):
    try:
        found = Read(content, block)
    except UnreadableFileError:
        return

    lines = content.split(b"\n")[1:]
    with_text = [number for number, line in enumerate(lines, 2) if line.strip()]
    taken = set()
    for line, row in found.numbered:
        # A record takes as many lines as it has line breaks in its cells.
        taken |= set(range(line, line + sum(cell.count("\n") for cell in row) + 1))
    set_aside = {bad.line for bad in found.bad}
    if len(found.header) > 1:  # under a single column, a line break is a row
        assert taken | set_aside >= set(with_text)
        assert not taken & set_aside
    assert len(found.lines) == len(set(found.lines))
    assert all(len(row) == len(found.header) for row in found.rows)


@given(content=st.binary(max_size=200), block=st.integers(1, 64))
def test_no_bytes_whatever_raise_anything_but_unreadable(content, block):
    try:
        Read(content, block)
    except UnreadableFileError:
        return


@given(content=damaged_files(), block=st.integers(1, 40), chosen=st.lists(st.booleans(), min_size=40, max_size=40))
@example(content=b'A,B,C\n1,"x\ny",3\n1,2,3\n', block=5, chosen=[True] * 40)
@example(content=b'A,B,C\n1,2,3\n1,"x\n\ny""",3\n1,2,3\n', block=5, chosen=[False, True] * 20)
def test_a_second_reading_gives_the_chosen_rows_as_the_first_one_had_them(content, block, chosen):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "BLOCK_BYTES", block)
        try:
            rows = _records(CsvFile(BytesIO(content)).blocks(5))
        except UnreadableFileError:
            return
        keys = _records(CsvFile(BytesIO(content)).blocks(5, with_cells=False))
        assert keys == [row[:2] for row in rows]

        wanted = [row for row, is_chosen in zip(rows, chosen, strict=False) if is_chosen]
        again = CsvFile(BytesIO(content)).rows_at([int(row[0]) for row in wanted], 5)
        assert _records(again) == wanted


def _records(blocks) -> list[list[str]]:
    found = list(blocks)
    records = list(csv.reader(StringIO(b"".join(block.data for block in found).decode(), newline="")))
    assert len(records) == sum(block.rows for block in found)
    return records
