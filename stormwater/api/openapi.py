"""The OpenAPI document, made from the declarations that the service itself works from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from django.conf import settings
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from stormwater.api import places, searching
from stormwater.api.filters import Filter, Lookup
from stormwater.api.formats import CsvFormat, GeoJsonFormat, JsonFormat
from stormwater.api.listing import DEFAULT_PAGE, MAX_PAGE, Include, Listing
from stormwater.api.problems import MEDIA_TYPE

_PROBLEMS = {
    "400": "A wrong parameter; `errors` names each.",
    "401": "An unknown token.",
    "403": "Not allowed: the permission is missing, or a session's CSRF token.",
    "404": "No such thing.",
    "406": "None of the accepted forms.",
    "409": "It does not fit what others did meanwhile; the detail says who did what. Nothing was changed.",
    "413": "The body is too large.",
    "429": "Too many requests; Retry-After says when to come back.",
    "500": "A mistake of ours.",
    "503": "The database is away, or took too long.",
}
PROBLEM_SCHEMA = {
    "type": "object",
    "description": "Problem details (RFC 9457)",
    "required": ["type", "title", "status", "detail", "instance", "request_id", "errors"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "description": "Path of the request"},
        "request_id": {"type": "string", "description": "As in the header X-Request-ID and in our log"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["parameter", "message", "suggestion"],
                "properties": {
                    "parameter": {"type": "string"},
                    "message": {"type": "string"},
                    "suggestion": {"type": ["string", "null"]},
                },
            },
        },
    },
}
_DATED = {
    "published": {"type": ["string", "null"], "format": "date", "description": "Date that the source gives its file"},
    "last_synced": {
        "type": ["string", "null"],
        "format": "date-time",
        "description": "When we last confirmed or replaced the data",
    },
}
META_SCHEMA = {
    "type": "object",
    "required": ["data_version", "published", "last_synced", "sources", "licence", "attribution", "disclaimer"],
    "properties": {
        "data_version": {"type": "string", "description": "Another one whenever the data have changed"},
        **_DATED,
        "sources": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"dataset": {"type": "string"}, "title": {"type": "string"}, **_DATED},
            },
        },
        "licence": {"type": "string"},
        "attribution": {"type": "string"},
        "disclaimer": {"type": "string"},
    },
}
_COUNT_SCHEMA = {
    "type": "object",
    "required": ["value", "exact"],
    "properties": {
        "value": {"type": "integer"},
        "exact": {"type": "boolean", "description": "False for an estimate, which can be far off"},
    },
}
_LINK = {"type": ["string", "null"], "format": "uri"}
_GEOMETRY = {
    "type": ["object", "null"],
    "properties": {
        "type": {"type": "string", "enum": ["Point"]},
        "coordinates": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
    },
}
COMPONENTS: dict[str, Any] = {"Problem": PROBLEM_SCHEMA, "Meta": META_SCHEMA, "Count": _COUNT_SCHEMA}


def reference(name: str) -> dict[str, str]:
    """A reference to a component."""
    return {"$ref": f"#/components/schemas/{name}"}


class _DeclaredSchema(AutoSchema):
    """What all our operations have in common."""

    summary: ClassVar[str] = ""

    def get_request_serializer(self) -> Any:
        return None

    def get_filter_backends(self) -> list[Any]:
        return []

    def is_for_staff(self) -> bool:
        return hasattr(self.view, "permission")

    def get_auth(self) -> list[dict[str, list[str]]]:
        return [{"token": []}, {"session": []}] if self.is_for_staff() else [{"token": []}, {}]

    def _problems(self, *statuses: str) -> dict[tuple[str, str], Any]:
        return {
            (status, MEDIA_TYPE): OpenApiResponse(reference("Problem"), description=_PROBLEMS[status])
            for status in statuses
        }

    def _unchanged(self) -> dict[str, Any]:
        return {"304": OpenApiResponse(description="The client has the present answer already.")}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a view that is `Described`."""

    name: str
    schema: Mapping[str, Any]
    description: str
    is_required: bool = False


