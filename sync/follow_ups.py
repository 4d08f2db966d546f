"""What follows a publish: matching, exceedances, summaries, warm caches, each step in its turn.

The state is in the database, not in messages: each step remembers for which published runs it has
done its work (`FollowUp.marks`), so that a message that was lost, came twice or came late changes
nothing. A step is due when something was published since, or when a half-year has begun (January 1
and July 1, when reporting years close), or when it says so itself, and then brings up to date whatever
changed. Steps are started after each publish, and by beat every hour for what was missed.

A step is claimed as runs are (`sync.claims`). One that fails is recorded with its error and tried
again the next time; steps that need it wait, the others go on. One whose process dies is taken over by
the next message; when that has happened again and again it has failed, too. Two steps that have nothing
to do with each other may work at the same time.
"""

import logging
import time
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import psycopg
from celery import current_app
from django.conf import settings
from django.db import OperationalError, connection
from django.db.models import Q, QuerySet
from django.db.utils import Error as AnyDatabaseError
from django.utils import timezone
from django.utils.module_loading import import_string
from kombu.exceptions import OperationalError as BrokerError

from stormwater.errors import UserError
from stormwater.logs import log_context
from sync import claims
from sync.claims import AdvisoryLock, Heartbeat
from sync.models import FollowUp, Resource
from sync.pending_indexes import build_pending_indexes
from sync.side_by_side import interruptible, run_side_by_side

logger = logging.getLogger(__name__)

TASK = "sync.tasks.run_follow_ups"
# Publishes go on while steps are at work. After so many rounds the next message or hour takes over.
MOST_ROUNDS = 20

ENDED_WITHOUT_A_WORD = "The process that did this ended without a word."
# A step at work says so of the processes that it has lost in a row, as long as that may be chance.
_LOST_ONE = "Its process ended without a word."
_LOST_TWO = "Its process ended without a word twice in a row."
_AFTER_ANOTHER_DEATH = {"": _LOST_ONE, _LOST_ONE: _LOST_TWO, _LOST_TWO: ENDED_WITHOUT_A_WORD}
_NO_FAILURE_YET = ("", _LOST_ONE, _LOST_TWO)

DONE, CURRENT, FAILED, BUSY, WAITING = "done", "current", "failed", "busy", "waiting"


@dataclass(frozen=True, slots=True)
class Step:
    """A piece of work that follows a publish.

    `work` takes no argument and finds out by itself what has changed; it may be called at any time
    and any number of times. As a dotted path it is imported when it is first needed, so that the
    apps above this one can be named. It runs after the steps in `after`, and only if they are done.
    `is_due` tells of work that comes from elsewhere than a publish: from the steps before it, or from staff.
    It may work at the same time as `beside`, the step before it, on a database connection of its own.
    """

    name: str
    work: str | Callable[[], object]
    after: tuple[str, ...] = ()
    beside: str | None = None
    is_due: str | Callable[[], bool] | None = None

    def has_work(self, occasion: "Occasion", known: FollowUp | None) -> bool:
        """Whether there is something to do for it. Before anything is published, there is not."""
        if occasion.concerns(known):
            return True
        return bool(occasion.marks) and self.is_due is not None and bool(_imported(self.is_due)())


# In the order in which they run: each with a name, the dotted path of a service, and the names of the steps
# that it needs.
STEPS: tuple[Step, ...] = (
    # Python on one processor, while the other computes.
    Step("matching", "facilities.services.matching.run_matching"),
    Step("exceedances", "violations.services.compute_exceedances", beside="matching"),
    # Needs neither of them: what they could not do must not keep the rest of a publish from its readers.
    Step(
        "summaries",
        "violations.refreshing.refresh.refresh_violations",
        is_due="violations.refreshing.refresh.is_refresh_due",
    ),
)


