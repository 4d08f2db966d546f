"""`manage.py import_decisions`: load decisions or a staff mapping."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from facilities.services.decision_files import import_decisions
from stormwater.commands import StormwaterCommand

SOME_BAD = 3


class Command(StormwaterCommand):
    """Exit status: 0 if every row was taken, 3 if some were not (they are named)."""

    help = "Load decisions that export_decisions wrote, or a staff mapping, and run the matcher."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="CSV file with place_id, app_id, wdid; verdict and more if known")

    def handle(self, *args: Any, **options: Any) -> None:
        report = import_decisions(path=options["file"])
        for bad in report.bad:
            self.stderr.write(str(bad))
        self.stdout.write(
            f"{report.read:,} rows read: {report.taken:,} taken ({report.waiting:,} wait for their records), "
            f"{report.known:,} known already, {len(report.bad):,} bad."
        )
        if report.bad:
            sys.exit(SOME_BAD)
