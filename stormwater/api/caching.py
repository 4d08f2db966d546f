"""Answers kept for a while, under keys that carry the data version: a publish makes them unreachable at once.

The cache only saves work. One that is down or slow is left alone for some seconds, and the answers
are worked out as if there were none.
"""

import logging
import time
from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar

from django.core.cache import caches

logger = logging.getLogger(__name__)

ALIAS = "api"
# Longer than any answer may take to work out (`reading.STATEMENT_SECONDS`): a lock outlives its holder's work.
_LOCK_SECONDS = 15
_WAIT_SECONDS = 5  # for the one that works a cold key out; then everyone works for himself
_POLL_SECONDS = 0.02
_REST_SECONDS = 10  # how long a failing cache is left alone

Answer = TypeVar("Answer")


class Tier(Enum):
    """How long an answer may be kept: seconds here, and what other caches are told.

    Other caches hold a short while only, since no one tells them of a publish; behind it, a
    conditional request costs one look-up.
    """

    HOT = 300, "public, max-age=60"
    WARM = 3600, "public, max-age=300"
    UNCACHED = 0, "public, no-cache"

    def __init__(self, seconds: int, cache_control: str) -> None:
        self.seconds = seconds
        self.cache_control = cache_control


class _Patience:
    """Remembers until when a failing cache is left alone."""

    def __init__(self) -> None:
        self.until = 0.0


_patience = _Patience()


def ask_cache(question: Callable[[Any], Answer], otherwise: Answer) -> Answer:
    """What the cache answers; `otherwise` if it fails, or failed a moment ago."""
    if time.monotonic() < _patience.until:
        return otherwise
    try:
        return question(caches[ALIAS])
    except Exception as error:  # noqa: BLE001 - whatever a cache server can do wrong costs speed only
        _patience.until = time.monotonic() + _REST_SECONDS
        logger.warning("The cache is left alone for %s seconds: %s", _REST_SECONDS, error)
        return otherwise


def get_or_compute(key: str, seconds: int, compute: Callable[[], Answer]) -> Answer:
    """The kept answer, or that of `compute`, which is then kept for `seconds`; never None.

    A cold key is computed by one of those who ask for it while the others wait.
    """
    kept: Answer | None = ask_cache(lambda cache: cache.get(key), None)
    if kept is not None:
        return kept
    lock = f"{key}:lock"
    if not ask_cache(lambda cache: cache.add(lock, 1, _LOCK_SECONDS), otherwise=False):
        waited: Answer | None = _wait_for(key, lock)
        if waited is not None:
            return waited
    try:
        answer = compute()
        ask_cache(lambda cache: cache.set(key, answer, seconds), None)
    finally:
        ask_cache(lambda cache: cache.delete(lock), None)
    return answer


def _wait_for(key: str, lock: str) -> Any:
    """The answer that someone else is working out; None if nobody is, or it takes too long."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < deadline:
        kept: dict[str, Any] = ask_cache(lambda cache: cache.get_many([key, lock]), {})
        if key in kept:
            return kept[key]
        if lock not in kept:
            return None
        time.sleep(_POLL_SECONDS)
    return None
