"""The examples of the API's guide run, as they stand there, against a live server."""

import os
import re
import subprocess
import sys
from importlib import import_module

import pytest
from django.apps import apps

from facilities.models import County
from sync.contracts import CONTRACTS
from sync.services import sync_datasets
from sync.sources import DirectorySource
from tests.docs.pages import DOCS, ROOT
from tests.sample_findings import compute_findings

GUIDE = (DOCS / "api.md").read_text()
EXAMPLES = re.findall(r"^```(shell|python)\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
COMMANDS = [line for kind, text in EXAMPLES if kind == "shell" for line in text.splitlines() if line.startswith("curl")]
reference_data = import_module("facilities.migrations.0002_reference_data")
PROGRAMS = [text for kind, text in EXAMPLES if kind == "python"]


@pytest.fixture
def site(transactional_db, live_server, settings):
    settings.STORMWATER_ANON_RATE = settings.STORMWATER_EXPENSIVE_RATE = ""
    # Whatever emptied the tables before this test took the reference data with it.
    if not County.objects.exists():
        reference_data.load(apps, None)
    sync_datasets(source=DirectorySource(ROOT / "tests" / "data" / "portal", CONTRACTS))
    compute_findings()
    return live_server.url


def test_there_are_examples_of_both_kinds():
    assert len(COMMANDS) > 10
    assert len(PROGRAMS) > 3


def test_every_example_runs_and_has_an_answer(site, tmp_path):
    """In one test, since loading the sample data takes longer than all of them."""
    for command in COMMANDS:
        shown = subprocess.run(
            ["bash", "-c", command.replace("curl -s", "curl -sS --fail-with-body")],
            check=False,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=os.environ | {"SITE": site},
        )
        assert shown.returncode == 0, (command, shown.stdout, shown.stderr)
        if "--output" not in command:
            assert shown.stdout.startswith("{")
            assert '"results":[]' not in shown.stdout or "bbox" in command or "near" in command, command
    for program in PROGRAMS:
        run = subprocess.run(
            [sys.executable, "-c", f"SITE = {site!r}\n{program}"],
            check=False,
            capture_output=True,
            text=True,
            cwd=tmp_path,
        )
        assert run.returncode == 0, (program, run.stderr)
    assert (tmp_path / "violations.csv").read_text().count("\n") > 50
