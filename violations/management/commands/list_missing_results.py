"""`manage.py list_missing_results`: active industrial enrollments without a result for a half-year."""

import json
from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from stormwater.commands import StormwaterCommand
from violations.selectors.findings import HalfYear, list_silent_enrollments

REMARK = "That is not non-compliance: there may have been no storm or no discharge, or the report may be late."


class Command(StormwaterCommand):
    """Says what the open data do not have, and nothing about why."""

    help = "List active industrial enrollments (WDID letter I) without any result in the open data for a half-year."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--half", metavar="YEAR-N", help="2023-1 is July to December 2023, 2023-2 January to June 2024 (latest)"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object instead")

    def handle(self, *_args: Any, **options: Any) -> None:
        half = HalfYear.named(options["half"]) if options["half"] else HalfYear.before(timezone.localdate())
        silent = list_silent_enrollments(half)
        if options["json"]:
            rows = [enrollment.as_json() for enrollment in silent]
            period = {"first_day": half.first_day.isoformat(), "last_day": half.last_day.isoformat()}
            self.stdout.write(json.dumps(period | {"remark": REMARK, "enrollments": rows}, indent=2))
            return
        for enrollment in silent:
            last = f"latest result {enrollment.last_sample_date}" if enrollment.last_sample_date else "no result at all"
            self.stdout.write(f"{enrollment.wdid}  {enrollment.site_name or 'unnamed site'}, {last}")
        self.stdout.write(f"{len(silent)} active industrial enrollments without a result from {half}. {REMARK}")
