"""The beat schedule and the contracts must not drift apart."""

from datetime import datetime, timedelta

import pytest

from stormwater.celery import app
from sync.contracts import CONTRACTS
from sync.schedule import FINDINGS_TASK, MATCH_TASK, SYNC_TASK, beat_schedule, sync_entries


def test_every_dataset_has_exactly_one_entry():
    assert sorted(entry["args"][0] for entry in sync_entries().values()) == sorted(CONTRACTS)


@pytest.mark.parametrize("slug", CONTRACTS)
def test_a_dataset_is_due_again_exactly_after_its_cadence(slug):
    schedule = beat_schedule()[f"sync {slug}"]["schedule"]
    last_run = datetime(2026, 11, 22, schedule.hour.copy().pop(), schedule.minute.copy().pop()).astimezone()
    schedule.nowfun = lambda: last_run

    assert schedule.remaining_estimate(last_run) == CONTRACTS[slug].cadence.sync_every


def test_entries_expire_within_their_period_so_that_missed_ones_do_not_pile_up():
    for entry in sync_entries().values():
        assert timedelta(seconds=entry["options"]["expires"]) <= CONTRACTS[entry["args"][0]].cadence.sync_every


def test_facility_files_come_before_what_links_to_them():
    minutes = {entry["args"][0]: entry["schedule"].minute.copy().pop() for entry in sync_entries().values()}
    for contract in CONTRACTS.values():
        assert all(minutes[earlier] < minutes[contract.slug] for earlier in contract.after)


def test_celery_knows_the_task_and_takes_the_schedule():
    app.loader.import_default_modules()

    assert {SYNC_TASK, MATCH_TASK, FINDINGS_TASK} <= set(app.tasks)
    assert set(app.conf.beat_schedule) == set(beat_schedule())


def test_matching_and_findings_follow_the_syncs_every_night():
    match, findings = beat_schedule()["match"], beat_schedule()["compute findings"]
    assert (match["task"], findings["task"]) == (MATCH_TASK, FINDINGS_TASK)
    assert match["schedule"].hour == {3}
    assert min(match["schedule"].minute) > max(max(entry["schedule"].minute) for entry in sync_entries().values())
    assert min(findings["schedule"].hour) > 3
    for entry in (match, findings):
        assert entry["schedule"].day_of_week == set(range(7))
        assert entry["options"]["expires"] <= 24 * 3600
