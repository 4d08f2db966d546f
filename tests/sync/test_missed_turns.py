"""Which datasets' turns were missed is found out from the ledger; `test_background_work` has their messages."""

from datetime import timedelta

import pytest
from django.utils import timezone

from sync.contracts import CONTRACTS
from sync.ledger import resource_of
from sync.missed_turns import GRACE, list_missed_turns, queue_missed_syncs
from sync.models import Run

DAY, WEEK, MINUTE = timedelta(days=1), timedelta(days=7), timedelta(minutes=1)
pytestmark = pytest.mark.django_db


def run_of(slug: str, age: timedelta, status: str = "unchanged", year: int | None = None) -> None:
    began = timezone.now() - age
    Run.objects.create(
        resource=resource_of(CONTRACTS[slug], year),
        source="portal",
        status=status,
        started_at=began,
        heartbeat_at=began,
        finished_at=None if status == "running" else began,
    )


@pytest.mark.parametrize("slug, cadence", [("smarts_violations", DAY), ("smarts_industrial_monitoring", WEEK)])
def test_a_turn_is_missed_a_cadence_and_some_hours_after_the_last_run_began(slug, cadence):
    run_of(slug, cadence + GRACE - MINUTE)
    assert list_missed_turns() == []

    assert list_missed_turns(now=timezone.now() + 2 * MINUTE) == [slug]


def test_the_cadence_is_the_one_that_the_schedule_goes_by(settings):
    run_of("smarts_violations", 2 * DAY)
    settings.SYNC_CADENCES = ["smarts_violations=weekly"]
    assert list_missed_turns() == []


@pytest.mark.parametrize("status", ["failed", "held", "published", "running"])
def test_a_run_of_any_kind_has_had_its_turn(status):
    run_of("smarts_violations", 2 * DAY)
    run_of("smarts_violations", DAY, status)
    assert list_missed_turns() == []


def test_of_a_dataset_in_years_the_latest_run_of_any_year_counts():
    run_of("esmr", 30 * DAY, year=2019)
    run_of("esmr", 2 * DAY, year=2026)
    assert list_missed_turns() == []


def test_what_has_never_run_has_missed_nothing_and_the_others_come_in_the_order_of_loading():
    run_of("esmr", 30 * DAY, year=2026)
    run_of("smarts_violations", 30 * DAY)
    assert list_missed_turns() == ["smarts_violations", "esmr"]


def test_without_a_broker_nothing_is_queued():
    run_of("smarts_violations", 30 * DAY)
    assert queue_missed_syncs() == []
