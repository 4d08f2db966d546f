"""What follows a publish: done once per publish, in order, whatever dies, fails or comes at the same time."""

import json
import threading
from collections.abc import Callable
from datetime import date, timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.utils import timezone
from django.utils.module_loading import import_string

from stormwater.errors import UserError
from sync import claims, follow_ups
from sync.follow_ups import STEPS, Step, half_year_of, run_follow_ups
from sync.models import FollowUp

VIOLATIONS = "smarts_violations"
pytestmark = pytest.mark.django_db


class Work:
    """The work of the tests' steps: notes who was called, and fails or waits when told to."""

    def __init__(self) -> None:
        self.look: Callable[[], None] = lambda: None
        self.calls: list[str] = []
        self.errors: dict[str, Exception] = {}
        self.on_call: dict[str, list] = {}

    def step(self, name: str, after: tuple[str, ...] = ()) -> Step:
        return Step(name, lambda: self._do(name), after)

    def _do(self, name: str) -> None:
        self.calls.append(name)
        if name in self.errors:
            raise self.errors[name]
        for action in self.on_call.pop(name, []):
            action()


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def steps(work) -> tuple[Step, ...]:
    return (work.step("matching"), work.step("exceedances"), work.step("summaries", ("matching", "exceedances")))


@pytest.fixture
def published(publisher):
    publisher.load(VIOLATIONS, {})
    return publisher


def run(steps, **options) -> dict[str, str]:
    return {result.name: result.status for result in run_follow_ups(steps=steps, **options)}


class TestOrder:
    def test_nothing_is_done_before_anything_is_published(self, work, steps):
        assert run(steps) == dict.fromkeys(("matching", "exceedances", "summaries"), "current")
        assert work.calls == []

    def test_every_step_runs_once_per_publish_in_order(self, work, steps, published):
        assert set(run(steps).values()) == {"done"}
        assert set(run(steps).values()) == {"current"}
        published.load(VIOLATIONS, {}, {})
        run(steps)

        assert work.calls == ["matching", "exceedances", "summaries"] * 2

    def test_an_unchanged_file_is_followed_by_nothing(self, work, steps, published):
        run(steps)
        assert published.sync(VIOLATIONS).status == "unchanged"
        run(steps)

        assert len(work.calls) == 3

    def test_a_step_that_is_new_catches_up_and_the_others_rest(self, work, steps, published):
        run(steps)
        run((*steps, work.step("cache warming")))

        assert work.calls[3:] == ["cache warming"]

    def test_a_publish_during_a_step_is_followed_by_every_step_in_the_same_go(self, work, steps, published):
        work.on_call["matching"] = [lambda: published.load(VIOLATIONS, {}, {})]
        assert set(run(steps).values()) == {"done"}

        assert work.calls == ["matching", "exceedances", "summaries"] * 2

    def test_runs_that_publish_in_another_order_than_they_began_are_all_followed(self, work, steps, published):
        published.load("smarts_inspections", {})
        run(steps)
        # The run that began first publishes last: its number is below what was followed already.
        resource = follow_ups.Resource.objects.get(slug=VIOLATIONS)
        earlier = follow_ups.Resource.objects.get(slug="smarts_inspections").last_published
        resource.last_published, was = earlier, resource.last_published
        resource.save()
        assert resource.last_published_id != was.pk
        run(steps)

        assert len(work.calls) == 6


class TestHalfYears:
    @pytest.mark.parametrize(
        "day, start",
        [
            (date(2026, 1, 1), date(2026, 1, 1)),
            (date(2026, 6, 30), date(2026, 1, 1)),
            (date(2026, 7, 1), date(2026, 7, 1)),
            (date(2026, 12, 31), date(2026, 7, 1)),
        ],
    )
    def test_begin_on_january_1_and_july_1(self, day, start):
        assert half_year_of(day) == start

    @pytest.mark.parametrize(
        "before, after", [("2026-07-01T06:59Z", "2026-07-01T07:01Z"), ("2027-01-01T07:59Z", "2027-01-01T08:01Z")]
    )
    def test_are_followed_once_on_californias_day_although_nothing_was_published(
        self, work, steps, published, before, after
    ):
        with time_machine.travel(before, tick=True):
            run(steps)
            run(steps)
        assert len(work.calls) == 3
        with time_machine.travel(after, tick=True):
            run(steps)
            run(steps)
        assert len(work.calls) == 6


