"""The three questions we ask a CKAN portal: what is in a package, where is a resource, how many rows."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from sync.sources.backoff import Backoff
from sync.sources.errors import NotPublishedError, SourceError
from sync.sources.transport import Transport, host_of, is_passing, require_success


@dataclass(frozen=True, slots=True)
class CkanResource:
    """What the portal says of one of its files."""

    id: str
    title: str
    url: str
    changed_on: date | None
    size: int | None
    is_active: bool

    @property
    def file_name(self) -> str:
        """The last part of the URL."""
        return unquote(urlsplit(self.url).path.rpartition("/")[2])

    @property
    def is_datastore_dump(self) -> bool:
        """Whether the file is written by the portal from its own table, when it is asked for."""
        return "/datastore/dump/" in urlsplit(self.url).path


class Ckan:
    """A CKAN portal's action API, read only."""

    def __init__(self, base_url: str, transport: Transport, backoff: Backoff) -> None:
        """Raise SourceError if `base_url` is no http or https address."""
        address = urlsplit(base_url)
        if address.scheme not in {"http", "https"} or not address.netloc:
            raise SourceError(f"The portal's address must begin with http:// or https://, not {base_url!r}.")
        self._base = base_url.rstrip("/")
        self._transport = transport
        self._backoff = backoff

    def resource(self, resource_id: str) -> CkanResource:
        """Ask for one resource. Raises NotPublishedError if the portal has none of that id."""
        return self._resource(self._call("resource_show", {"id": resource_id}))

    def package(self, package: str) -> tuple[CkanResource, ...]:
        """Ask for the resources of a package. Raises NotPublishedError if the portal has none of that name."""
        result = self._call("package_show", {"id": package})
        resources = result.get("resources")
        if not isinstance(resources, list):
            raise SourceError(f"{host_of(self._base)} describes the package {package} without resources.")
        return tuple(self._resource(item) for item in resources if isinstance(item, Mapping))

    def row_count(self, resource_id: str) -> int | None:
        """Count the rows of a resource in the portal's own tables; None if it does not say.

        Raises NotPublishedError if it keeps no table of it.
        """
        total = self._call("datastore_search", {"resource_id": resource_id, "limit": "0"}).get("total")
        return total if isinstance(total, int) else None

    def _call(self, action: str, params: Mapping[str, str]) -> Mapping[str, Any]:
        return self._backoff.run(lambda: self._call_once(action, params))

    def _call_once(self, action: str, params: Mapping[str, str]) -> Mapping[str, Any]:
        asked = f"{action} {params.get('id') or params.get('resource_id')}"
        with self._transport.get(f"{self._base}/api/3/action/{action}", params=params) as response:
            if is_passing(response.status_code):
                require_success(response, asked)
            body = b"".join(self._transport.body(response))
            answer = _json_object(body)
            if answer is None:
                # A 404 page at this path says that there is no CKAN here, not that a file is gone.
                raise SourceError(
                    f"{host_of(self._base)} does not answer like a CKAN portal"
                    f" (status {response.status_code} for {asked})."
                )
        result = answer.get("result")
        if answer.get("success") is True and isinstance(result, Mapping):
            return result
        message = f"{host_of(self._base)} refused {asked}: {_error_text(answer)}."
        if response.status_code == HTTPStatus.NOT_FOUND:
            raise NotPublishedError(message)
        raise SourceError(message)

    def _resource(self, item: Mapping[str, Any]) -> CkanResource:
        url = str(item.get("url") or "")
        return CkanResource(
            id=str(item.get("id") or ""),
            title=str(item.get("name") or ""),
            url=urljoin(f"{self._base}/", url) if url else "",
            changed_on=_day(item.get("last_modified") or item.get("created")),
            size=_whole_number(item.get("size")),
            is_active=item.get("state", "active") == "active",
        )


def _json_object(body: bytes) -> Mapping[str, Any] | None:
    try:
        answer = json.loads(body)
    except ValueError:
        return None
    return answer if isinstance(answer, Mapping) else None


def _error_text(answer: Mapping[str, Any]) -> str:
    error = answer.get("error")
    if isinstance(error, Mapping):
        # A validation error names the field instead of a message.
        return str(error.get("message") or {key: error[key] for key in error if key != "__type"})
    return str(error or "no reason given")


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def _whole_number(value: object) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() else None
