"""Whether this machine has room for the data, lets us write them, keeps them private and knows the time."""

import os
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import Max
from django.utils import timezone

from stormwater.disk import existing_folder, measure_room
from stormwater.overview.checks.finding import Finding, error, warning
from sync.models import Run

# Beyond this, files of today look like those of tomorrow, and logins end early.
CLOCK_TOLERANCE = timedelta(seconds=30)


def check_disk() -> Iterator[Finding]:
    """There is room for the next load."""
    room = measure_room()
    if not room.is_scarce:
        return
    remedy = "Give the disk more room, or shorten the retention (STORMWATER_RAW_FILE_DAYS) and run manage.py clean_up"
    yield (error if room.is_too_little else warning)("disk", room.sentence(), remedy)


def check_data_folder() -> Iterator[Finding]:
    """The data folder can be written, and nobody else can read it: raw files hold personal contact data."""
    folder = Path(settings.DATA_DIR)
    if not os.access(existing_folder(folder), os.W_OK | os.X_OK):
        yield error(
            "data folder",
            f"{folder} cannot be written by user number {os.geteuid()}.",
            "chown -R it to that user, or set STORMWATER_DATA_DIR to a folder of its own.",
        )
        return
    raw = Path(settings.RAW_DIR)
    if raw.exists() and _is_open(raw) and all(_is_open(parent) for parent in raw.parents):
        yield warning(
            "data folder",
            f"Every account of this machine can read {raw}, which holds personal contact data.",
            f"Run: chmod o-rx {raw}",
        )
    key = folder / "secret_key"
    if key.exists() and stat.S_IMODE(key.stat().st_mode) & 0o77:
        yield warning("data folder", f"{key} can be read by others.", f"Run: chmod 600 {key}, and make a new key.")


def check_clock() -> Iterator[Finding]:
    """This machine and the database agree on the time, and it does not lie before what happened already."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (theirs,) = cursor.fetchone()
    remedy = "Let NTP set the clocks of both machines."
    if abs(theirs - now) > CLOCK_TOLERANCE:
        yield warning("clock", f"This machine's clock is {abs(theirs - now)} off the database's.", remedy)
    latest = Run.objects.order_by().aggregate(latest=Max("heartbeat_at"))["latest"]
    if latest and latest > now + CLOCK_TOLERANCE:
        yield warning("clock", f"The ledger has a run of {latest:%Y-%m-%d %H:%M}, which is yet to come.", remedy)


def _is_open(folder: Path) -> bool:
    return bool(folder.stat().st_mode & stat.S_IXOTH)
