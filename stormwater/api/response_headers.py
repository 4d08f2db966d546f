"""Headers of every answer of the API: any page may read it, no page may frame it or run it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from stormwater.api.problems import is_api_request
from stormwater.api.request_ids import HEADER as REQUEST_ID

STAFF_PREFIX = "/api/staff/"
READ_METHODS = "GET, HEAD, OPTIONS"
_EXPOSED = f"ETag, Last-Modified, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, {REQUEST_ID}"
_ACCEPTED = f"Accept, Authorization, If-Modified-Since, If-None-Match, {REQUEST_ID}"
_DAY = "86400"
# The documentation's pages run this server's own scripts; their styles are written into the page.
_DOCUMENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'"
)
_DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"


class ApiHeadersMiddleware:
    """Answers browsers that ask first (CORS), and adds the headers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_api_request(request):
            return self._get_response(request)
        if request.path.startswith(STAFF_PREFIX):
            # No other site reads or writes for a member of staff.
            response: HttpResponseBase = self._get_response(request)
            response["Content-Security-Policy"] = _DATA_POLICY
            return response
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            response = HttpResponse(status=204)
            response["Access-Control-Allow-Methods"] = READ_METHODS
            response["Access-Control-Allow-Headers"] = _ACCEPTED
            response["Access-Control-Max-Age"] = _DAY
        else:
            response = self._get_response(request)
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = _EXPOSED
        response["Cross-Origin-Resource-Policy"] = "cross-origin"
        is_page = response.get("Content-Type", "").startswith(("text/html", "application/javascript"))
        response["Content-Security-Policy"] = _DOCUMENT_POLICY if is_page else _DATA_POLICY
        return response