@dataclass(frozen=True, slots=True)
class StepResult:
    """How it went with a step: done, current (nothing to do), failed, busy (elsewhere) or waiting (for another)."""

    name: str
    status: str
    message: str = ""
    seconds: float = 0.0

    @property
    def has_failed(self) -> bool:
        """Whether its work was tried and failed."""
        return self.status == FAILED

    def sentence(self) -> str:
        """The result in one line."""
        took = f" in {self.seconds:.1f} s" if self.status == DONE else ""
        return f"{self.name}: {self.status}{took}. {self.message}".strip()


@dataclass(frozen=True, slots=True)
class Occasion:
    """What there is to follow: the published run of each resource, and the latest half-year that has begun."""

    marks: dict[str, int]
    half_year: date

    def concerns(self, known: FollowUp | None) -> bool:
        """Whether the step has work to do. Before anything is published, none has."""
        if not self.marks:
            return False
        return known is None or known.marks != self.marks or known.occasion != self.half_year


def announce_publish() -> None:
    """Have a worker run the follow-ups. To be called on commit; where there is no broker, does nothing."""
    if settings.CELERY_TASK_ALWAYS_EAGER:
        return
    try:
        current_app.send_task(TASK)
    except BrokerError as error:
        logger.warning("The follow-ups of this publish start within the hour, as Redis cannot be reached: %s", error)


def run_follow_ups_inline() -> list[StepResult]:
    """Run what is due here and now if there are no workers to do it, as commands do after a sync."""
    return run_follow_ups() if settings.CELERY_TASK_ALWAYS_EAGER else []


def run_follow_ups(
    *, steps: Sequence[Step] | None = None, force: Collection[str] = (), given_up: Collection[str] = ()
) -> list[StepResult]:
    """Run every step that is due, in order, until none is; returns how it went with each.

    `force` names steps to run although nothing was published, with those that come after them;
    `given_up` those that count as failed without being tried (see `give_up_dying_follow_ups`).
    What goes wrong inside a step is in its result. Raises UserError for an unknown name, and
    OperationalError if the database goes away.
    """
    steps = STEPS if steps is None else steps
    forced = _with_dependents(steps, force)
    results = {name: StepResult(name, FAILED, ENDED_WITHOUT_A_WORD) for name in given_up}
    for _ in range(MOST_ROUNDS):
        # One look per round: a step must not take note of a publish that the steps before it have not seen.
        occasion = read_occasion()
        is_quiet = True
        for turn in _turns([step for step in steps if not (step.name in results and results[step.name].has_failed)]):
            for result in _follow_together(turn, occasion, results, forced):
                if result.status == DONE:
                    is_quiet = False
                elif result.status == CURRENT and result.name in results:
                    continue  # it was done in an earlier round
                results[result.name] = result
        forced = set()
        if is_quiet:
            break
    return list(results.values())


def read_occasion() -> Occasion:
    """What there is to follow now."""
    published = Resource.objects.filter(last_published__isnull=False).order_by("slug")
    today = timezone.localdate()
    return Occasion(dict(published.values_list("slug", "last_published_id")), half_year_of(today))


def list_failing_follow_ups() -> QuerySet[FollowUp]:
    """Steps that have failed and are not done since; one that is being tried again keeps its message until it is."""
    at_work_again = Q(status=FollowUp.Status.RUNNING) & ~Q(message__in=_NO_FAILURE_YET)
    return FollowUp.objects.filter(Q(status=FollowUp.Status.FAILED) | at_work_again)


def half_year_of(day: date) -> date:
    """January 1 or July 1, whichever was the last to come. Reporting years run from July to June."""
    return date(day.year, 7 if day.month >= 7 else 1, 1)


def end_dead_follow_ups() -> int:
    """Mark steps whose process died as failed, so that nobody waits for them; returns how many."""
    return sum(_end_if_dead(known) for known in FollowUp.objects.filter(status=FollowUp.Status.RUNNING))


def give_up_dying_follow_ups() -> list[str]:
    """Mark as failed what has lost its process three times in a row, or once after it had failed; returns the names.

    For whoever gets a message that was delivered before: a step that kills its worker would otherwise do so for ever.
    """
    at_work = FollowUp.objects.filter(status=FollowUp.Status.RUNNING)
    dying = [known for known in at_work if _message_after_a_death(known) not in _NO_FAILURE_YET]
    return [known.name for known in dying if _end_if_dead(known)]


