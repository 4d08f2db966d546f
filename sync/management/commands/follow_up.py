"""`manage.py follow_up`: do now what follows a publish, or say how far each step has come."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from stormwater.commands import FAILED, StormwaterCommand
from sync.follow_ups import STEPS, read_occasion, run_follow_ups
from sync.models import FollowUp


class Command(StormwaterCommand):
    """Exit status: 0, or 1 if a step failed."""

    help = "Run the steps that follow a publish, as far as they are due; those that are named in any case."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("step", nargs="*", help="run this step, and those that need it, although nothing is new")
        output = parser.add_mutually_exclusive_group()
        output.add_argument("--status", action="store_true", help="show how far each step has come, and end")
        output.add_argument("--json", action="store_true", help="print how it went as one JSON object instead")

    def handle(self, *_args: Any, step: list[str], status: bool, **options: Any) -> None:
        if status:
            self._print_status()
            return
        results = run_follow_ups(force=step)
        failed = sum(result.has_failed for result in results)
        if options["json"]:
            self.stdout.write(json.dumps({"steps": [asdict(result) for result in results]}, indent=2))
        else:
            for result in results:
                self.stdout.write(result.sentence())
            self.stdout.write(f"{len(results)} steps, {failed} failed.")
        if failed:
            sys.exit(FAILED)

    def _print_status(self) -> None:
        known = {row.name: row for row in FollowUp.objects.all()}
        occasion = read_occasion()
        for step in STEPS:
            row = known.get(step.name)
            due = "due" if step.has_work(occasion, row) else "up to date"
            self.stdout.write(f"{step.name}: {due}; {_last_run(row)}")
        self.stdout.write(f"{len(STEPS)} steps.")


def _last_run(row: FollowUp | None) -> str:
    if row is None:
        return "never run"
    before = "The last time: " if row.message and row.status == FollowUp.Status.RUNNING else ""
    return f"{row.status} since {row.started_at:%Y-%m-%d %H:%M}. {before}{row.message}".strip()