class TestFailure:
    def test_is_recorded_and_what_needs_the_step_waits_while_others_go_on(self, work, steps, published, caplog):
        work.errors["matching"] = ZeroDivisionError("no \n sites")
        assert run(steps) == {"matching": "failed", "exceedances": "done", "summaries": "waiting"}

        known = FollowUp.objects.get(pk="matching")
        assert (known.status, known.message) == ("failed", "ZeroDivisionError: no sites")
        assert known.finished_at is not None
        assert work.calls == ["matching", "exceedances"]  # once in one go
        assert "Traceback" in caplog.text

    def test_that_a_person_can_put_right_is_one_sentence_without_a_traceback(self, work, steps, published, caplog):
        work.errors["matching"] = UserError("The crosswalk is missing.")
        run(steps)

        assert FollowUp.objects.get(pk="matching").message == "The crosswalk is missing."
        assert "Traceback" not in caplog.text

    def test_is_tried_again_the_next_time_and_those_who_waited_follow(self, work, steps, published):
        work.errors["matching"] = ValueError("x")
        run(steps)
        del work.errors["matching"]
        assert run(steps) == {"matching": "done", "exceedances": "current", "summaries": "done"}
        known = FollowUp.objects.get(pk="matching")
        assert (known.status, known.message) == ("done", "")

    def test_of_the_connection_inside_a_step_is_recorded_all_the_same(self, transactional_db, work, publisher):
        publisher.load(VIOLATIONS, {})

        def cut():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

        assert run((Step("matching", cut),)) == {"matching": "failed"}
        assert "terminating connection" in FollowUp.objects.get().message


class TestTheCommand:
    @pytest.fixture(autouse=True)
    def the_steps(self, steps, published, monkeypatch):
        monkeypatch.setattr(follow_ups, "STEPS", steps)

    def test_says_how_it_went_as_one_json_object(self, capsys):
        call_command("follow_up", "--json")
        told = json.loads(capsys.readouterr().out)["steps"]
        assert [(step["name"], step["status"], step["message"]) for step in told] == [
            (name, "done", "") for name in ("matching", "exceedances", "summaries")
        ]
        assert all(0 <= step["seconds"] < 60 for step in told)

    def test_ends_with_1_and_still_says_so_if_a_step_fails(self, work, capsys):
        work.errors["matching"] = ValueError("no sites")
        with pytest.raises(SystemExit) as ended:
            call_command("follow_up", "--json")
        assert ended.value.code == 1
        told = json.loads(capsys.readouterr().out)["steps"]
        assert [step["message"] for step in told] == ["ValueError: no sites", "", "It needs matching."]

    def test_refuses_to_show_two_things_at_once(self):
        with pytest.raises(CommandError, match="not allowed with"):
            call_command("follow_up", "--json", "--status")


class TestForce:
    def test_runs_a_step_and_what_comes_after_it_once(self, work, steps, published):
        run(steps)
        run(steps, force=["matching"])

        assert work.calls[3:] == ["matching", "summaries"]

    def test_of_an_unknown_step_is_refused_with_the_names(self, steps):
        with pytest.raises(UserError, match="no follow-up match; there are: matching, exceedances, summaries"):
            run(steps, force=["match"])


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_the_second_leaves_a_step_that_is_at_work_and_what_needs_it(self, work, steps, publisher):
        publisher.load(VIOLATIONS, {})
        seen = []

        def second():
            seen.append(run(steps))
            connections.close_all()

        def meanwhile():
            other = threading.Thread(target=second)
            other.start()
            other.join(30)

        work.on_call["matching"] = [meanwhile]
        assert set(run(steps).values()) <= {"done", "current"}
        assert seen == [{"matching": "busy", "exceedances": "done", "summaries": "waiting"}]
        assert sorted(work.calls) == ["exceedances", "matching", "summaries"]

    def test_a_step_whose_process_died_is_taken_over_at_once(self, work, steps, publisher):
        publisher.load(VIOLATIONS, {})
        dead_since(timedelta(seconds=1))
        assert run(steps)["matching"] == "done"

    def test_a_holder_without_a_sign_of_life_is_cut_off_and_cannot_record_its_end(self, work, steps, publisher):
        publisher.load(VIOLATIONS, {})
        lock = follow_ups._lock("matching")
        assert lock.take()
        try:
            dead_since(timedelta(seconds=claims.STALE_SECONDS - 60), lock.backend_pid)
            assert run(steps)["matching"] == "busy"

            dead_since(timedelta(seconds=claims.STALE_SECONDS + 1), lock.backend_pid)
            assert run(steps)["matching"] == "done"
            assert not follow_ups._end(steps[0], lock.backend_pid, FollowUp.Status.FAILED)
        finally:
            lock.release()

    def test_a_step_that_was_given_up_for_dead_does_not_count_as_done(self, work, steps, publisher):
        publisher.load(VIOLATIONS, {})
        work.on_call["matching"] = [lambda: FollowUp.objects.filter(pk="matching").update(claim_backend_pid=1)]

        assert run(steps)["matching"] == "failed"
        assert FollowUp.objects.get(pk="matching").marks == {}

    def test_signs_of_life_are_given_while_a_step_works(self, work, steps, publisher, monkeypatch):
        monkeypatch.setattr(claims, "HEARTBEAT_SECONDS", 0.02)
        publisher.load(VIOLATIONS, {})

        def look():
            first = FollowUp.objects.get(pk="matching").heartbeat_at
            deadline = timezone.now() + timedelta(seconds=20)
            while FollowUp.objects.get(pk="matching").heartbeat_at == first:
                assert timezone.now() < deadline

        work.on_call["matching"] = [look]
        assert run(steps)["matching"] == "done"

    def test_dead_steps_are_ended_by_the_clean_up_and_living_ones_are_not(self, work, publisher):
        dead_since(timedelta(seconds=1), name="dead")
        dead_since(timedelta(seconds=1), name="alive")
        lock = follow_ups._lock("alive")
        assert lock.take()
        try:
            assert follow_ups.end_dead_follow_ups() == 1
        finally:
            lock.release()
        assert dict(FollowUp.objects.values_list("name", "status")) == {"alive": "running", "dead": "failed"}


