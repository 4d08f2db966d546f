"""The beat schedule: the contracts, the variables that change it, and Celery must not drift apart."""

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured

from stormwater.celery import app
from sync.contracts import CONTRACTS
from sync.schedule import SYNC_TASK, beat_schedule


def syncs():
    return {name: entry for name, entry in beat_schedule().items() if entry["task"] == SYNC_TASK}


def due_again_after(entry) -> timedelta:
    """Time from one Sunday's start to the next start."""
    schedule = entry["schedule"]
    last_run = datetime(2026, 11, 22, schedule.hour.copy().pop(), schedule.minute.copy().pop()).astimezone()
    schedule.nowfun = lambda: last_run
    return schedule.remaining_estimate(last_run)


def test_every_dataset_has_exactly_one_entry():
    assert sorted(entry["args"][0] for entry in syncs().values()) == sorted(CONTRACTS)


@pytest.mark.parametrize("slug", CONTRACTS)
def test_a_dataset_is_due_again_exactly_after_its_cadence(slug):
    assert due_again_after(beat_schedule()[f"sync {slug}"]) == CONTRACTS[slug].cadence.sync_every


def test_a_cadence_hour_and_day_from_the_environment_replace_the_contracts(settings):
    settings.SYNC_CADENCES = ["esmr=daily", "smarts_inspections=weekly"]
    settings.SYNC_HOUR, settings.SYNC_WEEKDAY = 22, "wednesday"
    schedule = beat_schedule()

    assert due_again_after(schedule["sync esmr"]) == timedelta(days=1)
    assert schedule["sync smarts_inspections"]["schedule"].day_of_week == {3}
    assert schedule["sync smarts_inspections"]["options"]["expires"] == timedelta(days=7).total_seconds()
    assert schedule["sync smarts_violations"]["schedule"].hour == {22}
    assert schedule["clean up"]["schedule"].hour == {0}  # two hours later, past midnight


@pytest.mark.parametrize(
    "name, value",
    [
        ("SYNC_CADENCES", ["esmr=monthly"]),
        ("SYNC_CADENCES", ["esrm=daily"]),
        ("SYNC_HOUR", 24),
        ("SYNC_WEEKDAY", "someday"),
    ],
)
def test_a_variable_that_says_what_cannot_be_is_refused(settings, name, value):
    setattr(settings, name, value)

    with pytest.raises(ImproperlyConfigured):
        beat_schedule()


def test_a_shortened_schedule_repeats_everything_within_seconds(settings):
    settings.SYNC_EVERY = 20

    for name, entry in beat_schedule().items():
        if name != "sign of life":
            assert entry["schedule"].run_every == timedelta(seconds=20)
            assert entry["options"]["expires"] == 20


def test_entries_expire_within_their_period_so_that_missed_ones_do_not_pile_up():
    for name, entry in beat_schedule().items():
        schedule = entry["schedule"]
        period = schedule.run_every if hasattr(schedule, "run_every") else due_again_after(entry)
        assert timedelta(seconds=entry["options"]["expires"]) <= period, name


def test_facility_files_come_before_what_links_to_them():
    minutes = {entry["args"][0]: entry["schedule"].minute.copy().pop() for entry in syncs().values()}
    for contract in CONTRACTS.values():
        assert all(minutes[earlier] < minutes[contract.slug] for earlier in contract.after)


def test_celery_knows_every_task_and_takes_the_schedule():
    app.loader.import_default_modules()

    assert {entry["task"] for entry in beat_schedule().values()} <= set(app.tasks)
    assert set(app.conf.beat_schedule) == set(beat_schedule())


def test_turns_that_beat_could_not_send_are_looked_for_every_hour():
    (entry,) = (entry for entry in beat_schedule().values() if entry["task"] == "sync.tasks.queue_missed_syncs")
    assert entry["schedule"].run_every == timedelta(hours=1)
