"""`/api/`: what there is; and the answer where there is nothing."""

from typing import Any

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from stormwater.api.encoding import encode_json
from stormwater.api.list_query import check_names
from stormwater.api.openapi import AnswerSchema, Described
from stormwater.api.problems import wrong_parameters
from stormwater.api.views import ApiView

_TITLE = "The addresses of the API"


class RootView(Described, ApiView):
    """Where everything is."""

    operation = "root"
    title = _TITLE
    tag = "About the API"
    has_meta = False
    described = {"paths": {"type": "object", "additionalProperties": {"type": "string", "format": "uri"}}}
    schema = AnswerSchema()

    def get(self, request: Request) -> HttpResponseBase:
        """Every address without a variable part, by name."""
        errors = check_names(request.query_params, ("format",))
        if errors:
            raise wrong_parameters(errors)
        base = request.build_absolute_uri("/api/")
        body = encode_json({"paths": {name: f"{base}{address}" for name, address in _addresses()}})
        response = HttpResponse(body, content_type="application/json")
        response["Cache-Control"] = "public, max-age=300"
        return response


class UnknownView(ApiView):
    """Any other address."""

    schema = None

    def get(self, request: Request, **_: Any) -> HttpResponseBase:
        """Nothing."""
        raise Http404("There is nothing at this address. /api/ lists what is there.")

    post = put = patch = delete = get  # whatever is wanted of it


def _addresses() -> list[tuple[str, str]]:
    from stormwater.overview import urls  # noqa: PLC0415 - the addresses name this module's views

    found = []
    for pattern in urls.urlpatterns:
        address = str(pattern.pattern)
        is_public = not address.startswith("staff/")
        if pattern.name and is_public and address and not address.endswith(("/", "$")) and "<" not in address:
            found.append((pattern.name, address))
    return found
