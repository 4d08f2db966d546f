"""`manage.py import_crosswalk`: load the CIWQS facility list."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from facilities.services.crosswalk import import_crosswalk
from stormwater.commands import StormwaterCommand

SOME_BAD = 3


class Command(StormwaterCommand):
    """Exit status: 0 if every row was loaded, 3 if some were not (they are named)."""

    help = "Load a CIWQS facility list: agency, address, position and permit number of eSMR facilities."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="CSV file with a column facility_place_id")

    def handle(self, *args: Any, **options: Any) -> None:
        report = import_crosswalk(path=options["file"])
        for remark in (*report.remarks, *report.bad):
            self.stderr.write(str(remark))
        self.stdout.write(
            f"{report.read:,} rows read: {report.inserted:,} inserted, {report.updated:,} updated, "
            f"{report.unchanged:,} unchanged, {report.repeated:,} repeated, {len(report.bad):,} bad. "
            "`manage.py match` takes them up."
        )
        if report.bad:
            sys.exit(SOME_BAD)
