"""Limits per client: an address, or a token's user. Announced in every answer.

Requests are counted in the API's cache by windows of the rate's period. Without Redis each server
process counts for itself; a cache that is down counts nothing and refuses nobody.
"""

import time
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http.response import HttpResponseBase
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from stormwater.api.caching import ask_cache

_PERIODS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests in so many seconds."""

    requests: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How a client stands within the present window."""

    rate: Rate
    used: int
    resets_in: int  # seconds

    @property
    def is_over(self) -> bool:
        return self.used > self.rate.requests


@lru_cache(maxsize=16)
def parse_rate(text: str) -> Rate | None:
    """The rate that a setting such as `300/minute` means; None for an empty one, which is no limit."""
    if not text.strip():
        return None
    number, _, period = text.strip().partition("/")
    if not number.isdecimal() or period not in _PERIODS:
        raise ImproperlyConfigured(f"A rate is written like 300/minute (second, minute, hour, day), not {text!r}.")
    return Rate(int(number), _PERIODS[period])


def _count(scope: str, client: str, rate: Rate) -> Standing:
    now = time.time()
    window = int(now // rate.seconds)
    key = f"rate:{scope}:{client}:{window}"

    def count_one(cache: object) -> int:
        cache.add(key, 0, rate.seconds + 1)  # type: ignore[attr-defined]  # a Django cache
        return int(cache.incr(key))  # type: ignore[attr-defined]

    used = ask_cache(count_one, 0)
    return Standing(rate, used, int((window + 1) * rate.seconds - now) + 1)


class ClientThrottle(BaseThrottle):
    """The limit that every request counts towards."""

    scope = "all"

    def __init__(self) -> None:
        self._standing: Standing | None = None

    def allow_request(self, request: Request, view: object) -> bool:
        rate = parse_rate(self.rate_of(request))
        if rate is None:
            return True
        self._standing = _count(self.scope, client_of(request), rate)
        request._request.api_standing = self._standing  # type: ignore[attr-defined]  # read by `announce`
        return not self._standing.is_over

    def rate_of(self, request: Request) -> str:
        """The rate that the client has, as its setting has it."""
        is_known = request.user.is_authenticated
        return str(settings.STORMWATER_USER_RATE if is_known else settings.STORMWATER_ANON_RATE)

    def wait(self) -> float | None:
        return self._standing.resets_in if self._standing else None


def client_of(request: Request) -> str:
    """Who asks: the token's user, or the address."""
    if request.user.is_authenticated:
        return f"user-{request.user.pk}"
    return f"ip-{BaseThrottle().get_ident(request)}"


def check_expensive(request: Request) -> None:
    """Count an exact count or an export towards the limit of their own. Raises Throttled, which announces it."""
    rate = parse_rate(settings.STORMWATER_EXPENSIVE_RATE)
    if rate is None:
        return
    standing = _count("expensive", client_of(request), rate)
    if standing.is_over:
        request._request.api_standing = standing  # type: ignore[attr-defined]  # read by `announce`
        raise Throttled(wait=standing.resets_in)


def announce(request: Request, response: HttpResponseBase) -> None:
    """Tell the client how it stands."""
    standing: Standing | None = getattr(request._request, "api_standing", None)
    if standing is not None:
        response["RateLimit-Limit"] = str(standing.rate.requests)
        response["RateLimit-Remaining"] = str(max(0, standing.rate.requests - standing.used))
        response["RateLimit-Reset"] = str(standing.resets_in)
