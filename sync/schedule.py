"""When beat sends what: the syncs by the cadence of their contracts, and what keeps the system in order.

Read before Django is set up, so no models here.
"""

from datetime import timedelta
from typing import Any

from celery.schedules import BaseSchedule, ParseException, crontab, schedule
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from sync.contracts import CONTRACTS

SYNC_TASK = "sync.tasks.sync_dataset"
DAILY = timedelta(days=1)
CADENCES = {"daily": DAILY, "weekly": timedelta(days=7)}
# Datasets start this far apart, in the order of their links. They queue behind one another anyway;
# this keeps the order when nothing is late.
MINUTES_APART = 5
# Follow-ups are started by each publish; this catches what was missed, and the days that end a reporting year.
FOLLOW_UPS_EVERY = timedelta(hours=1)
# Beat goes on to the next turn although Redis was away at this one; within so long, and some grace, it is made up for.
MISSED_TURNS_EVERY = timedelta(hours=1)
# A person who is told within a quarter of an hour has lost nothing: data are hours old at best.
ALERTS_EVERY = timedelta(minutes=15)
# Beat's sign of life. A minute, so that a few minutes of silence mean something.
SIGN_OF_LIFE_EVERY = timedelta(minutes=1)
# After a night's syncs, before staff come.
HOURS_FROM_SYNC_TO_CLEAN_UP = 2


def beat_schedule() -> dict[str, dict[str, Any]]:
    """All entries. Raises ImproperlyConfigured if a variable of the schedule says what cannot be."""
    short = timedelta(seconds=settings.SYNC_EVERY) if settings.SYNC_EVERY else None
    return {
        **{
            f"sync {slug}": _entry(SYNC_TASK, cadence_of(slug), _time_of(slug, position), short, slug)
            for position, slug in enumerate(CONTRACTS)
        },
        "clean up": _entry("sync.tasks.clean_up", DAILY, _clean_up_time(), short),
        "follow up": _entry("sync.tasks.run_follow_ups", FOLLOW_UPS_EVERY, schedule(FOLLOW_UPS_EVERY), short),
        "missed turns": _entry(
            "sync.tasks.queue_missed_syncs", MISSED_TURNS_EVERY, schedule(MISSED_TURNS_EVERY), short
        ),
        "check alerts": _entry("sync.tasks.check_alerts", ALERTS_EVERY, schedule(ALERTS_EVERY), short),
        "sign of life": _entry("sync.tasks.give_sign_of_life", SIGN_OF_LIFE_EVERY, schedule(SIGN_OF_LIFE_EVERY), None),
    }


def cadence_of(slug: str) -> timedelta:
    """How often a dataset is synced: as its contract says, unless STORMWATER_SYNC_CADENCES says otherwise."""
    chosen = CONTRACTS[slug].cadence.sync_every
    for setting in settings.SYNC_CADENCES:
        name, _, word = setting.partition("=")
        if name not in CONTRACTS or word not in CADENCES:
            raise ImproperlyConfigured(
                f"STORMWATER_SYNC_CADENCES has {setting!r}; it takes DATASET=daily or DATASET=weekly, "
                f"and the datasets are {', '.join(CONTRACTS)}."
            )
        if name == slug:
            chosen = CADENCES[word]
    return chosen


def _time_of(slug: str, position: int) -> BaseSchedule:
    """Every night, or one night a week."""
    day = "*" if cadence_of(slug) <= DAILY else settings.SYNC_WEEKDAY
    try:
        return crontab(hour=settings.SYNC_HOUR, minute=position * MINUTES_APART, day_of_week=day)
    except (ParseException, ValueError) as error:
        raise ImproperlyConfigured(
            f"STORMWATER_SYNC_HOUR is an hour from 0 to 23 and STORMWATER_SYNC_WEEKDAY the name of a day: {error}"
        ) from error


def _clean_up_time() -> BaseSchedule:
    return crontab(hour=(settings.SYNC_HOUR + HOURS_FROM_SYNC_TO_CLEAN_UP) % 24, minute=0)


def _entry(task: str, period: timedelta, when: BaseSchedule, short: timedelta | None, *args: str) -> dict[str, Any]:
    """An entry; `short` replaces its period where the schedule is being tried."""
    period, when = (short, schedule(short)) if short else (period, when)
    return {
        "task": task,
        "args": list(args),
        "schedule": when,
        # A message that no worker took before the next one is due would only do the work twice.
        "options": {"expires": period.total_seconds()},
    }
