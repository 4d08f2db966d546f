"""Two steps at the same time: each on a connection of its own, and neither in the way of the other's end."""

import signal
import threading
import time
from functools import partial

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from sync.follow_ups import Step, run_follow_ups
from sync.models import FollowUp

VIOLATIONS = "smarts_violations"
PATIENCE = 20  # seconds; nothing here takes one of them, unless it is wrong


class Meeting:
    """The work of the steps: notes who worked, in order, and on which connection."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.backends: dict[str, int] = {}

    def step(self, name, then=lambda: None, **options) -> Step:
        return Step(name, partial(self._work, name, then), **options)

    def _work(self, name, then) -> None:
        self.calls.append(name)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (self.backends[name],) = cursor.fetchone()
        then()


@pytest.fixture
def meeting() -> Meeting:
    return Meeting()


@pytest.fixture
def published(publisher) -> None:
    """Something to follow."""
    publisher.load(VIOLATIONS, {})


def statuses(steps) -> dict[str, str]:
    return {result.name: result.status for result in run_follow_ups(steps=steps)}


def recorded() -> dict[str, tuple[str, str]]:
    return {known.name: (known.status, known.message) for known in FollowUp.objects.all()}


def has_ended(name: str, status: str) -> bool:
    return name in recorded() and recorded()[name][0] == status


def sleep_in_the_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(300)")


def interrupt_main_thread() -> None:
    """Press Ctrl-C."""
    main = threading.main_thread().ident
    assert main is not None
    signal.pthread_kill(main, signal.SIGINT)


def wait_until(condition) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("published")
class TestSteps:
    def test_that_have_nothing_to_do_with_each_other_work_at_the_same_time(self, meeting):
        meet = threading.Barrier(2)
        steps = (
            meeting.step("matching", lambda: meet.wait(PATIENCE)),
            meeting.step("exceedances", lambda: meet.wait(PATIENCE), beside="matching"),
            meeting.step("summaries"),
        )
        assert list(statuses(steps).items()) == [("matching", "done"), ("exceedances", "done"), ("summaries", "done")]
        assert meeting.calls[2:] == ["summaries"]
        assert meeting.backends["matching"] == meeting.backends["summaries"] != meeting.backends["exceedances"]

    def test_leave_no_connection_behind(self, meeting):
        statuses((meeting.step("matching"), meeting.step("exceedances", beside="matching")))
        theirs = meeting.backends["exceedances"]

        def is_gone():
            with connection.cursor() as cursor:
                cursor.execute("SELECT FROM pg_stat_activity WHERE pid = %s", [theirs])
                return cursor.rowcount == 0

        assert theirs != meeting.backends["matching"]
        wait_until(is_gone)

    @pytest.mark.parametrize("failing", ["matching", "exceedances"])
    def test_go_on_when_the_one_beside_them_fails(self, meeting, failing):
        def work(name):
            if name == failing:
                raise OperationalError("no room left")
            wait_until(lambda: has_ended(failing, "failed"))

        steps = [
            meeting.step("matching", partial(work, "matching")),
            meeting.step("exceedances", partial(work, "exceedances"), beside="matching"),
        ]
        expected = {"matching": "done", "exceedances": "done"} | {failing: "failed"}
        assert statuses(steps) == expected
        assert recorded()[failing] == ("failed", "no room left")

    def test_that_lost_their_process_together_go_on_one_by_one(self, meeting):
        steps = (meeting.step("matching"), meeting.step("exceedances", beside="matching"))
        for name in ("matching", "exceedances"):
            values = {"status": "running", "started_at": timezone.now(), "heartbeat_at": timezone.now()}
            FollowUp.objects.create(name=name, claim_backend_pid=1, **values)
        assert set(statuses(steps).values()) == {"done"}
        assert len(set(meeting.backends.values())) == 1

    def test_of_which_one_is_up_to_date_use_no_second_connection(self, meeting):
        statuses((meeting.step("matching"),))
        statuses((meeting.step("matching"), meeting.step("exceedances", beside="matching")))
        assert meeting.calls == ["matching", "exceedances"]
        assert len(set(meeting.backends.values())) == 1

    def test_with_a_third_between_them_work_one_by_one(self, meeting):
        steps = [meeting.step("matching"), meeting.step("other"), meeting.step("exceedances", beside="matching")]
        assert set(statuses(steps).values()) == {"done"}
        assert meeting.calls == ["matching", "other", "exceedances"]
        assert len(set(meeting.backends.values())) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("published")
class TestCtrlC:
    """Both end at once, and both have it on record."""

    def press(self, steps) -> None:
        start = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            run_follow_ups(steps=steps)
        assert time.monotonic() - start < PATIENCE
        wait_until(lambda: not [thread for thread in threading.enumerate() if thread.name == "side by side"])

    def test_while_both_are_at_work(self, meeting):
        sleeping = threading.Event()

        def press_when_the_other_sleeps():
            assert sleeping.wait(PATIENCE)
            interrupt_main_thread()
            time.sleep(PATIENCE)

        def sleep():
            sleeping.set()
            sleep_in_the_database()

        self.press(
            (
                meeting.step("matching", press_when_the_other_sleeps),
                meeting.step("exceedances", sleep, beside="matching"),
            )
        )
        assert recorded() == dict.fromkeys(("matching", "exceedances"), ("failed", "Interrupted."))

    def test_while_the_second_is_waited_for(self, meeting):
        def press_when_the_other_is_done():
            wait_until(lambda: has_ended("matching", "done"))
            time.sleep(0.2)  # the main thread waits now
            interrupt_main_thread()
            sleep_in_the_database()

        steps = (meeting.step("matching"), meeting.step("exceedances", press_when_the_other_is_done, beside="matching"))
        self.press(steps)
        assert recorded() == {"matching": ("done", ""), "exceedances": ("failed", "Interrupted.")}


@pytest.mark.django_db
@pytest.mark.usefixtures("published")
def test_within_a_transaction_they_work_one_by_one(meeting):
    steps = (meeting.step("matching"), meeting.step("exceedances", beside="matching"))
    assert set(statuses(steps).values()) == {"done"}
    assert meeting.calls == ["matching", "exceedances"]
    assert len(set(meeting.backends.values())) == 1