class Described:
    """What a view with an answer of its own shape says of it; `described` is the schema of its members."""

    operation: ClassVar[str]
    title: ClassVar[str]
    tag: ClassVar[str]
    described: ClassVar[Mapping[str, Any]]
    has_meta: ClassVar[bool] = True
    more_statuses: ClassVar[Mapping[str, str]] = {}
    parameters: ClassVar[Sequence[Parameter]] = ()
    members: ClassVar[Sequence[Any]] = ()  # of a body, `stormwater.api.bodies`
    success: ClassVar[str] = "200"
    may_conflict: ClassVar[bool] = False
    may_be_missing: ClassVar[bool] = False  # a 404, also without a variable part in its address


class AnswerSchema(_DeclaredSchema):
    """The operation of a view that is `Described`."""

    @property
    def answering(self) -> Described:
        """The view."""
        return cast("Described", self.view)

    def get_operation_id(self) -> str:
        return f"{self.method.lower()}_{self.answering.operation}"

    def get_tags(self) -> list[str]:
        return [self.answering.tag]

    def _get_request_body(self, direction: str = "request") -> Any:
        if self.method != "POST":
            return None
        properties = {member.name: member.schema for member in self.answering.members}
        required = [member.name for member in self.answering.members if member.is_required]
        body = {"type": "object", "required": required, "properties": properties, "additionalProperties": False}
        return {"content": {"application/json": {"schema": body}}, "required": bool(required)}

    def get_summary(self) -> str:
        return str(self.answering.title)

    def get_description(self) -> str:  # type: ignore[override]  # as the class between has it
        return str(self.answering.title)

    def get_override_parameters(self) -> list[Any]:
        own = [
            _parameter(given.name, dict(given.schema), given.description, is_required=given.is_required)
            for given in self.answering.parameters
        ]
        return [*own, _format_parameter((JsonFormat,))]

    def get_response_serializers(self) -> Any:
        described = dict(self.answering.described)
        if self.answering.has_meta:
            described["meta"] = reference("Meta")
        body = {"type": "object", "required": list(described), "properties": described}
        status = self.answering.success
        found = {(status, "application/json"): OpenApiResponse(body, description=str(self.answering.title))}
        more = self.answering.more_statuses
        found |= {
            (status, "application/json"): OpenApiResponse(body, description=text) for status, text in more.items()
        }
        conditional = self._unchanged() if self.answering.has_meta else {}
        statuses = ["400", "401", "406", "429", "500", *([] if "503" in more else ["503"])]
        if "{" in self.path or self.answering.may_be_missing:
            statuses.insert(2, "404")
        statuses += ["403"] if self.is_for_staff() else []
        statuses += ["409"] if self.answering.may_conflict else []
        statuses += ["413"] if self.method == "POST" else []
        return {**found, **conditional, **self._problems(*sorted(statuses))}


class _ListingSchema(_DeclaredSchema):
    """An operation of a declared list."""

    def __init__(self, listing: Listing) -> None:
        super().__init__()
        self.listing = listing
        COMPONENTS[listing.row_name] = _row_schema(listing)

    def get_tags(self) -> list[str]:
        return [self.listing.tag]

    def _look_parameters(self, formats: Sequence[type[Any]]) -> list[OpenApiParameter]:
        fields = list(self.listing.field_of)
        found = [
            _parameter("fields", _names_schema(fields), f"Only these fields, separated by commas: {', '.join(fields)}")
        ]
        if self.listing.includes:
            names = [include.name for include in self.listing.includes]
            described = "; ".join(f"`{include.name}`: {include.description}" for include in self.listing.includes)
            found.append(
                _parameter("include", _names_schema(names), f"Added to each row, separated by commas. {described}")
            )
        return [*found, _format_parameter(formats)]

    def _path_parameters(self) -> list[OpenApiParameter]:
        return [
            OpenApiParameter(name, str, OpenApiParameter.PATH, description=description)
            for name, description in self.listing.path_parts.items()
        ]


