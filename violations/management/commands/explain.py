"""`manage.py explain`: what is computed of a discharger, in words or as JSON."""

import json
from argparse import ArgumentParser
from typing import Any

from facilities.models import Facility
from stormwater.commands import StormwaterCommand
from violations.explaining import explain_id
from violations.wording import explanation_lines


class Command(StormwaterCommand):
    """Exit status: 0, also if nothing is found; 1 if nothing has the id."""

    help = "Explain the findings of a WDID, of esmr:PLACE_ID, or of all enrollments of a facility's public id."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", metavar="ID", help="WDID, esmr:PLACE_ID, or public id of a facility")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead")

    def handle(self, *_args: Any, **options: Any) -> None:
        explanations = explain_id(options["id"])
        if options["json"]:
            by_name = {explanation.name: explanation.as_json() for explanation in explanations}
            is_facility = Facility.objects.filter(public_id=options["id"].strip()).exists()
            self.stdout.write(json.dumps(by_name if is_facility else next(iter(by_name.values())), indent=2))
            return
        for number, explanation in enumerate(explanations):
            if number:
                self.stdout.write("")
            for line in explanation_lines(explanation):
                self.stdout.write(line)
