"""`manage.py sync`: bring the datasets up to date, release a held run, or show how fresh they are."""

import json
import sys
from argparse import ArgumentParser
from typing import IO, Any, cast

from django.core.management.base import CommandError
from rich.console import Console
from rich.table import Table

from stormwater.commands import StormwaterCommand
from sync import reporting
from sync.follow_ups import run_follow_ups_inline
from sync.opening_sources import configured_source
from sync.selectors import list_resource_statuses
from sync.services import SyncOptions, SyncReport, release_run, sync_datasets

HELD = 3
FAILED = 1
WIDE = 160  # columns; fits every table


class Command(StormwaterCommand):
    """Exit status: 0 if all went through, 3 if a run is held, 1 if one, or what follows a publish, failed."""

    help = "Sync the published datasets (all, or those named) from the portal or from a directory of files."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("dataset", nargs="*", help="dataset slug, or esmr:YEAR; all if none is named")
        parser.add_argument("--from", dest="directory", metavar="DIR", help="take files from DIR instead of the portal")
        parser.add_argument("--dry-run", action="store_true", help="do everything but keep nothing")
        parser.add_argument("--force", action="store_true", help="load files that have not changed, too")
        parser.add_argument("--all-years", action="store_true", help="every eSMR year of the portal, not the last five")
        parser.add_argument("--release", type=int, metavar="RUN", help="publish the file of a held run")
        parser.add_argument("--reason", default="", help="why the held file is right; needed with --release")
        parser.add_argument("--status", action="store_true", help="show how fresh the datasets are, and end")
        parser.add_argument("--no-follow-ups", action="store_true", help="leave what follows a publish for later")
        parser.add_argument("--json", action="store_true", help="print one JSON object on standard output instead")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["status"]:
            self._print_status(as_json=options["json"])
            return
        if options["release"] is not None and (options["dataset"] or options["directory"]):
            raise CommandError("--release takes the file of the held run: name no dataset and no directory with it.")
        messages = Console(file=sys.stderr)
        with reporting.shown_progress(messages) as progress:
            if options["release"] is not None:
                report = SyncReport(
                    [release_run(run_id=options["release"], reason=options["reason"], progress=progress)]
                )
            else:
                report = sync_datasets(
                    source=configured_source(options["directory"]),
                    requests=options["dataset"],
                    options=SyncOptions(options["force"], options["dry_run"], options["all_years"]),
                    progress=progress,
                )
        self._print_report(report, messages, as_json=options["json"], is_dry_run=options["dry_run"])
        results = [] if options["dry_run"] or options["no_follow_ups"] else run_follow_ups_inline()
        for result in results:
            messages.print(result.sentence(), highlight=False, markup=False, soft_wrap=True)
        if report.has_failed or any(result.has_failed for result in results):
            sys.exit(FAILED)
        if report.is_held:
            sys.exit(HELD)

    def _print_report(self, report: SyncReport, messages: Console, *, as_json: bool, is_dry_run: bool) -> None:
        for name in report.ignored:
            messages.print(f"Not a file of any dataset, ignored: {name}", highlight=False, markup=False, soft_wrap=True)
        if as_json:
            self.stdout.write(reporting.as_json(report.runs))
        else:
            self._print_table(reporting.summary_table(report))
        for line in reporting.remarks(report):
            messages.print(line, highlight=False, markup=False, soft_wrap=True)
        sentence = reporting.summary_sentence(report)
        messages.print(
            f"Dry run, nothing was kept: {sentence}" if is_dry_run else sentence, highlight=False, soft_wrap=True
        )

    def _print_status(self, *, as_json: bool) -> None:
        statuses = list_resource_statuses()
        if as_json:
            self.stdout.write(json.dumps({"resources": [status.as_json() for status in statuses]}, indent=2))
            return
        self._print_table(reporting.status_table(statuses))
        stale = sum(status.is_stale for status in statuses)
        self.stdout.write(f"{len(statuses)} resources, {stale} of them stale or never loaded.")

    def _print_table(self, table: Table) -> None:
        """Print a table, as wide as it wants to be where no terminal sets a limit."""
        output = cast("IO[str]", self.stdout)  # Django's wrapper writes like a file
        reporting.print_fitting(Console(file=output, width=None if self.stdout.isatty() else WIDE), table)