def _turns(steps: Sequence[Step]) -> Iterator[Sequence[Step]]:
    """The steps in their order, each alone or with the next one, if that may work beside it."""
    position = 0
    while position < len(steps):
        pair = steps[position : position + 2]
        turn = pair if pair[-1].beside == pair[0].name else pair[:1]
        yield turn
        position += len(turn)


def _follow_together(
    turn: Sequence[Step], occasion: Occasion, results: dict[str, StepResult], forced: Collection[str]
) -> Iterator[StepResult]:
    """Follow the steps of a turn: at the same time if all are due, else one by one."""
    follow = [partial(_follow, step, occasion, results, is_forced=step.name in forced) for step in turn]
    if _may_be_side_by_side(turn, occasion, forced):
        yield from run_side_by_side(*follow)
    else:
        yield from (one() for one in follow)


def _may_be_side_by_side(turn: Sequence[Step], occasion: Occasion, forced: Collection[str]) -> bool:
    if len(turn) < 2 or connection.in_atomic_block:
        return False
    known = FollowUp.objects.in_bulk([step.name for step in turn])
    # What died with its process goes on alone: together they would be suspects both, the next time.
    is_any_at_work = any(one.status == FollowUp.Status.RUNNING for one in known.values())
    are_all_due = all(step.name in forced or step.has_work(occasion, known.get(step.name)) for step in turn)
    return are_all_due and not is_any_at_work


def _follow(step: Step, occasion: Occasion, results: dict[str, StepResult], *, is_forced: bool) -> StepResult:
    """Run one step if it is due, free and not waiting for another."""
    if not is_forced and not step.has_work(occasion, FollowUp.objects.filter(pk=step.name).first()):
        return StepResult(step.name, CURRENT)
    missing = [name for name in step.after if results[name].status not in {DONE, CURRENT}]
    if missing:
        return StepResult(step.name, WAITING, f"It needs {', '.join(missing)}.")
    start = time.monotonic()
    with _claimed(step) as claim:
        if claim is None:
            return StepResult(step.name, BUSY, "Another process is at work on it.")
        if not is_forced and not step.has_work(occasion, FollowUp.objects.filter(pk=step.name).first()):
            return StepResult(step.name, CURRENT)  # the other process has just done it
        message = _run(step, occasion, claim)
    return StepResult(step.name, FAILED if message else DONE, message, time.monotonic() - start)


def _run(step: Step, occasion: Occasion, claim: int) -> str:
    """Do the work and record how it ended; returns why it failed, or nothing."""
    message = ""
    try:
        _begin(step, claim)
        with log_context(follow_up=step.name):
            build_pending_indexes()  # that there are any, and the step is free: a first load has died
            with interruptible():
                _imported(step.work)()
    except UserError as error:
        message = str(error)
    except (OperationalError, psycopg.OperationalError) as error:  # the database, and no mistake of ours
        message = " ".join(str(error).split())[:2000]
        logger.error("The follow-up %s failed: %s", step.name, message)  # noqa: TRY400 - a traceback would say no more
    except Exception as error:
        logger.exception("The follow-up %s failed.", step.name)
        message = " ".join(f"{type(error).__name__}: {error}".split())[:2000]
    except BaseException:  # Ctrl-C
        with suppress(AnyDatabaseError):
            _end(step, claim, FollowUp.Status.FAILED, message="Interrupted.")
        raise
    if message:
        _leave_broken_connection()
        _end(step, claim, FollowUp.Status.FAILED, message=message)
        return message
    is_ours = _end(step, claim, FollowUp.Status.DONE, message="", marks=occasion.marks, occasion=occasion.half_year)
    return "" if is_ours else "It was given up for dead by another process."


def _leave_broken_connection() -> None:
    """What failed may have been the connection; the next query opens another one."""
    if connection.connection is not None and not connection.in_atomic_block and not connection.is_usable():
        connection.close()


