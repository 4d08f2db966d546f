"""Conditional requests: ETag and Last-Modified from the data versions, so that a repeat costs one look-up."""

from hashlib import sha256

from django.http import HttpRequest, HttpResponseNotModified, QueryDict
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import http_date

from stormwater.api.selectors import DataVersions


def entity_tag(path: str, given: QueryDict, form: str, version: str, fingerprint: str) -> str:
    """The ETag of an answer: equal for equal data, form, fields and filters, in whatever order they are given.

    Weak, since `meta` may tell of a sync that found nothing new.
    """
    parameters = sorted((name, value) for name, value in given.items() if name != "format")
    content = repr((path.rstrip("/"), parameters, form, version, fingerprint))
    return f'W/"{sha256(content.encode()).hexdigest()[:32]}"'


def not_modified(
    request: HttpRequest, etag: str, versions: DataVersions, *, by_date: bool = True
) -> HttpResponseBase | None:
    """The 304 for a client that has the present answer already, by its ETag or, unless that is not wanted, its date."""
    changed = int(versions.changed_at.timestamp()) if versions.changed_at and by_date else None
    response = get_conditional_response(request, etag=etag, last_modified=changed)
    return response if isinstance(response, HttpResponseNotModified) else None


def add_validators(response: HttpResponseBase, etag: str, versions: DataVersions) -> None:
    """Tell the client what to ask with next time."""
    response["ETag"] = etag
    if versions.changed_at:
        response["Last-Modified"] = http_date(int(versions.changed_at.timestamp()))
