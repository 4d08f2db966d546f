"""Reads of web requests on streaming replicas of the database (DATABASE_REPLICA_URLS).

Only what a web request with a safe method reads goes to a replica, and all of it to the same one;
commands, tasks, transactions, logins and every write stay on the primary. So do the reads of a session
that has just changed something, for as long as a replica may lag, and of views that ask for it. A replica is
looked at when a request first reads: one that is away, or lags beyond the limit, is left alone and
the request goes on with the primary.

The lag is measured against the primary itself: how long ago it was first seen at a position of its
log that the replica has not replayed yet. What a replica says of itself would not do: one that has
lost its primary finds nothing missing.
"""

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model
from django.db.utils import Error as AnyDatabaseError
from django.http import HttpRequest
from django.http.response import HttpResponseBase

logger = logging.getLogger(__name__)

# Logins, sessions and permissions are always read where they are written.
READ_ON_REPLICAS = frozenset({"facilities", "monitoring", "violations", "enforcement", "sync", "api"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SESSION_KEY = "reads_on_primary_until"
# The primary's position in its log is asked for at most so often per process.
LOOK_SECONDS = 1.0
# A replica that was away is tried again after so long.
AWAY_SECONDS = 10.0


@dataclass(slots=True)
class _Reads:
    """What one request reads from; the alias is chosen at its first read."""

    stay_on_primary: bool
    has_written: bool = False
    alias: str = ""


_current: ContextVar[_Reads | None] = ContextVar("reads", default=None)


def reading_alias() -> str:
    """Name of the connection that the present request reads from, for raw SQL: `connections[reading_alias()]`."""
    reads = _current.get()
    if reads is None or reads.stay_on_primary or connections[DEFAULT_DB_ALIAS].in_atomic_block:
        return DEFAULT_DB_ALIAS
    if not reads.alias:
        reads.alias = _choose()
    return reads.alias


def stay_on_primary() -> None:
    """Have the present request read from the primary; to be said before it reads anything."""
    if reads := _current.get():
        reads.stay_on_primary = True


class ReplicaRouter:
    """Sends reads of published data to a replica, all else to the primary."""

    def db_for_read(self, model: type[Model], **_hints: Any) -> str:
        """A replica, inside a request that may use one."""
        return reading_alias() if model._meta.app_label in READ_ON_REPLICAS else DEFAULT_DB_ALIAS

    def db_for_write(self, model: type[Model], **_hints: Any) -> str:
        """The primary; what the request reads from now on must see it."""
        if reads := _current.get():
            reads.has_written = reads.stay_on_primary = True
        return DEFAULT_DB_ALIAS

    def allow_relation(self, *_objects: Model, **_hints: Any) -> bool:
        """Any: all servers hold the same rows."""
        return True

    def allow_migrate(self, db: str, app_label: str, **_hints: Any) -> bool:
        """The primary's tables alone: they come to the replicas by themselves."""
        return db == DEFAULT_DB_ALIAS


class ReplicaMiddleware:
    """Lets a request read from a replica unless it, or its session lately, has written. After SessionMiddleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # Without its cookie there is no session to look at, and looking would mark the answer as personal.
        has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
        has_written_lately = has_session and request.session.get(SESSION_KEY, 0) > time.time()
        is_unsafe = request.method not in SAFE_METHODS
        reads = _Reads(stay_on_primary=is_unsafe or has_written_lately)
        token = _current.set(reads)
        try:
            response = self._get_response(request)
        finally:
            _current.reset(token)
        if reads.has_written or (is_unsafe and has_session):
            request.session[SESSION_KEY] = time.time() + settings.PRIMARY_AFTER_WRITE_SECONDS
        return response


class _Primary:
    """Where the primary was in its log, and when it was first seen there."""

    def __init__(self) -> None:
        self._looks: deque[tuple[float, int]] = deque()
        self._lock = threading.Lock()

    def look(self, now: float) -> None:
        """Note where it is now, unless that was done a moment ago."""
        with self._lock:
            if self._looks and now - self._looks[-1][0] < LOOK_SECONDS:
                return
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")
            (position,) = cursor.fetchone()
        with self._lock:
            self._looks.append((now, int(position)))
            while now - self._looks[0][0] > 2 * settings.REPLICA_LAG_SECONDS + 10 * LOOK_SECONDS:
                self._looks.popleft()

    def lag(self, replayed: int, now: float) -> float | None:
        """Seconds since the primary was first seen beyond `replayed`; None if that was before the first look."""
        with self._lock:
            looks = list(self._looks)
        if not looks or looks[0][1] > replayed:
            return None
        return next((now - seen for seen, position in looks if position > replayed), 0.0)


_primary = _Primary()
_away_until: dict[str, float] = {}


def _choose() -> str:
    """A replica that answers and keeps up, or else the primary."""
    aliases = [alias for alias in connections if alias != DEFAULT_DB_ALIAS]
    random.shuffle(aliases)
    for alias in aliases:
        if _away_until.get(alias, 0) <= time.monotonic() and _keeps_up(alias):
            return alias
    return DEFAULT_DB_ALIAS


def _keeps_up(alias: str) -> bool:
    _primary.look(time.monotonic())
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT pg_is_in_recovery(), pg_last_wal_replay_lsn() - '0/0'::pg_lsn")
            is_replica, replayed = cursor.fetchone()
    except AnyDatabaseError as error:
        connections[alias].close()
        _away_until[alias] = time.monotonic() + AWAY_SECONDS
        logger.warning("The database %s is away, and reads go to the primary: %s", alias, error)
        return False
    lag = _primary.lag(int(replayed), time.monotonic()) if is_replica and replayed is not None else None
    return lag is not None and lag <= settings.REPLICA_LAG_SECONDS
