"""A request's id: taken from the client or made here, sent back, and written beside every line of the log."""

import re
from collections.abc import Callable
from contextvars import ContextVar
from uuid import uuid4

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from stormwater.logs import log_context

HEADER = "X-Request-ID"
# What a client may call its request. Anything else could forge lines of the log.
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,64}")
_current: ContextVar[str] = ContextVar("request_id", default="-")


def current_request_id() -> str:
    """Id of the request that is being answered; `-` outside of one."""
    return _current.get()


class RequestIdMiddleware:
    """Gives every request an id."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get(HEADER, "")
        request_id = given if _ACCEPTED.fullmatch(given) else uuid4().hex
        token = _current.set(request_id)
        try:
            with log_context(request=request_id):
                response = self._get_response(request)
        finally:
            _current.reset(token)
        response[HEADER] = request_id
        return response
