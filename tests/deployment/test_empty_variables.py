"""A variable that is set to nothing is as good as none: files of variables are full of such lines."""

import re
import runpy
import shutil
from types import ModuleType
from typing import Any

import pytest

from stormwater.settings import BASE_DIR

EXAMPLE = re.findall(r"^# ([A-Z_]+)=", (BASE_DIR / ".env.example").read_text(), re.MULTILINE)
SETTINGS, GUNICORN = "stormwater/settings.py", "gunicorn.conf.py"
# Of these alone an empty one says something: that there is no limit.
LIMITS = {f"STORMWATER_{who}_RATE" for who in ("ANON", "USER", "EXPENSIVE", "STAFF")}


@pytest.fixture
def read(monkeypatch, tmp_path):
    """What a file of settings says in a given environment; as a copy, so that no key is made in the checkout."""
    for name in EXAMPLE:
        monkeypatch.delenv(name, raising=False)

    def read_there(file: str, **environment: str) -> dict[str, Any]:
        copy = tmp_path / file
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(BASE_DIR / file, copy)
        with monkeypatch.context() as there:
            for name, value in environment.items():
                there.setenv(name, value)
            found = runpy.run_path(str(copy))
        return {
            name: value
            for name, value in found.items()
            if not name.startswith("__") and not callable(value) and not isinstance(value, ModuleType)
        }

    return read_there


@pytest.mark.parametrize("file", [SETTINGS, GUNICORN])
def test_settings_with_every_variable_empty_are_those_with_none(read, file):
    found, expected = read(file, **dict.fromkeys(EXAMPLE, "")), read(file)
    assert found == expected | dict.fromkeys(LIMITS & set(expected), "")


def test_a_variable_that_is_set_is_taken(read):
    found = read(SETTINGS, CKAN_URL="https://portal.example.org/", STORMWATER_CONTACT="us@example.org")
    assert (found["CKAN_URL"], found["CONTACT"]) == ("https://portal.example.org", "us@example.org")
    assert read(GUNICORN, WEB_THREADS="3")["threads"] == 3


def test_an_empty_contact_is_said_to_be_missing(read):
    assert read(SETTINGS, STORMWATER_CONTACT="")["CONTACT"] == "no contact given"
