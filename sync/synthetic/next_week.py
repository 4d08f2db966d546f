"""The week after: reading which world lies in a folder, and writing its next week in its place."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stormwater.errors import UserError
from sync.synthetic.world import MANIFEST, World, write_world


def read_world(folder: Path) -> World:
    """The world whose files lie in the folder. Raises UserError if there is none."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return World(manifest["seed"], manifest["scale"], manifest["week"])
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"There is no synthetic world in {folder}: write one without --next-week first.") from error


def write_next_week(folder: Path, on_step: Callable[[str], None] = lambda _step: None) -> dict[str, Any]:
    """Replace the world in the folder by the same a week later, and return its manifest."""
    world = read_world(folder)
    for old in folder.glob("*_????-??-??.csv"):
        old.unlink()
    return write_world(folder, World(world.seed, world.scale, world.week + 1), on_step)
