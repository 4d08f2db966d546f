"""`manage.py doctor`: what is wrong with this installation, and how to mend it."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from stormwater.commands import FAILED, StormwaterCommand
from stormwater.errors import UserError
from stormwater.overview.checks import CHECKS, Level, run_checks

WARNED = 3  # as `manage.py sync` ends when something waits for a person


class Command(StormwaterCommand):
    """Exit status: 0 if nothing is wrong, 3 if there are warnings, 1 if there are errors."""

    help = "Say what is wrong with this installation and how to mend it, in a line each. Changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("check", nargs="*", help=f"only these checks: {', '.join(CHECKS)}")
        parser.add_argument("--json", action="store_true", help="print one JSON object on standard output instead")

    def handle(self, *_args: Any, **options: Any) -> None:
        names = options["check"] or list(CHECKS)
        if unknown := [name for name in names if name not in CHECKS]:
            raise UserError(f"There is no check {unknown[0]}; there are: {', '.join(CHECKS)}.")
        findings = run_checks(names)
        errors = sum(finding.level is Level.ERROR for finding in findings)
        warnings = len(findings) - errors
        if options["json"]:
            self.stdout.write(json.dumps({"findings": [finding.as_json() for finding in findings]}, indent=2))
        else:
            for finding in findings:
                self.stdout.write(finding.line())
            self.stdout.write(f"{errors} errors, {warnings} warnings." if findings else "Nothing is wrong.")
        if findings:
            sys.exit(FAILED if errors else WARNED)
