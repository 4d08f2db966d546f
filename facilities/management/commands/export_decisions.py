"""`manage.py export_decisions`: write the decisions that are in force as a file that can be loaded again."""

from argparse import ArgumentParser
from pathlib import Path
from typing import IO, Any, cast

from facilities.services.decision_files import export_decisions
from stormwater.commands import StormwaterCommand
from stormwater.errors import UserError


class Command(StormwaterCommand):
    """Writes to standard output, or to a file that is there only when it is complete."""

    help = "Write all decisions of persons and staff mappings as CSV, negatives included."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--out", type=Path, metavar="FILE", help="write to FILE instead of standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        target: Path | None = options["out"]
        number = _export_to(target) if target else export_decisions(cast("IO[str]", self.stdout))
        self.stderr.write(f"{number:,} decisions.")


def _export_to(target: Path) -> int:
    part = target.with_name(f"{target.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            number = export_decisions(file)
        part.replace(target)
    except OSError as error:
        raise UserError(f"{target} cannot be written: {error.strerror}.") from error
    return number
