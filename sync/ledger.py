"""The ledger's rules: one run per resource at a time, and every run comes to an end.

A run claims its resource (`sync.claims`), and its row says so to people, with a heartbeat. Whoever
has the claim and still finds a running row knows that its process is dead. Ending a run asks for a
row that still runs: a worker that was given up for dead cannot publish.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import connection, transaction
from django.db.utils import Error as AnyDatabaseError
from django.utils import timezone

from stormwater.errors import UserError
from stormwater.logs import log_context
from sync import claims
from sync.claims import AdvisoryLock, Heartbeat
from sync.contracts.base import DatasetContract
from sync.models import Dataset, Resource, Run
from sync.sources.base import resource_name

# Who holds a resource and has no run is tidying up, which takes a moment: worth waiting for.
QUIET_HOLDER_SECONDS = 10
# What the ledger says of a run whose process was killed, or whose machine went away.
ENDED_WITHOUT_A_WORD = "The process that did this run ended without a word."
# Everything on the row but what the claim and the heartbeat write.
_WRITTEN_BY_THE_RUN = (
    "status",
    "message",
    "finished_at",
    "raw_file",
    "etag",
    "last_modified",
    "timings",
    "header",
    "holds",
    "rows_read",
    "inserted",
    "updated",
    "unchanged",
    "duplicate",
    "quarantined",
    "removed",
    "returned",
    "issues",
)


class ResourceBusyError(UserError):
    """Another run of the same resource is at work."""


class ClaimLostError(UserError):
    """The run was given up for dead by another one, and must not publish."""


def dataset_of(contract: DatasetContract) -> Dataset:
    """The dataset's row, made if it is new."""
    dataset, _ = Dataset.objects.get_or_create(slug=contract.slug, defaults={"title": contract.title})
    return dataset


def resource_of(contract: DatasetContract, year: int | None) -> Resource:
    """The resource's row, made if it is new."""
    dataset = dataset_of(contract)
    resource, _ = Resource.objects.get_or_create(
        slug=resource_name(contract.slug, year), defaults={"dataset": dataset, "sampling_year": year}
    )
    return resource


@contextmanager
def claimed_run(resource: Resource, *, is_kept: bool = True, **details: Any) -> Iterator[Run]:
    """Open a run of the resource and hold it while the block works.

    `details` are fields of the run. If the block raises, the run has failed, with the error as
    its message. A run that is not to be kept (a dry run) leaves no row.

    Raises ResourceBusyError, without opening a run, if another one is at work.
    """
    claim = _Claim(resource)
    claim.acquire()
    try:
        resource.refresh_from_db()  # another run may have published until a moment ago
        run = _open_run(resource, claim.backend_pid, details)
        beating = _heartbeat(run)
        beating.start()
        try:
            with log_context(run=run.pk):
                yield run
        except BaseException as error:
            _fail(run, error)
            raise
        finally:
            beating.stop()
            if not is_kept:
                # Not `run.delete()`, which looks for references in every table, the samples' too.
                with suppress(AnyDatabaseError):
                    Run.objects.filter(pk=run.pk)._raw_delete(connection.alias)
    finally:
        claim.release()


@contextmanager
def quiet_resource(resource: Resource) -> Iterator[None]:
    """Hold the resource without a run, so that none is at work in the block. Raises ResourceBusyError if one is."""
    claim = _Claim(resource)
    claim.acquire()
    try:
        resource.refresh_from_db()
        yield
    finally:
        claim.release()


def end_dead_runs(resource: Resource) -> int:
    """Put right what a dead process left in the ledger, by whoever holds the resource; returns how many runs.

    If the last statement of the dead is still at work in the database, this waits until that has been rolled back.
    """
    return Run.objects.filter(resource=resource, status=Run.Status.RUNNING).update(
        status=Run.Status.FAILED, finished_at=timezone.now(), message=ENDED_WITHOUT_A_WORD
    )


def finish(run: Run, status: Run.Status, message: str = "") -> None:
    """End the run, with all that was written on it. Raises ClaimLostError if it is no longer ours to end.

    Where this is the last word of a publishing transaction it fences it: a worker that was given
    up for dead, and whose row says so, finds no running row and cannot commit.
    """
    run.status, run.message, run.finished_at = status, message, timezone.now()
    values = {name: getattr(run, name) for name in _WRITTEN_BY_THE_RUN}
    if not Run.objects.filter(pk=run.pk, status=Run.Status.RUNNING).update(**values):
        raise ClaimLostError(f"Run {run.pk} was given up for dead by another one.")


class _Claim:
    """The claim of one resource."""

    def __init__(self, resource: Resource) -> None:
        self._resource = resource
        self._lock = AdvisoryLock(claims.RUNS, resource.pk)

    @property
    def backend_pid(self) -> int:
        """The database backend that holds the claim."""
        return self._lock.backend_pid

    def acquire(self) -> None:
        """Take the claim, from a stale holder if need be. Raises ResourceBusyError."""
        if self._lock.take() or (self._holder() is None and self._lock.take(patience=QUIET_HOLDER_SECONDS)):
            return
        if self._cut_off_stale_holder() and self._lock.take(patience=5):
            return
        self._lock.release()
        raise ResourceBusyError(self._busy_sentence())

    def release(self) -> None:
        """Give the claim back; it is free when this returns."""
        self._lock.release()

    def _holder(self) -> Run | None:
        return Run.objects.filter(resource=self._resource, status=Run.Status.RUNNING).first()

    def _cut_off_stale_holder(self) -> bool:
        holder = self._holder()
        if holder is None or not claims.is_silent(holder.heartbeat_at):
            return False
        claims.cut_off(holder.claim_backend_pid)
        return True

    def _busy_sentence(self) -> str:
        holder = self._holder()
        if holder is None:
            return f"{self._resource} is being synced by another process that has just begun."
        return f"{self._resource} is being synced already: run {holder.pk} on {holder.worker}."


def _heartbeat(run: Run) -> Heartbeat:
    statement = "UPDATE sync_run SET heartbeat_at = now() WHERE id = %s AND status = 'running'"
    return Heartbeat(f"run {run.pk}", statement, [run.pk], claims.HEARTBEAT_SECONDS)


def _open_run(resource: Resource, backend_pid: int, details: dict[str, Any]) -> Run:
    now = timezone.now()
    with transaction.atomic():
        end_dead_runs(resource)
        return Run.objects.create(
            resource=resource,
            started_at=now,
            heartbeat_at=now,
            worker=claims.process_name(),
            claim_backend_pid=backend_pid,
            **details,
        )


def _fail(run: Run, error: BaseException) -> None:
    """Record that the run has failed, if the database can still be told."""
    message = "Interrupted." if isinstance(error, KeyboardInterrupt) else " ".join(str(error).split())[:2000]
    try:
        Run.objects.filter(pk=run.pk, status=Run.Status.RUNNING).update(
            status=Run.Status.FAILED, message=message or type(error).__name__, finished_at=timezone.now()
        )
    except AnyDatabaseError:
        return  # the row stays "running", and the next run of the resource puts it right
    run.status, run.message = Run.Status.FAILED, message
