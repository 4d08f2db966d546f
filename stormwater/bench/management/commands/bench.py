"""`manage.py bench`: measure the main paths against their limits."""

import json
import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import IO, Any, cast

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from rich.console import Console

from stormwater.bench.figures import Machine, as_json, as_table
from stormwater.bench.registry import Conditions, all_measurements, reading_measurements
from stormwater.commands import StormwaterCommand
from stormwater.errors import UserError

INSIDE = "STORMWATER_BENCH_INSIDE"
OVER_LIMIT = 1


class Command(StormwaterCommand):
    """Exit status: 0 if every figure keeps its limit, 1 if one does not."""

    help = "Measure the main paths, on an embedded database of the bench's own unless --loaded is given."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="*", help="measurements to take; all but soak if none is named")
        parser.add_argument("--pairs", type=int, default=3, help="paired runs per figure (default 3)")
        parser.add_argument("--scale", type=float, help="also measure a whole world of this size (1 = 13.9 M rows)")
        parser.add_argument(
            "--loaded",
            action="store_true",
            help="measure on the database of the settings and what is loaded there, with measurements that only read",
        )
        parser.add_argument("--weeks", type=int, default=20, help="how many weeks a soak takes (default 20)")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")

    def handle(self, *args: Any, **options: Any) -> None:
        is_loaded: bool = options["loaded"]
        if not is_loaded and not os.environ.get(INSIDE):
            _start_again_inside_the_bench()
        known = reading_measurements() if is_loaded else all_measurements()
        if unknown := set(options["name"]) - set(known):
            raise UserError(f"There is no measurement {', '.join(sorted(unknown))}; there are: {', '.join(known)}.")
        if not is_loaded:
            call_command("migrate", verbosity=0)
        folder = Path(settings.DATA_DIR) / "bench-files"
        folder.mkdir(parents=True, exist_ok=True)
        conditions = Conditions(
            folder, options["pairs"], options["scale"], self._say, is_loaded, options["name"], options["weeks"]
        )
        figures = []
        for name in options["name"] or known:
            self._say(f"{name} ...")
            figures += list(known[name](conditions))
        machine = Machine.here(_server_version())
        if options["json"]:
            self.stdout.write(json.dumps(as_json(figures, machine), indent=2))
        else:
            Console(file=cast("IO[str]", self.stdout), width=160).print(as_table(figures, machine))
        over = [figure.name for figure in figures if not figure.is_within_limit]
        self._say(f"Over the limit: {', '.join(over)}." if over else f"{len(figures)} figures, none over its limit.")
        sys.exit(OVER_LIMIT if over else 0)

    def _say(self, sentence: str) -> None:
        self.stderr.write(sentence)


def _start_again_inside_the_bench() -> None:
    """Replace this process by one whose data folder and database are the bench's own.

    A measurement empties tables and fills them with invented data: never those that someone uses.
    """
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {INSIDE: "1", "STORMWATER_DATA_DIR": str(Path(settings.DATA_DIR) / "bench")}
    os.execve(sys.executable, [sys.executable, *sys.argv], environment)  # noqa: S606 - ourselves


def _server_version() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        (version,) = cursor.fetchone()
    return str(version)