class ListSchema(_ListingSchema):
    """The operation of a list."""

    def get_operation_id(self) -> str:
        return f"list_{self.listing.name}"

    def get_summary(self) -> str:
        return self.listing.title

    def get_description(self) -> str:  # type: ignore[override]  # as the class between has it
        return self.listing.description

    def get_override_parameters(self) -> list[Any]:
        listing = self.listing
        found = [*self._path_parameters()]
        for declared in listing.filters:
            found += [
                _filter_parameter(listing, declared, name, lookup) for name, lookup in declared.parameters.items()
            ]
        if listing.search:
            schema = {"type": "string", "pattern": searching.PATTERN, "maxLength": searching.MAX_LENGTH}
            found.append(_parameter(searching.PARAMETER, schema, listing.search.description))
        if listing.point:
            found += _place_parameters()
        return [*found, *_paging_parameters(listing), *self._look_parameters(listing.formats)]

    def get_response_serializers(self) -> Any:
        row = reference(self.listing.row_name)
        neighbours = {"next": _LINK, "previous": _LINK, "count": reference("Count"), "meta": reference("Meta")}
        page = {
            "type": "object",
            "required": ["results", "next", "previous", "meta"],
            "properties": {"results": {"type": "array", "items": row}, **neighbours},
        }
        found: dict[Any, Any] = {
            ("200", JsonFormat.media_type): OpenApiResponse(page, description="A page of the list")
        }
        if self.listing.point:
            collection = {
                "type": "object",
                "required": ["type", "features", "next", "previous", "meta"],
                "properties": {
                    "type": {"type": "string", "enum": ["FeatureCollection"]},
                    "features": {"type": "array", "items": _feature_schema(row)},
                    **neighbours,
                },
            }
            found["200", GeoJsonFormat.media_type] = OpenApiResponse(collection, description="A page of the list")
        if self.listing.is_for_staff:
            return {**found, **self._problems("400", "401", "403", "406", "429", "500", "503")}
        text = OpenApiResponse({"type": "string"}, description="All rows of the list")
        found["200", CsvFormat.media_type] = text
        statuses = ["400", "401", *(["404"] if self.listing.path_parts else []), "406", "429", "500", "503"]
        return {**found, **self._unchanged(), **self._problems(*statuses)}


class RowSchema(_ListingSchema):
    """The operation of one row."""

    def get_operation_id(self) -> str:
        return f"get_{self.listing.name}_row"

    def get_summary(self) -> str:
        return f"One of: {self.listing.title[0].lower()}{self.listing.title[1:]}"

    def get_description(self) -> str:  # type: ignore[override]  # as the class between has it
        return self.listing.description

    def get_override_parameters(self) -> list[Any]:
        key = self.listing.field_of[self.listing.key or ""]
        kind = int if self.listing.key_converter == "int" else str
        path = OpenApiParameter("key", kind, OpenApiParameter.PATH, description=f"{key.name}: {key.description}")
        return [path, *self._look_parameters(self.listing.row_formats)]

    def get_response_serializers(self) -> Any:
        row = reference(self.listing.row_name)
        with_meta = {
            "allOf": [row, {"type": "object", "required": ["meta"], "properties": {"meta": reference("Meta")}}]
        }
        title = f"A {self.listing.row_name}"
        found: dict[Any, Any] = {("200", JsonFormat.media_type): OpenApiResponse(with_meta, description=title)}
        if self.listing.point:
            feature = _feature_schema(row)
            feature["properties"]["meta"] = reference("Meta")
            found["200", GeoJsonFormat.media_type] = OpenApiResponse(feature, description=title)
        return {**found, **self._unchanged(), **self._problems("400", "401", "404", "406", "429", "500", "503")}


