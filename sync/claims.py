"""Work that only one process does at a time, held by the database, and taken over when that process is dead.

A claim is a transaction-level advisory lock on a connection of its own, which the database lets go
the moment the process dies, also behind a pooler in transaction mode. A row says the same to
people, with a heartbeat; whoever gets the lock and still finds a row at work knows that its process
is dead. Who claims what, and which row it is, is the business of `sync.ledger` and `sync.follow_ups`.
"""

import os
import socket
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import Error as AnyDatabaseError
from django.utils import timezone

# First half of the advisory lock's key; the second half is what is claimed. Any constants that no
# other program on the database uses.
RUNS = 0x53574154
FOLLOW_UPS = 0x53574155
MAILS = 0x53574156
HEARTBEAT_SECONDS = 10
# A holder that has not been heard of for this long is cut off: its machine has vanished and the
# database has not noticed. Thirty heartbeats; a loaded machine misses a few, not thirty.
STALE_SECONDS = 300


class AdvisoryLock:
    """The lock, on a connection of its own."""

    def __init__(self, lock_class: int, key: int) -> None:
        self._key = [lock_class, key]
        self._connection: BaseDatabaseWrapper = connection.copy()
        self.backend_pid = 0

    def take(self, patience: float = 0) -> bool:
        """Take the lock, within so many seconds; returns whether it is ours."""
        self._connection.ensure_connection()
        if self._connection.get_autocommit():
            self._connection.set_autocommit(False)
        deadline = time.monotonic() + patience
        while True:
            with self._connection.cursor() as cursor:
                # The lock's transaction is idle for as long as the work takes.
                cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
                cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s), pg_backend_pid()", self._key)
                is_ours, self.backend_pid = cursor.fetchone()
            if is_ours:
                return True
            self._connection.rollback()
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.1)

    def release(self) -> None:
        """Give the lock back; it is free when this returns, which closing alone would not promise."""
        with suppress(AnyDatabaseError):  # a broken connection holds no lock
            self._connection.rollback()
        self._connection.close()


class Heartbeat(threading.Thread):
    """Renews a row's sign of life, on a connection of its own: the main one may be busy for minutes."""

    def __init__(self, name: str, statement: str, parameters: Sequence[str | int], every: float) -> None:
        super().__init__(name=f"heartbeat of {name}", daemon=True)
        self._statement, self._parameters, self._every = statement, parameters, every
        self._stopped = threading.Event()

    def run(self) -> None:
        beat: BaseDatabaseWrapper | None = None
        while not self._stopped.wait(self._every):
            try:
                beat = beat or connection.copy()
                with beat.cursor() as cursor:
                    cursor.execute(self._statement, self._parameters)
            except AnyDatabaseError:
                beat = None  # the next beat tries a new connection
        if beat is not None:
            beat.close()

    def stop(self) -> None:
        """End the beating and wait for it."""
        self._stopped.set()
        self.join()


def process_name() -> str:
    """This process, as the rows of what it does name it."""
    return f"{socket.gethostname()}:{os.getpid()}"


def is_silent(heartbeat_at: datetime) -> bool:
    """Whether a holder has not been heard of for so long that it may be cut off."""
    return (timezone.now() - heartbeat_at).total_seconds() >= STALE_SECONDS


def cut_off(backend_pid: int | None) -> None:
    """End the database connection that holds a claim, and so the claim."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [backend_pid])
