"""An installation that was given no signing key makes one, once, for itself alone."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from stormwater.errors import UserError
from stormwater.secret import read_or_create_key


def test_the_key_is_long_random_and_readable_by_its_owner_alone(tmp_path):
    key = read_or_create_key(tmp_path / "new" / "key")
    assert len(key) >= 50
    assert key != read_or_create_key(tmp_path / "other")
    assert stat.S_IMODE((tmp_path / "new" / "key").stat().st_mode) == 0o600


def test_the_key_stays_the_same(tmp_path):
    assert read_or_create_key(tmp_path / "key") == read_or_create_key(tmp_path / "key")


def test_those_who_make_it_at_once_agree_on_one_and_leave_nothing_else(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(read_or_create_key, [tmp_path / "key"] * 32))
    assert len(keys) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["key"]


def test_a_folder_that_cannot_be_written_is_said_plainly(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="SECRET_KEY"):
        read_or_create_key(tmp_path / "file" / "key")
