"""`manage.py evaluate_matching`: how good the matcher is against judged pairs."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from facilities.matching.evaluation import Share
from facilities.selectors.judging import evaluate_pairs
from stormwater.commands import StormwaterCommand

_MEASURES = {
    "auto_precision": "judged automatic links that are right",
    "auto_recall": "true pairs that are linked automatically",
    "found_recall": "true pairs that are linked or in the queue",
    "recall_at_1": "true pairs that stand first",
    "recall_at_5": "true pairs among the first five",
}


class Command(StormwaterCommand):
    """Writes nothing to the database."""

    help = "Judge the pairs of a file against the matcher's view of the whole database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--pairs", type=Path, required=True, metavar="FILE", help="CSV file with place_id, app_id, wdid, same"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object on standard output instead")
        parser.add_argument("--hide-crosswalk", action="store_true", help="use eSMR's own fields alone")

    def handle(self, *args: Any, **options: Any) -> None:
        evaluation, bad = evaluate_pairs(path=options["pairs"], hides_crosswalk=options["hide_crosswalk"])
        for row in bad:
            self.stderr.write(f"Left out, {row}")
        if options["json"]:
            self.stdout.write(json.dumps(evaluation.as_dict(), indent=2))
            return
        for name, words in _MEASURES.items():
            self.stdout.write(f"{name:15} {_share(getattr(evaluation, name))}  {words}")
        self.stdout.write(
            f"{evaluation.queued_per_facility:.2f} open pairs per eSMR facility; "
            f"{evaluation.automatic_on_unlabelled:,} automatic links on pairs that nobody judged."
        )


def _share(share: Share) -> str:
    if share.value is None or share.interval is None:
        return "none judged"
    low, high = share.interval
    return f"{share.value:.3f} ({share.count}/{share.total}, 95 %: {low:.2f} to {high:.2f})"
