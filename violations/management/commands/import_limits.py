"""`manage.py import_limits`: load permit limits from a CSV file."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from stormwater.commands import FAILED, StormwaterCommand
from stormwater.errors import UserError
from violations.services import import_permit_limits


class Command(StormwaterCommand):
    """Exit status: 0 if every row was loaded, 1 if some were not."""

    help = "Load effluent limits of single permits from a CSV file; docs/findings.md lists its columns."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="CSV file with a header")

    def handle(self, *_args: Any, file: Path, **_options: Any) -> None:
        try:
            with file.open(encoding="utf-8-sig", newline="") as stream:
                result = import_permit_limits(stream=stream)
        except OSError as error:
            raise UserError(f"{file} cannot be read: {error.strerror}.") from error
        for bad in result.bad:
            self.stderr.write(f"Line {bad.line}: {bad.reason}")
        self.stdout.write(
            f"{result.inserted} limits inserted, {result.updated} updated, {result.unchanged} unchanged, "
            f"{len(result.bad)} rows not loaded; {result.unresolved} limits wait for their plant."
        )
        if result.bad:
            sys.exit(FAILED)
