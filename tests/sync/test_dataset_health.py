"""How a dataset stands is said in a word and in sentences: what is wrong, since when, and what readers have."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sync.dataset_health import State, health_in_a_sentence, list_dataset_health
from sync.models import Dataset, Resource, Run

pytestmark = pytest.mark.django_db
VIOLATIONS = "smarts_violations"


def health(slug=VIOLATIONS):
    (found,) = [dataset for dataset in list_dataset_health() if dataset.slug == slug]
    return found


def plain(sentence):
    return sentence.replace("\xa0", " ")


def fail(slug=VIOLATIONS, message="The portal does not answer."):
    now = timezone.now()
    dataset, _ = Dataset.objects.get_or_create(slug=slug.partition(":")[0])
    resource, _ = Resource.objects.get_or_create(slug=slug, dataset=dataset)
    return Run.objects.create(
        resource=resource, status=Run.Status.FAILED, message=message, started_at=now, finished_at=now, heartbeat_at=now
    )


def test_before_anything_was_loaded_each_dataset_says_so():
    datasets = list_dataset_health()
    assert len(datasets) == 8
    assert {dataset.state for dataset in datasets} == {State.NEVER}
    assert not any(dataset.is_known for dataset in datasets)
    assert datasets[0].troubles[0].sentence == "There are no data of it yet."


def test_a_fresh_dataset_is_ok_and_the_sentence_names_only_the_others(publisher):
    run = publisher.load(VIOLATIONS, {}).run
    found = health()
    assert (found.state, found.troubles, found.last_run, found.running) == (State.OK, (), run, None)
    assert (found.published_ago, found.confirmed_ago) == ("just now", "just now")
    assert health_in_a_sentence([found, found]) == "All 2 datasets are in order."
    assert health_in_a_sentence([health("smarts_inspections"), found]) == (
        "1 of 2 datasets needs attention: SMARTS inspections (never loaded)."
    )


def test_late_is_what_no_sync_has_confirmed_for_longer_than_its_cadence_allows(publisher, time_machine):
    time_machine.move_to("2026-10-01 12:00 -0700")
    publisher.load(VIOLATIONS, {})
    time_machine.move_to("2026-10-11 11:00 -0700")
    assert health().state is State.OK

    time_machine.move_to("2026-10-12 13:00 -0700")
    found = health()
    assert found.state is State.LATE
    assert (plain(found.confirmed_ago), found.stale_after_days) == ("1 week ago", 10)
    assert plain(found.troubles[0].sentence) == (
        "No sync has confirmed it for 11 days, where 10 are allowed. "
        "Readers have the data that were published 1 week ago."
    )

    publisher.sync(VIOLATIONS)
    found = health()
    assert found.state is State.OK
    assert (plain(found.published_ago), found.confirmed_ago) == ("1 week ago", "just now")


def test_a_held_file_waits_for_a_person_and_readers_keep_what_they_have(publisher):
    publisher.load(VIOLATIONS, *[{}] * 100)
    publisher.publish(VIOLATIONS, *[{}] * 37)
    run = publisher.sync(VIOLATIONS).run
    (trouble,) = health().troubles
    assert (trouble.state, trouble.run, trouble.resource) == (State.HELD, run, VIOLATIONS)
    assert trouble.sentence.startswith("A file is held and waits for a person: 37 rows where")
    assert trouble.sentence.endswith("Readers have the data that were published just now.")


def test_of_several_troubles_the_worst_comes_first_and_none_is_lost(publisher, time_machine):
    time_machine.move_to("2026-10-01 12:00 -0700")
    publisher.load(VIOLATIONS, {})
    time_machine.move_to("2026-10-21 12:00 -0700")
    run = fail()
    time_machine.move_to("2026-10-21 15:00 -0700")
    found = health()
    assert [trouble.state for trouble in found.troubles] == [State.FAILED, State.LATE]
    assert (found.state, found.last_run) == (State.FAILED, run.pk)
    assert plain(found.troubles[0].sentence) == (
        "The last sync failed 3 hours ago: The portal does not answer. "
        "Readers have the data that were published 2 weeks ago."
    )


def test_what_failed_before_it_was_ever_published_is_not_called_late_as_well():
    fail(message="x" * 5_000)
    (trouble,) = health().troubles
    assert trouble.state is State.FAILED
    assert trouble.sentence.endswith("There are no data of it yet.")
    assert len(trouble.sentence) < 400


def test_a_dataset_of_years_stands_as_its_worst_year_and_old_years_do_not_age(publisher, time_machine):
    time_machine.move_to("2026-09-01 12:00 -0700")
    publisher.load("esmr:2019", {})
    time_machine.move_to("2026-10-01 12:00 -0700")
    publisher.load("esmr:2023", {})
    publisher.load("esmr:2024", {})
    found = health("esmr")
    assert (found.state, found.confirmed_ago) == (State.OK, "just now")

    run = fail("esmr:2023")
    found = health("esmr")
    assert [(trouble.state, trouble.resource, trouble.run) for trouble in found.troubles] == [
        (State.FAILED, "esmr:2023", run.pk)
    ]


def test_what_a_contract_of_the_past_has_loaded_is_left_out(publisher):
    publisher.load(VIOLATIONS, {})
    fail("a_dataset_of_the_past")
    assert len(list_dataset_health()) == 8
    assert health().state is State.OK


def test_a_run_at_work_is_named_and_is_no_trouble(publisher):
    publisher.load(VIOLATIONS, {})
    now = timezone.now()
    run = Run.objects.create(resource=Resource.objects.get(), status="running", started_at=now, heartbeat_at=now)
    found = health()
    assert (found.state, found.running) == (State.OK, run.pk)


def test_it_takes_three_queries_whatever_was_loaded(publisher):
    publisher.load("esmr:2023", {})
    publisher.load(VIOLATIONS, {})
    with CaptureQueriesContext(connection) as queries:
        list_dataset_health()
    assert len(queries) == 3
