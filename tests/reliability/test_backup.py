"""Backup and restore as docs/operations.md describes them: pg_dump, pg_restore, and a copy of the raw store.

By standard output and standard input and with tar, as it is done with compose.yaml; files in their place hold the same.
"""

import json
import subprocess

import pytest

from stormwater.database.programs import installed_programs
from stormwater.database.server import DATABASE
from tests.installation import Installation
from tests.sync.world_digest import digest

pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.timeout(600)]


def test_a_restored_installation_holds_the_same_world_and_goes_on_from_there(tmp_path):
    first, second = Installation(tmp_path / "first"), Installation(tmp_path / "second")
    try:
        first.prepare("0.001")
        found = first.server.ensure_running()
        programs = installed_programs().folder
        dump, raw = tmp_path / "stormwater.dump", tmp_path / "raw.tar"
        reach = ["--host", found.host, "--username", found.user]
        with dump.open("wb") as output:
            subprocess.run(
                [programs / "pg_dump", *reach, "--format=custom", DATABASE], stdout=output, check=True, cwd="/"
            )
        # Dump first, files after it: then every file that the dump names is in the copy.
        second.data.mkdir(parents=True)
        with raw.open("wb") as output:
            copy = ["tar", "--create", f"--directory={first.data}", "--exclude=*.part", "raw"]
            subprocess.run(copy, stdout=output, check=True)
        with raw.open("rb") as file:
            subprocess.run(["tar", "--extract", f"--directory={second.data}"], stdin=file, check=True)

        there = second.server.ensure_running()
        reach = ["--host", there.host, "--username", there.user]
        restore = [str(programs / "pg_restore"), *reach, "--no-owner", "--exit-on-error", f"--dbname={DATABASE}"]
        with dump.open("rb") as file:
            subprocess.run(restore, stdin=file, check=True, cwd="/")

        with first.connect() as before, second.connect() as after:
            assert digest(after) == digest(before)
        # The files are found: nothing is fetched or loaded anew.
        runs = json.loads(second.run("sync", "--from", str(first.first_week), "--json"))["runs"]
        assert {run["status"] for run in runs} == {"unchanged"}
        first.run("sync", "--from", str(first.second_week))
        second.run("sync", "--from", str(first.second_week))
        with first.connect() as before, second.connect() as after:
            assert digest(after) == digest(before)
    finally:
        first.server.stop()
        second.server.stop()
