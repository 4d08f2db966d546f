"""Reading packed files, and telling data from what is none."""

import ctypes
import gzip
import hashlib
import mmap
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from sync.sources import DamagedFile, SourceError, open_csv
from sync.sources.opening import let_go_of, read_content, require_data

CSV = b"\xef\xbb\xbfA,B\r\n" + b"1,two\r\n" * 50_000


def write_zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.fixture
def packed(tmp_path) -> dict[str, Path]:
    plain = tmp_path / "violations.csv"
    plain.write_bytes(CSV)
    parts = tmp_path / "parts.csv.gz"
    parts.write_bytes(gzip.compress(CSV[:1000]) + gzip.compress(CSV[1000:]))
    renamed = tmp_path / "renamed.csv"
    renamed.write_bytes(gzip.compress(CSV))
    members = {"__MACOSX/._violations.csv": b"x", "readme.txt": b"hello", "export/violations.CSV": CSV}
    return {
        "plain": plain,
        "gzip in two members": parts,
        "gzip with a plain name": renamed,
        "zip": write_zip(tmp_path / "violations.zip", members),
    }


@pytest.mark.parametrize("packing", ["plain", "gzip in two members", "zip", "gzip with a plain name"])
def test_every_packing_gives_the_same_bytes_and_the_same_hash(packed, packing):
    path = packed[packing]

    with open_csv(path) as stream:
        assert stream.read() == CSV
    content = read_content(path)
    assert content.sha256 == hashlib.sha256(CSV).hexdigest()
    assert content.size == len(CSV)


def test_plain_data_under_a_gzip_name_are_read_as_they_are(tmp_path):
    path = tmp_path / "violations.csv.gz"
    path.write_bytes(CSV)

    assert read_content(path).size == len(CSV)


def test_progress_ends_at_the_size_of_the_data(packed):
    steps = []

    read_content(packed["plain"], lambda done, total: steps.append((done, total)), len(CSV))

    assert steps[-1] == (len(CSV), len(CSV))


def test_an_error_in_the_progress_callback_is_not_blamed_on_the_file(packed):
    def stop(_done, _total):
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        read_content(packed["plain"], stop)


def test_a_zip_with_two_tables_is_refused_with_their_names(tmp_path):
    path = write_zip(tmp_path / "both.zip", {"a.csv": CSV, "b.csv": CSV})

    with pytest.raises(DamagedFile, match=r"exactly one CSV file, it holds 2: a\.csv, b\.csv"):
        open_csv(path)


@pytest.mark.parametrize("members", [{}, {"readme.txt": b"hello"}])
def test_a_zip_without_a_table_is_refused(tmp_path, members):
    with pytest.raises(DamagedFile, match="it holds 0"):
        open_csv(write_zip(tmp_path / "none.zip", members))


def test_a_truncated_gzip_is_damaged_not_short(tmp_path):
    path = tmp_path / "violations.csv.gz"
    path.write_bytes(gzip.compress(CSV)[:-20])

    with pytest.raises(DamagedFile, match=r"violations\.csv\.gz is a damaged archive"):
        read_content(path)


def test_a_flipped_byte_in_a_gzip_is_noticed(tmp_path):
    packed = bytearray(gzip.compress(bytes(range(256)) * 400))
    packed[-6] ^= 0xFF  # in the checksum
    path = tmp_path / "violations.csv.gz"
    path.write_bytes(packed)

    with pytest.raises(DamagedFile, match="damaged archive"):
        read_content(path)


def test_a_truncated_zip_is_damaged(tmp_path):
    path = write_zip(tmp_path / "violations.zip", {"violations.csv": CSV})
    path.write_bytes(path.read_bytes()[:-40])

    with pytest.raises(DamagedFile, match="damaged archive"):
        read_content(path)


def test_a_flipped_byte_in_a_zip_is_noticed(tmp_path):
    path = write_zip(tmp_path / "violations.zip", {"violations.csv": bytes(range(256)) * 4000})
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0xFF
    path.write_bytes(content)

    with pytest.raises(DamagedFile, match="damaged archive"):
        read_content(path)


def test_a_missing_file_is_said_in_one_sentence(tmp_path):
    with pytest.raises(SourceError, match=r"^gone\.csv cannot be read: No such file or directory\.$"):
        open_csv(tmp_path / "gone.csv")


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\r\n\r\n", "is empty"),
        (b"\x00" * 5000, "is empty"),
        (b"\n\n  <!DOCTYPE html><html>", "is a web page"),
        (b"\xef\xbb\xbf<html lang='en'>", "is a web page"),
        (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code>", "is a web page"),
        (b'{"success": false}', "is a JSON message"),
    ],
)
def test_what_is_no_data_is_named_for_what_it_is(tmp_path, content, words):
    path = tmp_path / "violations.csv"
    path.write_bytes(content)

    with pytest.raises(DamagedFile, match=words):
        require_data(read_content(path), "violations.csv")


@pytest.mark.parametrize("content", [CSV, b"A,B\n", b'"A","B"\n1,<2\n'])
def test_data_are_let_through_even_without_rows(tmp_path, content):
    path = tmp_path / "violations.csv"
    path.write_bytes(content)

    require_data(read_content(path), "violations.csv")


def pages_in_memory(path: Path) -> int:
    """How many pages of the file the system keeps in memory."""
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
        pages = (ctypes.c_ubyte * -(-len(mapped) // mmap.PAGESIZE))()
        first = (ctypes.c_char * len(mapped)).from_buffer(mapped)
        place, size = ctypes.c_void_p(ctypes.addressof(first)), ctypes.c_size_t(len(mapped))
        result = ctypes.CDLL(None).mincore(place, size, pages)
        del first  # or the map stays open
    assert result == 0
    return sum(page & 1 for page in pages)


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux what it keeps in memory")
def test_a_file_that_was_read_leaves_the_memory(tmp_path):
    path = tmp_path / "violations.csv"
    with path.open("wb") as file:
        file.write(CSV * 20)
        os.fsync(file.fileno())
    if subprocess.check_output(["stat", "-f", "-c", "%T", path], text=True).strip() in {"tmpfs", "ramfs"}:
        pytest.skip("the files of this folder are in memory and nowhere else")
    content = read_content(path)
    assert pages_in_memory(path) > 0
    let_go_of(path)
    assert pages_in_memory(path) == 0
    assert read_content(path) == content


def test_a_file_that_is_gone_is_let_go_of_without_a_word(tmp_path):
    let_go_of(tmp_path / "violations.csv")
