"""Errors as problem details (RFC 9457): one shape, whatever went wrong and wherever.

`errors` names each wrong parameter. Nothing of the program shows: no stack trace, no SQL.
"""

import logging
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from http import HTTPStatus
from typing import Any

import psycopg
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.db.utils import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.views import defaults
from psycopg.errors import QueryCanceled
from rest_framework import exceptions

from stormwater.api.encoding import encode_json
from stormwater.api.request_ids import current_request_id

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
PREFIX = "/api"
# Django's, and the driver's own, which come through where rows are read from a COPY. A connection that was lost within
# a transaction is an InterfaceError.
_DATABASE_IS_AWAY = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)
_AWAY = "The database cannot be reached at the moment."
_AWAY_HEADERS = {"Retry-After": "10"}
_NOT_KEPT = {"Cache-Control": "no-store"}
_MISTAKE = "The request could not be answered because of a mistake of ours. It has been logged under the request id."


@dataclass(frozen=True, slots=True)
class ParameterError:
    """What is wrong with one parameter of the request."""

    parameter: str
    message: str
    suggestion: str | None = None  # the known name that is nearest to an unknown one


class ProblemError(Exception):
    """Ends a request with a problem."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Sequence[ParameterError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})


def wrong_parameters(errors: Sequence[ParameterError]) -> ProblemError:
    """The 400 for wrong parameters."""
    return ProblemError(400, " ".join(f"{error.parameter}: {error.message}" for error in errors), errors=errors)


def unknown_name(parameter: str, name: str, known: Sequence[str], what: str) -> ParameterError:
    """The error for a name that is none of `known`, with the nearest that is."""
    nearest = next(iter(get_close_matches(name, known, n=1, cutoff=0.5)), None)
    hint = f" Did you mean {nearest}?" if nearest else ""
    return ParameterError(parameter, f"There is no {what} {name[:100]!r} here.{hint}", nearest)


def problem_response(request: HttpRequest, problem: ProblemError) -> HttpResponse:
    """The answer that tells a client of a problem."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "instance": request.path,
        "request_id": current_request_id(),
        "errors": [asdict(error) for error in problem.errors],
    }
    response = HttpResponse(encode_json(body), status=problem.status, content_type=MEDIA_TYPE)
    response["Cache-Control"] = "no-store"
    for name, value in problem.headers.items():
        response[name] = value
    return response


def handle_exception(error: Exception, context: dict[str, Any]) -> HttpResponse:
    """REST framework's exception handler: any exception of a view becomes a problem."""
    request: HttpRequest = context["request"]._request
    return problem_response(request, as_problem(error, request.path))


def as_problem(error: Exception, path: str) -> ProblemError:  # noqa: PLR0911 - one per kind of error
    """The problem that an exception is to the client; a mistake of ours is logged with its traceback."""
    match error:
        case ProblemError():
            return error
        case Http404() | exceptions.NotFound():
            return ProblemError(
                404, str(error) if error.args and isinstance(error.args[0], str) else "There is no such thing."
            )
        case DjangoPermissionDenied():
            return ProblemError(403, "You are not allowed to do this.")
        case exceptions.Throttled():
            wait = max(1, round(getattr(error, "wait", None) or 1))
            return ProblemError(
                429, f"Too many requests. Try again in {wait} seconds.", headers={"Retry-After": str(wait)}
            )
        case exceptions.APIException() if error.status_code < 500:
            return ProblemError(error.status_code, str(error.detail), headers=_authentication_header(error))
        case _ if isinstance(error, _DATABASE_IS_AWAY) and _is_canceled(error):
            return ProblemError(
                503, "The question took the database too long. Narrow it by filters.", headers={"Retry-After": "60"}
            )
        case _ if isinstance(error, _DATABASE_IS_AWAY):
            logger.error("The database cannot be used at %s: %s", path, error)
            return ProblemError(503, _AWAY, headers=_AWAY_HEADERS)
        case DataError():
            logger.warning("A value got as far as the database at %s: %s", path, error)
            return ProblemError(400, "A value of the request cannot be a value of the data.")
        case _:
            logger.error("Unexpected error at %s", path, exc_info=error)
            return ProblemError(500, _MISTAKE)


def _is_canceled(error: Exception) -> bool:
    return isinstance(error, QueryCanceled) or isinstance(error.__cause__, QueryCanceled)


def _authentication_header(error: exceptions.APIException) -> dict[str, str]:
    header = getattr(error, "auth_header", None)
    return {"WWW-Authenticate": header} if header else {}


# Django's own error views, for what never reaches a view of the API ---------------------------------------------------


def is_api_request(request: HttpRequest) -> bool:
    """Whether the address belongs to the API."""
    return request.path == PREFIX or request.path.startswith(f"{PREFIX}/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """400: a request that Django refuses."""
    if is_api_request(request):
        return problem_response(request, ProblemError(400, "The request cannot be understood."))
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """403."""
    if is_api_request(request):
        return problem_response(request, ProblemError(403, "You are not allowed to do this."))
    return defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """404: no such address."""
    if is_api_request(request):
        return problem_response(
            request, ProblemError(404, f"There is nothing at this address. {PREFIX}/ lists what is there.")
        )
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """500: a mistake outside of a view of the API. 503, with a page that says so, when the database is away.

    Django calls this while it handles the exception.
    """
    error = sys.exception()
    away = error if isinstance(error, _DATABASE_IS_AWAY) else None
    if is_api_request(request):
        return problem_response(request, as_problem(away, request.path) if away else ProblemError(500, _MISTAKE))
    if away:
        # Without the request: what the site's pages say of the user is in the database.
        return HttpResponse(render_to_string("503.html"), status=503, headers=_AWAY_HEADERS | _NOT_KEPT)
    return defaults.server_error(request)
