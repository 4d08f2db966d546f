"""`manage.py synthesize`: write a synthetic world in the portal's form, or its next week."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from stormwater.commands import StormwaterCommand
from sync.synthetic.next_week import write_next_week
from sync.synthetic.world import World, write_world


class Command(StormwaterCommand):
    """Needs no database."""

    help = (
        "Write all eight files of a synthetic world, with manifest.json (what a sync must report and what the rules "
        "must find). --next-week replaces the world in DIR by the same world a week later."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the files")
        parser.add_argument("--scale", type=float, default=0.02, help="1 is 13.9 million rows (default: 0.02)")
        parser.add_argument("--seed", type=int, default=1, help="another seed, another world (default: 1)")
        parser.add_argument(
            "--next-week", action="store_true", help="read DIR/manifest.json and write the week after it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["out"]
        if options["next_week"]:
            manifest = write_next_week(folder, self.stderr.write)
        else:
            manifest = write_world(folder, World(options["seed"], options["scale"]), self.stderr.write)
        rows = sum(resource["read"] for resource in manifest["resources"].values())
        self.stdout.write(json.dumps({"week": manifest["week"], "date": manifest["date"], "rows": rows}))
