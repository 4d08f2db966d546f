"""`manage.py synthesize` writes a world, and its next week in its place."""

import json

import pytest
from django.core.management import call_command

from stormwater.errors import UserError


def synthesize(capsys, folder, *options):
    call_command("synthesize", "--out", str(folder), *options)
    printed = capsys.readouterr()
    return json.loads(printed.out), printed.err


def test_it_writes_a_world_and_then_its_next_weeks(tmp_path, capsys):
    summary, steps = synthesize(capsys, tmp_path, "--scale", "0.001", "--seed", "4")
    assert (summary["week"], summary["date"]) == (0, "2026-05-04")
    assert "eSMR" in steps
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert summary["rows"] == sum(resource["read"] for resource in manifest["resources"].values())

    summary, _ = synthesize(capsys, tmp_path, "--next-week")

    assert (summary["week"], summary["date"]) == (1, "2026-05-11")
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert (manifest["seed"], manifest["scale"]) == (4, 0.001)
    assert {path.stem[-10:] for path in tmp_path.glob("*_20??-??-??.csv")} == {"2026-05-11"}


@pytest.mark.parametrize("scale", ["0", "-1", "3", "nan"])
def test_it_refuses_a_scale_that_no_world_can_have(tmp_path, scale):
    with pytest.raises(UserError, match="scale of a world"):
        call_command("synthesize", "--out", str(tmp_path), "--scale", scale)
