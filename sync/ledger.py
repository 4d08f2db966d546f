"""The ledger's rules: one run per resource at a time, and every run comes to an end.

A run holds its resource by a transaction-level advisory lock on a connection of its own, which
the database lets go the moment the process dies, also behind a pooler in transaction mode. The
run's row says the same to people, with a heartbeat. Whoever gets the lock and still finds a
running row knows that its process is dead. Ending a run asks for a row that still runs: a worker
that was given up for dead cannot publish.
"""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import Error as AnyDatabaseError
from django.utils import timezone

from stormwater.errors import UserError
from sync.contracts.base import DatasetContract
from sync.models import Dataset, Resource, Run
from sync.sources.base import resource_name

# First half of the advisory lock's key; the second half is the resource. Any constant that no
# other program on the database uses.
_LOCK_CLASS = 0x53574154
HEARTBEAT_SECONDS = 10
# A holder that has not been heard of for this long is cut off: its machine has vanished and the
# database has not noticed. Thirty heartbeats; a loaded machine misses a few, not thirty.
STALE_SECONDS = 300
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
        beating = _Heartbeat(run)
        beating.start()
        try:
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
    """The advisory lock of one resource, on a connection of its own."""

    def __init__(self, resource: Resource) -> None:
        self._resource = resource
        self._connection: BaseDatabaseWrapper = connection.copy()
        self.backend_pid = 0

    def acquire(self) -> None:
        """Take the lock, from a stale holder if need be. Raises ResourceBusyError."""
        self._connection.ensure_connection()
        self._connection.set_autocommit(False)
        if not self._try() and not (self._cut_off_stale_holder() and self._try(patience=5)):
            self._connection.close()
            raise ResourceBusyError(self._busy_sentence())

    def release(self) -> None:
        """Give the lock back; it is free when this returns, which closing alone would not promise."""
        with suppress(AnyDatabaseError):  # a broken connection holds no lock
            self._connection.rollback()
        self._connection.close()

    def _try(self, patience: float = 0) -> bool:
        deadline = time.monotonic() + patience
        while True:
            with self._connection.cursor() as cursor:
                # The lock's transaction is idle for as long as the run takes.
                cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
                cursor.execute(
                    "SELECT pg_try_advisory_xact_lock(%s, %s), pg_backend_pid()", [_LOCK_CLASS, self._resource.pk]
                )
                is_ours, self.backend_pid = cursor.fetchone()
            if is_ours or time.monotonic() > deadline:
                return bool(is_ours)
            self._connection.rollback()
            time.sleep(0.1)

    def _holder(self) -> Run | None:
        return Run.objects.filter(resource=self._resource, status=Run.Status.RUNNING).first()

    def _cut_off_stale_holder(self) -> bool:
        holder = self._holder()
        if holder is None or (timezone.now() - holder.heartbeat_at).total_seconds() < STALE_SECONDS:
            return False
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [holder.claim_backend_pid])
        return True

    def _busy_sentence(self) -> str:
        holder = self._holder()
        if holder is None:
            return f"{self._resource} is being synced by another process that has just begun."
        return f"{self._resource} is being synced already: run {holder.pk} on {holder.worker}."


class _Heartbeat(threading.Thread):
    """Renews the run's sign of life, on a connection of its own: the main one may be busy for minutes."""

    def __init__(self, run: Run) -> None:
        super().__init__(name=f"heartbeat of run {run.pk}", daemon=True)
        self._run_id = run.pk
        self._stopped = threading.Event()

    def run(self) -> None:
        beat: BaseDatabaseWrapper | None = None
        while not self._stopped.wait(HEARTBEAT_SECONDS):
            try:
                beat = beat or connection.copy()
                with beat.cursor() as cursor:
                    cursor.execute(
                        "UPDATE sync_run SET heartbeat_at = now() WHERE id = %s AND status = 'running'", [self._run_id]
                    )
            except AnyDatabaseError:
                beat = None  # the next beat tries a new connection
        if beat is not None:
            beat.close()

    def stop(self) -> None:
        """End the beating and wait for it."""
        self._stopped.set()
        self.join()


def _open_run(resource: Resource, backend_pid: int, details: dict[str, Any]) -> Run:
    now = timezone.now()
    with transaction.atomic():
        # We hold the resource, so whoever left a running row behind is dead. If its last statement
        # is still at work in the database, this waits until that has been rolled back.
        Run.objects.filter(resource=resource, status=Run.Status.RUNNING).update(
            status=Run.Status.FAILED, finished_at=now, message="The process that did this run ended without a word."
        )
        return Run.objects.create(
            resource=resource,
            started_at=now,
            heartbeat_at=now,
            worker=f"{socket.gethostname()}:{os.getpid()}",
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