def add_components(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Post-processing hook: the components that the operations refer to."""
    result.setdefault("components", {}).setdefault("schemas", {}).update(COMPONENTS)
    result["components"]["securitySchemes"] = {
        "token": {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token ...`, for limits of your own. Reading needs none.",
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "A login of the admin; requests that write need its CSRF token in X-CSRFToken.",
        },
    }
    return result


def one_way_each(endpoints: Sequence[tuple[str, str, str, Any]], **_: Any) -> list[tuple[str, str, str, Any]]:
    """Pre-processing hook: each address once, without the slash that it may end with; the root has no other."""
    return [endpoint for endpoint in endpoints if endpoint[0] == "/api/" or not endpoint[0].endswith("/")]


def _row_schema(listing: Listing) -> dict[str, Any]:
    properties = {row_field.name: row_field.schema for row_field in listing.fields}
    properties |= {include.name: _include_schema(include) for include in listing.includes}
    return {"type": "object", "description": listing.description, "properties": properties}


def _include_schema(include: Include) -> dict[str, Any]:
    return {**include.schema, "description": f"With include={include.name}: {include.description}"}


def _feature_schema(row: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["type", "id", "geometry", "properties"],
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": {"type": ["string", "integer"]},
            "geometry": _GEOMETRY,
            "properties": row,
        },
    }


def _parameter(name: str, schema: dict[str, Any], description: str, *, is_required: bool = False) -> OpenApiParameter:
    return OpenApiParameter(name, schema, OpenApiParameter.QUERY, description=description, required=is_required)


def _names_schema(names: Sequence[str]) -> dict[str, Any]:
    return {"type": "string", "pattern": rf"^({'|'.join(names)})(,({'|'.join(names)}))*$"}


def _format_parameter(formats: Sequence[type[Any]]) -> OpenApiParameter:
    names = [known.format for known in formats]
    return _parameter("format", {"type": "string", "enum": names}, "The form of the answer; stronger than Accept")


def _filter_parameter(listing: Listing, declared: Filter, name: str, lookup: Lookup) -> OpenApiParameter:
    description = declared.description if lookup is Lookup.EXACT else f"{declared.description}: {lookup.words}"
    if listing.is_large and not declared.narrows and not declared.walks:
        narrowing = ", ".join(known.name for known in listing.filters if known.narrows)
        description += f". Needs one of these beside it: {narrowing}"
    return _parameter(name, declared.schema(lookup), description)


def _place_parameters() -> list[OpenApiParameter]:
    number = r"-?\d{1,3}(\.\d{1,10})?"
    return [
        _parameter(
            places.BBOX,
            {"type": "string", "pattern": rf"^{number},{number},{number},{number}$"},
            "Inside west,south,east,north, in degrees",
        ),
        _parameter(
            places.NEAR,
            {"type": "string", "pattern": rf"^{number},{number}$"},
            "Around latitude,longitude, in degrees; needs radius_m",
        ),
        _parameter(
            places.RADIUS,
            {"type": "number", "exclusiveMinimum": 0, "maximum": places.MAX_RADIUS_M},
            "Metres; with near",
        ),
    ]


def _paging_parameters(listing: Listing) -> list[OpenApiParameter]:
    orders = "; ".join(f"`{ordering.name}`: {ordering.description}" for ordering in listing.ordering_of.values())
    large = " Rows without a narrowing filter come by `id`, others not." if listing.is_large else ""
    return [
        _parameter(
            "ordering",
            {"type": "string", "enum": list(listing.ordering_names)},
            f"{orders}.{large} A minus turns it round",
        ),
        _parameter("cursor", {"type": "string", "minLength": 1}, "Where the page begins: from `next` or `previous`"),
        _parameter(
            "page_size",
            {"type": "integer", "minimum": 1, "maximum": MAX_PAGE, "default": DEFAULT_PAGE},
            "Rows per page",
        ),
        _parameter(
            "count", {"type": "string", "enum": ["exact", "estimate"]}, "Also say how many rows the filters leave"
        ),
    ]
