"""`manage.py learn_matching`: learn the matcher's weights from judged pairs anew."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from facilities.selectors.judging import learn_from_pairs
from stormwater.commands import StormwaterCommand
from stormwater.errors import UserError
from stormwater.settings import BASE_DIR

WEIGHTS = BASE_DIR / "facilities" / "matching" / "weights.json"


class Command(StormwaterCommand):
    """The next run of the matcher sees that the weights are others, and matches everything."""

    help = "Learn the matcher's weights from judged pairs, against the records of the database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--pairs", type=Path, required=True, metavar="FILE", help="CSV file with place_id, app_id, wdid, same"
        )
        parser.add_argument(
            "--out", type=Path, default=WEIGHTS, metavar="FILE", help="file for the weights (those of the matcher)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        weights, bad = learn_from_pairs(path=options["pairs"])
        for row in bad:
            self.stderr.write(f"Left out, {row}")
        try:
            options["out"].write_text(weights.to_json(), encoding="utf-8")
        except OSError as error:
            raise UserError(f"{options['out']} cannot be written: {error.strerror}.") from error
        precision = weights.learned["cross_validated"]["with_crosswalk"]["auto_precision"]["of"]
        found = weights.learned["cross_validated"]["with_crosswalk"]["found_recall"]["of"]
        self.stdout.write(
            f"Weights {weights.version} from {weights.learned['pairs']}: cross-validated, {precision[0]} of "
            f"{precision[1]} judged automatic links right, {found[0]} of {found[1]} true pairs found."
        )
