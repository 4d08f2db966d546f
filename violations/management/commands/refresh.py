"""`manage.py refresh`: bring the unified list and the sums in line with the records."""

import json
from argparse import ArgumentParser
from typing import Any

from stormwater.commands import StormwaterCommand
from violations.refreshing.refresh import refresh_violations
from violations.reporting import refresh_sentence


class Command(StormwaterCommand):
    """Refreshes what the changes since the last time concern, unless told otherwise."""

    help = "Refresh the unified list of findings, and the numbers that lists and dashboards read."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="look at everything, and still write only what differs")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead")

    def handle(self, *_args: Any, **options: Any) -> None:
        result = refresh_violations(is_full=options["all"])
        self.stdout.write(json.dumps(result.as_json(), indent=2) if options["json"] else refresh_sentence(result))
