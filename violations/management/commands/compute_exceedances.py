"""`manage.py compute_exceedances`: compute findings from samples."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from stormwater.commands import StormwaterCommand
from violations.services import compute_exceedances


class Command(StormwaterCommand):
    """Compute."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true")
        parser.add_argument("--since", type=int)
        parser.add_argument("--as-of", type=date.fromisoformat)

    def handle(self, *_args: Any, **options: Any) -> None:
        print(compute_exceedances(as_of=options["as_of"], is_full=options["all"], since=options["since"]))
