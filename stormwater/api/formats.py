"""The forms that an answer can have, and how a client says which it wants."""

from collections.abc import Iterable
from typing import Any

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from stormwater.api.encoding import encode_json
from stormwater.api.problems import ParameterError, wrong_parameters

PARAMETER = "format"


class JsonFormat(BaseRenderer):
    """Plain JSON: what a client gets that does not ask."""

    media_type = "application/json"
    format = "json"

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return encode_json(data)


class GeoJsonFormat(JsonFormat):
    """GeoJSON (RFC 7946): a feature per row, without a geometry where the row has no coordinates."""

    media_type = "application/geo+json"
    format = "geojson"


class CsvFormat(BaseRenderer):
    """CSV: all rows, streamed by `stormwater.api.csv_export`, which makes the bytes."""

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return bytes(data)


class FormatNegotiation(BaseContentNegotiation):
    """`format=` decides; without it, the Accept header does, the client's preference first."""

    def select_parser(self, request: Request, parsers: Iterable[Any]) -> Any:
        return next(iter(parsers), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[Any], format_suffix: str | None = None
    ) -> tuple[Any, str]:
        """The first renderer that the client takes. Raises a 400 for an unknown format, and NotAcceptable."""
        known = list(renderers)
        wanted = request.query_params.get(PARAMETER)
        if wanted is not None:
            for renderer in known:
                if renderer.format == wanted:
                    return renderer, renderer.media_type
            names = ", ".join(renderer.format for renderer in known)
            raise wrong_parameters([ParameterError(PARAMETER, f"Must be one of: {names}.")])
        for accepted in _by_preference(request.headers.get("Accept") or "*/*"):
            for renderer in known:
                if _takes(accepted, renderer.media_type):
                    return renderer, renderer.media_type
        raise NotAcceptable(f"This address answers in {', '.join(renderer.media_type for renderer in known)}.")


def _by_preference(header: str) -> list[str]:
    """Media types of an Accept header without their parameters, the most wanted first; refused ones left out."""
    weighted = []
    for position, item in enumerate(header.split(",")):
        media_type, *parameters = (part.strip().lower() for part in item.split(";"))
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    weight = float(parameter[2:])
                except ValueError:
                    weight = 0.0
        if media_type and weight > 0:
            weighted.append((-weight, position, media_type))
    return [media_type for *_, media_type in sorted(weighted)]


def _takes(accepted: str, media_type: str) -> bool:
    return accepted in {"*/*", media_type} or (accepted.endswith("/*") and media_type.startswith(accepted[:-1]))