@contextmanager
def hold_off_follow_ups() -> Iterator[bool]:
    """Keep every step from beginning while the block works; gives whether that could be done, as none was at work."""
    locks = [_lock(step.name) for step in STEPS]
    try:
        are_ours = all(lock.take() for lock in locks)
        if not are_ours:
            _release(locks)
        yield are_ours
    finally:
        _release(locks)


@contextmanager
def _claimed(step: Step) -> Iterator[int | None]:
    """Hold the step, with a heartbeat; gives the backend that holds it, or None if another process does."""
    lock = _lock(step.name)
    try:
        if not (lock.take() or (_cut_off_stale_holder(step) and lock.take(patience=5))):
            yield None
            return
        beating = Heartbeat(
            f"follow-up {step.name}",
            "UPDATE sync_followup SET heartbeat_at = now() WHERE name = %s AND claim_backend_pid = %s",
            [step.name, lock.backend_pid],
            claims.HEARTBEAT_SECONDS,
        )
        beating.start()
        try:
            yield lock.backend_pid
        finally:
            beating.stop()
    finally:
        lock.release()


def _begin(step: Step, claim: int) -> None:
    """Say that the step is at work. Why it failed the last time stays on record until it is done."""
    now = timezone.now()
    known = FollowUp.objects.filter(pk=step.name).first()
    message = known.message if known else ""
    if known and known.status == FollowUp.Status.RUNNING:  # and yet the claim was free
        message = _message_after_a_death(known)
    values = {
        "status": FollowUp.Status.RUNNING,
        "message": message,
        "started_at": now,
        "finished_at": None,
        "heartbeat_at": now,
        "worker": claims.process_name(),
        "claim_backend_pid": claim,
    }
    FollowUp.objects.update_or_create(name=step.name, defaults=values)


def _message_after_a_death(known: FollowUp) -> str:
    """What a step says that is found at work while nobody holds it; a failure is not forgotten for that."""
    return _AFTER_ANOTHER_DEATH.get(known.message, known.message)


def _end_if_dead(known: FollowUp) -> bool:
    """Mark a step at work as failed if nobody holds it; returns whether that was so."""
    lock = _lock(known.name)
    try:
        at_work = FollowUp.objects.filter(pk=known.pk, status=FollowUp.Status.RUNNING)
        ended = {"status": FollowUp.Status.FAILED, "finished_at": timezone.now(), "message": ENDED_WITHOUT_A_WORD}
        return lock.take() and bool(at_work.update(**ended))
    finally:
        lock.release()


def _end(step: Step, claim: int, status: FollowUp.Status, **values: object) -> bool:
    """Record how the step ended; returns whether it was still ours to end."""
    ours = FollowUp.objects.filter(
        pk=step.name, status=FollowUp.Status.RUNNING, claim_backend_pid=claim, worker=claims.process_name()
    )
    return bool(ours.update(status=status, finished_at=timezone.now(), **values))


def _cut_off_stale_holder(step: Step) -> bool:
    holder = FollowUp.objects.filter(pk=step.name, status=FollowUp.Status.RUNNING).first()
    if holder is None or not claims.is_silent(holder.heartbeat_at):
        return False
    claims.cut_off(holder.claim_backend_pid)
    return True


def _imported(named: str | Callable[[], Any]) -> Callable[[], Any]:
    return import_string(named) if isinstance(named, str) else named


def _release(locks: Sequence[AdvisoryLock]) -> None:
    for lock in locks:
        lock.release()


def _lock(name: str) -> AdvisoryLock:
    # The database takes a signed number of 32 bits.
    return AdvisoryLock(claims.FOLLOW_UPS, zlib.crc32(name.encode()) - 2**31)


def _with_dependents(steps: Sequence[Step], names: Collection[str]) -> set[str]:
    """The named steps and all that come after them. Raises UserError for a name that there is not."""
    known = [step.name for step in steps]
    if unknown := sorted(set(names) - set(known)):
        raise UserError(f"There is no follow-up {unknown[0]}; there are: {', '.join(known) or 'none'}.")
    found = set(names)
    for step in steps:
        if found.intersection(step.after):
            found.add(step.name)
    return found
