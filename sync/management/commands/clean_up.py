"""`manage.py clean_up`: remove what is past its retention and what killed processes left behind."""

from argparse import ArgumentParser
from typing import Any

from stormwater.commands import StormwaterCommand
from sync.cleaning import clean_up


class Command(StormwaterCommand):
    """What beat does every night."""

    help = (
        "Remove raw files, quarantined rows and issues past their retention, left-over files, tables and claims of "
        "killed processes, and expired sessions. Published files and those of held runs stay."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would be removed, and remove nothing")

    def handle(self, *_args: Any, dry_run: bool, **_options: Any) -> None:
        for line in clean_up(is_dry_run=dry_run).lines():
            self.stdout.write(line)
