"""The views of the API: one for lists, one for a row of a list, and what others need for answers of their own.

A list is added to the API by its declaration alone: `list_urls(LISTING)`.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, ClassVar

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from rest_framework.request import Request
from rest_framework.views import APIView

from stormwater.api.answering import add_includes, as_feature, as_feature_collection, as_list
from stormwater.api.caching import Tier, ask_cache, get_or_compute
from stormwater.api.conditional import add_validators, entity_tag, not_modified
from stormwater.api.counting import count_rows, is_costly
from stormwater.api.csv_export import stream_csv
from stormwater.api.encoding import encode_json
from stormwater.api.families import Family
from stormwater.api.formats import CsvFormat, GeoJsonFormat, JsonFormat
from stormwater.api.list_query import ListQuery, RowQuery, check_names, read_list_query, read_row_query
from stormwater.api.listing import Listing
from stormwater.api.meta import describe_answer
from stormwater.api.openapi import AnswerSchema, Described, ListSchema, RowSchema
from stormwater.api.problems import wrong_parameters
from stormwater.api.reading import export_rows, find_withdrawal, read_page, read_row
from stormwater.api.selectors import DataVersions, get_data_versions
from stormwater.api.throttling import announce, check_expensive
from stormwater.replicas import stay_on_primary


class ApiView(APIView):
    """What all views share: the limits, and headers that announce them."""

    renderer_classes: Any = (JsonFormat,)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Vary"] = "Accept"
        if isinstance(request, Request):
            announce(request, response)
        return response


class VersionedView(ApiView):
    """A view whose answer follows from the address, its parameters and the data versions alone."""

    families: ClassVar[Collection[Family]] = ()
    tier: ClassVar[Tier] = Tier.HOT
    fingerprint: ClassVar[str] = ""

    def answer(self, request: Request, prepare: Callable[[], Callable[[DataVersions], bytes]]) -> HttpResponseBase:
        """The answer, with its validators: a 304, a kept one, or that of the function that `prepare` gives.

        `prepare` checks the parameters, and raises a 400. What the client or the cache has under this
        ETag was an answer to these very parameters: they need no second check.
        """
        versions = get_data_versions(self.families)
        form = request.accepted_renderer
        etag = self.entity_tag(request, versions)
        response = not_modified(request._request, etag, versions, by_date=False)
        if response is None:
            key = f"answer:{sha256(f'{request.build_absolute_uri()} {etag}'.encode()).hexdigest()}"
            body: bytes | None = ask_cache(lambda cache: cache.get(key), None) if self.tier.seconds else None
            compute = prepare() if body is None else None
            response = not_modified(request._request, etag, versions)
            if response is None:
                if compute is not None:
                    body = self._computed(key, lambda: compute(versions))
                response = HttpResponse(body, content_type=form.media_type)
        return self.validated(response, etag, versions)

    def _computed(self, key: str, compute: Callable[[], bytes]) -> bytes:
        """The answer, kept for a while where the tier says so."""
        return get_or_compute(key, self.tier.seconds, compute) if self.tier.seconds else compute()

    def entity_tag(self, request: Request, versions: DataVersions) -> str:
        """The ETag of the answer to this request."""
        form = request.accepted_renderer.format
        return entity_tag(request.path, request.query_params, form, versions.label, self.fingerprint)

    def validated(self, response: HttpResponseBase, etag: str, versions: DataVersions) -> HttpResponseBase:
        """The response with what caches need to know."""
        add_validators(response, etag, versions)
        response["Cache-Control"] = self.tier.cache_control
        return response


class ListView(VersionedView):
    """A list."""

    listing: ClassVar[Listing]

    def get(self, request: Request, **path_parts: str) -> HttpResponseBase:
        """A page of the list, or all of it as CSV."""
        if isinstance(request.accepted_renderer, CsvFormat):
            return self._export(request, path_parts)

        def prepare() -> Callable[[DataVersions], bytes]:
            query = read_list_query(self.listing, request.query_params, path_parts, is_export=False)
            if is_costly(self.listing, query):
                check_expensive(request)
            return lambda versions: self._page(request, query, versions, self.listing.datasets_at(path_parts))

        return self.answer(request, prepare)

    def _page(self, request: Request, query: ListQuery, versions: DataVersions, datasets: Sequence[str]) -> bytes:
        is_geographic = isinstance(request.accepted_renderer, GeoJsonFormat)
        page = read_page(self.listing, query, with_places=is_geographic)
        add_includes(query.look, page.rows, page.numbers)
        count = None if query.count is None else count_rows(self.listing, query, versions.label)
        links = {"next": _link(request, page.next), "previous": _link(request, page.previous)}
        meta = describe_answer(versions, datasets)
        if is_geographic:
            return encode_json(as_feature_collection(self.listing, page, links, count, meta))
        return encode_json(as_list(page, links, count, meta))

    def _export(self, request: Request, path_parts: Mapping[str, str]) -> HttpResponseBase:
        # It may take a quarter of an hour, and a replica ends what keeps it from following the primary for so long.
        stay_on_primary()
        query = read_list_query(self.listing, request.query_params, path_parts, is_export=True)
        versions = get_data_versions(self.families)
        etag = self.entity_tag(request, versions)
        response = not_modified(request._request, etag, versions)
        if response is None:
            check_expensive(request)
            fields = query.look.fields
            is_head = request.method == "HEAD"
            blocks: Iterable[bytes] = () if is_head else stream_csv(fields, export_rows(fields, query))
            response = StreamingHttpResponse(blocks, content_type="text/csv; charset=utf-8; header=present")
            response["Content-Disposition"] = f'attachment; filename="{self.listing.name}.csv"'
        return self.validated(response, etag, versions)


class RowView(VersionedView):
    """One row of a list, at an address of its own."""

    listing: ClassVar[Listing]

    def get(self, request: Request, key: Any) -> HttpResponseBase:
        """The row."""

        def prepare() -> Callable[[DataVersions], bytes]:
            look = read_row_query(self.listing, request.query_params)
            return lambda versions: self._row(request, look, key, versions)

        return self.answer(request, prepare)

    def _row(self, request: Request, look: RowQuery, key: Any, versions: DataVersions) -> bytes:
        is_geographic = isinstance(request.accepted_renderer, GeoJsonFormat)
        page = read_row(self.listing, look, key, with_places=is_geographic)
        if not page.rows and self.listing.resolve_key:
            page = read_row(self.listing, look, self.listing.resolve_key(key), with_places=is_geographic)
        if not page.rows:
            raise Http404(self._missing(key))
        add_includes(look, page.rows, page.numbers)
        meta = {"meta": describe_answer(versions, self.listing.datasets)}
        if is_geographic:
            return encode_json(as_feature(self.listing, page.rows[0], page.numbers[0], *page.places[0]) | meta)
        return encode_json(page.rows[0] | meta)

    def _missing(self, key: Any) -> str:
        """That there is no such row; of a record that its source withdrew, when."""
        withdrawal = find_withdrawal(self.listing, key)
        if withdrawal is None:
            return f"There is no {self.listing.row_name} {str(key)[:100]!r}."
        run, moment = withdrawal
        day = f" on {moment:%Y-%m-%d}" if moment else ""
        return f"{self.listing.row_name} {str(key)[:100]!r} was withdrawn by its source: run {run} found it gone{day}."


class AnswerView(Described, VersionedView):
    """An answer of its own shape: `get_answer` works out its members, to which `meta` is added.

    `parameters` is what the address takes, documented; `known_parameters` the names of more.
    """

    datasets: ClassVar[Sequence[str]] = ()
    known_parameters: ClassVar[Sequence[str]] = ()
    schema = AnswerSchema()

    def get(self, request: Request, **path_parts: str) -> HttpResponseBase:
        """The answer."""

        def compute(versions: DataVersions) -> bytes:
            members = self.get_answer(request, **path_parts)
            return encode_json({**members, "meta": describe_answer(versions, self.datasets)})

        def prepare() -> Callable[[DataVersions], bytes]:
            errors = check_names(request.query_params, (*self.known_parameters, *self._parameter_names(), "format"))
            if errors:
                raise wrong_parameters(errors)
            return compute

        return self.answer(request, prepare)

    def _parameter_names(self) -> list[str]:
        return [parameter.name for parameter in self.parameters]

    def get_answer(self, request: Request, **path_parts: str) -> Mapping[str, Any]:
        """The members of the answer."""
        raise NotImplementedError


def list_urls(listing: Listing) -> list[URLPattern]:
    """The addresses of a list: its own, and one per row where rows have a key. With or without a slash."""
    shared = {
        "listing": listing,
        "families": listing.families,
        "tier": listing.tier,
        "fingerprint": listing.fingerprint,
    }
    list_view: type[ListView] = type(
        "ListView", (ListView,), {**shared, "renderer_classes": listing.formats, "schema": ListSchema(listing)}
    )
    patterns = both_ways(listing.path, list_view.as_view(), name=listing.name)
    if listing.key:
        row_view: type[RowView] = type(
            "RowView", (RowView,), {**shared, "renderer_classes": listing.row_formats, "schema": RowSchema(listing)}
        )
        address = f"{listing.path}/<{listing.key_converter}:key>"
        patterns += both_ways(address, row_view.as_view(), name=f"{listing.name}_row")
    return patterns


def both_ways(address: str, view: Callable[..., Any], name: str) -> list[URLPattern]:
    """The address with and without a slash at its end."""
    return [path(address, view, name=name), path(f"{address}/", view, name=f"{name}_slash")]


def _link(request: Request, cursor: str | None) -> str | None:
    """The address of a neighbouring page: this one's, with another cursor."""
    if cursor is None:
        return None
    given = request.query_params.copy()
    given["cursor"] = cursor
    return request.build_absolute_uri(f"{request.path}?{given.urlencode()}")
