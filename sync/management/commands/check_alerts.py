"""`manage.py check_alerts`: open and close alerts, and mail them, as beat has it done every quarter of an hour."""

import sys
from typing import Any

from django.utils import timezone

from stormwater.commands import FAILED, StormwaterCommand
from sync.alerts import check_alerts, list_unsent

OPEN = 3  # as `manage.py sync` ends when something waits for a person


class Command(StormwaterCommand):
    """Exit status: 0 if no alert is open, 3 if some are, 1 if a mail was not sent."""

    help = "Look for what operators should know, mail what is new and what is over, and list what is open."

    def handle(self, *_args: Any, **_options: Any) -> None:
        found = check_alerts()
        unsent = len(list_unsent())
        for alert in found:
            self.stdout.write(f"{alert.sentence} (since {timezone.localtime(alert.opened_at):%Y-%m-%d %H:%M})")
        self.stdout.write(f"{len(found)} alerts are open, {unsent} mails were not sent.")
        if unsent:
            sys.exit(FAILED)
        if found:
            sys.exit(OPEN)