@pytest.mark.django_db(transaction=True)
class TestAStepThatKillsItsProcess:
    @pytest.fixture
    def failing_at_work(self, work, publisher) -> list[list[str]]:
        """What counted as failing each time that the step was at work."""
        publisher.load(VIOLATIONS, {})
        seen: list[list[str]] = []
        work.look = lambda: seen.append([known.name for known in follow_ups.list_failing_follow_ups()])
        return seen

    def die(self, work, steps) -> None:
        """The step begins, and its process goes without a word."""
        work.on_call["matching"] = [work.look, die]
        with pytest.raises(DeadError):
            run(steps)
        work.on_call.clear()

    def test_is_taken_up_twice_more_without_a_word_to_operators(self, work, steps, failing_at_work):
        for _ in range(2):
            self.die(work, steps)
            assert follow_ups.give_up_dying_follow_ups() == []
        work.on_call["matching"] = [work.look]
        assert run(steps)["matching"] == "done"
        assert failing_at_work == [[], [], []]
        assert FollowUp.objects.get(pk="matching").message == ""

    def test_has_failed_the_third_time_and_the_others_go_on(self, work, steps, failing_at_work):
        for _ in range(3):
            self.die(work, steps)
        given_up = follow_ups.give_up_dying_follow_ups()
        work.calls.clear()
        assert run(steps, given_up=given_up) == {"matching": "failed", "exceedances": "done", "summaries": "waiting"}
        assert work.calls == ["exceedances"]
        known = FollowUp.objects.get(pk="matching")
        assert (known.status, known.message) == ("failed", follow_ups.ENDED_WITHOUT_A_WORD)

        self.die(work, steps)  # the next turn tries anew, and it is still known to fail
        assert failing_at_work[-1] == ["matching"]
        assert follow_ups.give_up_dying_follow_ups() == ["matching"]

    def test_is_known_to_fail_also_where_every_message_is_a_new_one(self, work, steps, failing_at_work):
        for _ in range(4):
            self.die(work, steps)
        assert failing_at_work == [[], [], [], ["matching"]]

    def test_is_not_given_up_while_another_process_is_at_work_on_it(self, work, steps, failing_at_work):
        for _ in range(3):
            self.die(work, steps)
        lock = follow_ups._lock("matching")
        assert lock.take()
        try:
            assert follow_ups.give_up_dying_follow_ups() == []
        finally:
            lock.release()


class DeadError(BaseException):
    """What stands for a kill."""


def die() -> None:
    # A killed process records nothing: as if the step were somebody else's when the error comes up.
    FollowUp.objects.filter(pk="matching").update(claim_backend_pid=1)
    raise DeadError


def dead_since(silent: timedelta, backend_pid: int = 1, name: str = "matching") -> None:
    heard = timezone.now() - silent
    values = {"status": "running", "started_at": heard, "finished_at": None, "heartbeat_at": heard}
    FollowUp.objects.update_or_create(name=name, defaults=values | {"claim_backend_pid": backend_pid})


class TestTheStepsOfTheSystem:
    def test_can_be_found_and_need_only_steps_before_them(self):
        earlier: set[str] = set()
        for step in STEPS:
            assert callable(import_string(step.work) if isinstance(step.work, str) else step.work)
            assert set(step.after) <= earlier
            earlier.add(step.name)
        assert len(earlier) == len(STEPS)

    def test_are_run_inline_only_where_no_worker_does_it(self, published, work, monkeypatch, settings):
        monkeypatch.setattr(follow_ups, "STEPS", (work.step("matching"),))
        settings.CELERY_TASK_ALWAYS_EAGER = False
        assert follow_ups.run_follow_ups_inline() == []
        settings.CELERY_TASK_ALWAYS_EAGER = True
        assert [result.status for result in follow_ups.run_follow_ups_inline()] == ["done"]
