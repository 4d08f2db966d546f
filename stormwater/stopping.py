"""Programs that run until somebody stops them, and then leave nothing running that they started."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Self

from django.conf import settings
from django.db import connections

from stormwater.database.server import EmbeddedServer

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # Ctrl-C, kill, a closed terminal


class StopSignals:
    """Ctrl-C and its like, as a KeyboardInterrupt that comes when it can be dealt with, and only once."""

    def __init__(self) -> None:
        self._is_held = False
        self._has_come = False
        self._is_pending = False

    def __enter__(self) -> Self:
        self._before = {
            number: signal.signal(number, self._come)
            for number in STOP_SIGNALS
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN  # as under nohup
        }
        return self

    def __exit__(self, *_error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let what is inside come to its end first."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
        if self._is_pending:
            self._is_pending = False
            raise KeyboardInterrupt

    @contextmanager
    def ending_quietly(self) -> Iterator[None]:
        """Take the interrupt as the end of what is inside: a person wants it."""
        try:
            yield
        except KeyboardInterrupt:
            return

    def _come(self, _number: int, _frame: FrameType | None) -> None:
        if self._has_come:
            return  # a second Ctrl-C must not cut the cleaning up short
        self._has_come = True
        if not self._is_held:
            raise KeyboardInterrupt
        self._is_pending = True


@contextmanager
def running_database(stopping: StopSignals) -> Iterator[None]:
    """Start the embedded database unless it runs or is not used; stop it at the end if it was started here."""
    if settings.DATABASE_URL:
        yield
        return
    database = EmbeddedServer(settings.DATA_DIR)
    is_ours = database.running() is None
    try:
        with stopping.held():
            database.ensure_running()
        yield
    finally:
        connections.close_all()
        if is_ours:
            with stopping.held():
                database.stop()
