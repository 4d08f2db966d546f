"""`manage.py compute_exceedances`: bring findings in line with the published samples, and sum them up."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from typing import IO, Any, cast

from rich.console import Console

from stormwater.commands import StormwaterCommand
from violations.reporting import result_sentence, summary_tables
from violations.selectors.findings import summarize_findings
from violations.services import compute_exceedances

WIDE = 160  # columns; fits every table


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no day of the form YYYY-MM-DD") from None


class Command(StormwaterCommand):
    """Judges what has changed since the last time, unless told otherwise."""

    help = "Compute exceedances, ERA levels and unusable results from the published samples; print a summary by rule."

    def add_arguments(self, parser: ArgumentParser) -> None:
        extent = parser.add_mutually_exclusive_group()
        extent.add_argument("--all", action="store_true", help="judge all samples again")
        extent.add_argument("--since", type=int, metavar="RUN", help="judge also what runs after this one changed")
        parser.add_argument("--as-of", type=_day, metavar="DAY", help="day on which years are open or closed (today)")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead")

    def handle(self, *_args: Any, **options: Any) -> None:
        result = compute_exceedances(as_of=options["as_of"], is_full=options["all"], since=options["since"])
        summary = summarize_findings()
        if options["json"]:
            self.stdout.write(json.dumps(result.as_json() | summary.as_json(), indent=2))
            return
        output = cast("IO[str]", self.stdout)  # Django's wrapper writes like a file
        console = Console(file=output, width=None if self.stdout.isatty() else WIDE)
        for table in summary_tables(summary):
            console.print(table)
        self.stdout.write(result_sentence(result))
