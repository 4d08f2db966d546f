"""`manage.py match`: bring pairs, links and facilities in line with the records."""

import json
from argparse import ArgumentParser
from typing import Any

from facilities.services.matching import MatchReport, run_matching
from stormwater.commands import StormwaterCommand


class Command(StormwaterCommand):
    """Runs the tiers; never changes a decision."""

    help = "Match eSMR facilities with SMARTS enrollments: what has changed since the last run, or everything."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="match everything, not only what has changed")
        parser.add_argument("--json", action="store_true", help="print one JSON object on standard output instead")

    def handle(self, *args: Any, **options: Any) -> None:
        report = run_matching(is_full=options["all"])
        self.stdout.write(json.dumps(report.as_json(), indent=2) if options["json"] else _sentence(report))


def _sentence(report: MatchReport) -> str:
    lines = [f"Matched everything, because {report.why_full}."] if report.why_full else []
    if report.applied:
        lines.append(f"{report.applied:,} imported decisions took effect.")
    states = ", ".join(f"{number:,} {state}" for state, number in report.states.items()) or "none"
    joined = report.joined
    lines.append(f"Pairs: {states}.")
    lines.append(
        f"{joined.linked:,} links made, {joined.unlinked:,} withdrawn; "
        f"{joined.moved:,} members moved to another facility."
    )
    lines.append(
        f"{report.matched:,} eSMR facilities matched ({report.changed_esmr:,} of them and "
        f"{report.changed_enrollments:,} enrollments had changed); {report.queued:,} pairs wait for a person."
    )
    return "\n".join(lines)
