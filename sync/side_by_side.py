"""Two pieces of work at the same time: one here, one in a thread with database connections of its own."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager, suppress
from contextvars import copy_context
from typing import Generic, TypeVar

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

T = TypeVar("T")

# A statement that begins just after it was to be cancelled is cancelled by the next try.
_TRY_AGAIN_SECONDS = 0.1
_CANCEL_SECONDS = 5


def run_side_by_side(first: Callable[[], T], second: Callable[[], T]) -> tuple[T, T]:
    """Do both, and return what they return once both have ended.

    Not within a transaction, of which the thread would see nothing. What `second` raises comes up here when `first`
    has ended. What `first` raises, or whoever interrupts this process, ends the work of `second`, too
    (see `interruptible`), and comes up when that has ended.
    """
    companion = _Companion(second)
    companion.start()
    try:
        return first(), companion.outcome.result()
    except BaseException:
        companion.interrupt()
        raise


@contextmanager
def interruptible() -> Iterator[None]:
    """Let an interruption of the one side end what the other, the thread of `run_side_by_side`, does in here.

    It ends with a KeyboardInterrupt. In any other thread this does nothing: Python itself interrupts the main one.
    """
    thread = threading.current_thread()
    if not isinstance(thread, _Companion):
        yield
        return
    with thread.working():
        yield


class _Companion(threading.Thread, Generic[T]):
    """The thread. `outcome` tells when it has ended: Python 3.11 believes so when a `join` is interrupted."""

    def __init__(self, work: Callable[[], T]) -> None:
        super().__init__(name="side by side")
        self.outcome: Future[T] = Future()
        self._work = work
        self._context = copy_context()  # what the log says of the lines of this thread holds for the other
        self._is_interrupted = False
        self._connection: BaseDatabaseWrapper | None = None
        self._guard = threading.Lock()  # a statement is cancelled while the work goes on, and none after it

    def run(self) -> None:
        try:
            result = self._context.run(self._work)
        except BaseException as error:  # noqa: BLE001 - it is raised in the thread that waits
            connections.close_all()
            self.outcome.set_exception(error)
        else:
            connections.close_all()
            self.outcome.set_result(result)

    def interrupt(self) -> None:
        """Cancel what the work waits for in the database until it has ended."""
        self._is_interrupted = True
        while not self.outcome.done():
            with self._guard, suppress(psycopg.Error):
                if self._connection and (connection := self._connection.connection):
                    connection.cancel_safe(timeout=_CANCEL_SECONDS)
            wait([self.outcome], _TRY_AGAIN_SECONDS)

    @contextmanager
    def working(self) -> Iterator[None]:
        """The work that may be interrupted."""
        with self._guard:
            self._connection = connections[DEFAULT_DB_ALIAS]
        try:
            yield
        except Exception as error:
            if self._is_interrupted:
                raise KeyboardInterrupt from error
            raise
        finally:
            with self._guard:
                self._connection = None
