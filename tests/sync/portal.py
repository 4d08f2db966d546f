"""A CKAN portal on this machine, for tests: a real HTTP server that can fail on purpose.

    from tests.sync.portal import FakePortal, portal  # `portal` is a fixture

    def test_something(portal):
        violations = portal.publish(CONTRACTS["smarts_violations"], b"VIOLATION_ID\\n1\\n")
        violations.fail(status=503, times=2)
        ...PortalSource(portal.url, ...)...
        assert portal.downloads[0].headers["User-Agent"] == ...

It answers `package_show`, `resource_show` and `datastore_search`, and serves files with ETag,
Last-Modified, conditions and ranges. What it was asked is in `portal.seen`, in order.
"""

import gzip
import hashlib
import json
import re
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, quote, unquote, urlsplit

import pytest

from sync.contracts.base import DatasetContract

HTML_PAGE = b"<!DOCTYPE html>\n<html><head><title>Maintenance</title></head><body>Back soon</body></html>\n"


@dataclass
class Fault:
    """What goes wrong with one answer."""

    status: int = 200
    retry_after: str | None = None
    drop_after: int | None = None  # bytes of the body before the connection ends
    body: bytes | None = None  # sent instead of the file, with the status, as a whole


@dataclass
class Seen:
    """One request, and the status it was answered with."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    status: int = 0


@dataclass
class PortalFile:
    """A published file. Change its attributes at any time; the next request sees it.

    `fail`, `drop`, `send_page` queue faults: each spoils one request of the file, in that order.
    """

    resource_id: str
    title: str
    package: str
    file_name: str
    body: bytes
    changed: str = "2026-10-01T08:00:00.000000"
    last_modified: str | None = "Thu, 01 Oct 2026 08:00:00 GMT"
    etag: str | None = "auto"  # "auto": made from the body
    content_type: str = "text/csv"
    is_dump: bool = False  # served from the portal's table, at /datastore/dump/
    table_rows: int | None = None  # what datastore_search says of it; None: there is no table
    size: int | None = None  # what CKAN says, which may be wrong
    has_weak_etag: bool = False
    ignores_range: bool = False  # answers 200 with all of it
    ignores_if_range: bool = False  # continues whatever there is now
    ignores_conditions: bool = False  # never answers 304
    continues_at: int | None = None  # sends another range than the one asked for
    claimed_length: int | None = None  # lies about Content-Length
    is_chunked: bool = False  # no Content-Length
    is_packed: bool = False  # Content-Encoding: gzip, asked or not
    pause: float = 0.0  # seconds before each answer
    piece: int | None = None  # bytes per write: a trickle
    redirect: str | None = None  # answers 302 with this Location
    is_gone: bool = False  # file: 404, though CKAN lists it
    faults: list[Fault] = field(default_factory=list)

    def fail(self, *, status: int = 503, times: int = 1, retry_after: str | None = None) -> None:
        self.faults += [Fault(status=status, retry_after=retry_after, body=b"failing\n")] * times

    def drop(self, *, after: int, times: int = 1) -> None:
        self.faults += [Fault(drop_after=after)] * times

    def send_page(self, page: bytes = HTML_PAGE, *, status: int = 200, times: int = 1) -> None:
        self.faults += [Fault(status=status, body=page)] * times

    @property
    def path(self) -> str:
        if self.is_dump:
            return f"/datastore/dump/{self.resource_id}"
        return f"/dataset/{self.package}/resource/{self.resource_id}/download/{quote(self.file_name)}"

    @property
    def current_etag(self) -> str | None:
        etag = self.etag
        if etag == "auto":
            etag = f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'
        return f"W/{etag}" if etag and self.has_weak_etag else etag


class FakePortal:
    """The portal: publish files, spoil them, look at what was asked."""

    def __init__(self) -> None:
        self.files: dict[str, PortalFile] = {}
        self.seen: list[Seen] = []
        self.api_faults: list[Fault] = []  # each spoils one API call
        self.packages_gone: set[str] = set()
        self.max_parallel = 0
        self._parallel = 0
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.portal = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._is_running = False

    def __enter__(self) -> Self:
        self._thread.start()
        self._is_running = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Go off the air: connections are refused from now on."""
        if self._is_running:
            self._is_running = False
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def downloads(self) -> list[Seen]:
        return [seen for seen in self.seen if not seen.path.startswith("/api/")]

    @property
    def calls(self) -> list[Seen]:
        return [seen for seen in self.seen if seen.path.startswith("/api/")]

    def publish(
        self,
        contract: DatasetContract,
        body: bytes,
        *,
        year: int | None = None,
        day: str = "2026-10-01",
        **attributes: Any,
    ) -> PortalFile:
        """Publish a file of a contract under the name and the resource id that the real portal uses."""
        stem = contract.file_stem.format(year=year)
        if year is None:
            resource_id, title = contract.resource_id, contract.title
        else:
            resource_id = contract.years.get(year) or str(uuid.uuid4())
            title = f"Self-Monitoring Report (eSMR) - Analytical Export - Year {year}"
        values = {
            "resource_id": resource_id,
            "title": title,
            "package": contract.package,
            "file_name": f"{stem}_{day}.csv",
            "changed": f"{day}T08:00:00.000000",
        }
        return self.add(PortalFile(body=body, **(values | attributes)))

    def add(self, file: PortalFile) -> PortalFile:
        """Publish any file."""
        self.files[file.resource_id] = file
        return file

    def withdraw(self, file: PortalFile) -> None:
        del self.files[file.resource_id]

    def describe(self, file: PortalFile) -> dict[str, Any]:
        """What CKAN says of a file."""
        return {
            "id": file.resource_id,
            "name": file.title,
            "package_id": file.package,
            "url": self.url + file.path,
            "format": "CSV",
            "state": "active",
            "created": "2018-01-01T00:00:00.000000",
            "last_modified": file.changed,
            "size": file.size,
            "datastore_active": file.table_rows is not None,
        }

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count the requests that are under way at once."""
        with self._lock:
            self._parallel += 1
            self.max_parallel = max(self.max_parallel, self._parallel)
        try:
            yield
        finally:
            with self._lock:
                self._parallel -= 1


class _Server(ThreadingHTTPServer):
    portal: FakePortal
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet: clients that hang up are part of the game."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10
    server: _Server

    def do_GET(self) -> None:
        portal = self.server.portal
        address = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(address.query).items()}
        self.seen = Seen(unquote(address.path), query, dict(self.headers))
        portal.seen.append(self.seen)
        if address.path.startswith("/api/3/action/"):
            self._answer_call(portal, address.path.rpartition("/")[2], query)
            return
        file = next((file for file in portal.files.values() if file.path == address.path), None)
        moved = re.fullmatch(r"/moved/(.+)", address.path)
        if moved:
            file = portal.files.get(moved[1])
        if file is None or file.is_gone:
            self._send(404, HTML_PAGE, {"Content-Type": "text/html"})
        elif file.redirect and not moved:
            self._send(302, b"", {"Location": file.redirect})
        else:
            self._answer_file(portal, file)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
        """Keep quiet."""

    def _answer_call(self, portal: FakePortal, action: str, query: dict[str, str]) -> None:
        if portal.api_faults:
            fault = portal.api_faults.pop(0)
            headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
            self._send(fault.status, fault.body or b"", headers, drop_after=fault.drop_after)
            return
        asked = query.get("id") or query.get("resource_id", "")
        file = portal.files.get(asked)
        result: dict[str, Any] | None = None
        if action == "resource_show" and file:
            result = portal.describe(file)
        elif action == "package_show" and asked not in portal.packages_gone:
            listed = [portal.describe(file) for file in portal.files.values() if file.package == asked]
            result = {"name": asked, "resources": listed} if listed else None
        elif action == "datastore_search" and file and file.table_rows is not None:
            result = {"records": [], "total": file.table_rows}
        if result is None:
            error = {"message": "Not found", "__type": "Not Found Error"}
            self._send_json(404, {"success": False, "error": error})
        else:
            self._send_json(200, {"success": True, "result": result})

    def _answer_file(self, portal: FakePortal, file: PortalFile) -> None:
        fault = file.faults.pop(0) if file.faults else Fault()
        with portal.counted():
            time.sleep(file.pause)
        # Counted up to here: the client may ask again as soon as it has the last byte.
        if fault.body is not None:
            headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
            self._send(fault.status, fault.body, headers)
            return
        etag = file.current_etag
        headers = {"Content-Type": file.content_type, "Accept-Ranges": "bytes"}
        if etag:
            headers["ETag"] = etag
        if file.last_modified:
            headers["Last-Modified"] = file.last_modified
        if not file.ignores_conditions and self._is_unchanged(file, etag):
            self._send(304, b"", headers)
            return
        start = self._range_start(file, etag)
        if start is not None and start >= len(file.body):
            self._send(416, b"", {"Content-Range": f"bytes */{len(file.body)}"})
            return
        status, body = 200, file.body
        if start is not None:
            start = start if file.continues_at is None else file.continues_at
            headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
            status, body = 206, body[start:]
        if file.is_packed:
            headers["Content-Encoding"] = "gzip"
            body = gzip.compress(body, mtime=0)
        self._send(status, body, headers, file=file, drop_after=fault.drop_after)

    def _is_unchanged(self, file: PortalFile, etag: str | None) -> bool:
        # If-Modified-Since counts only where there is no If-None-Match.
        if "If-None-Match" in self.headers:
            return etag is not None and self.headers["If-None-Match"].removeprefix("W/") == etag.removeprefix("W/")
        return file.last_modified is not None and self.headers.get("If-Modified-Since") == file.last_modified

    def _range_start(self, file: PortalFile, etag: str | None) -> int | None:
        found = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if found is None or file.ignores_range:
            return None
        if_range = self.headers.get("If-Range")
        is_same = if_range is None or (if_range == etag and not if_range.startswith("W/"))
        return int(found[1]) if is_same or file.ignores_if_range else None

    def _send_json(self, status: int, answer: dict[str, Any]) -> None:
        self._send(status, json.dumps(answer).encode(), {"Content-Type": "application/json"})

    def _send(
        self,
        status: int,
        body: bytes,
        headers: dict[str, str],
        *,
        file: PortalFile | None = None,
        drop_after: int | None = None,
    ) -> None:
        self.seen.status = status
        is_chunked = file is not None and file.is_chunked
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if is_chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif status != 304:
            claimed = file.claimed_length if file and file.claimed_length is not None else len(body)
            self.send_header("Content-Length", str(claimed))
            if claimed != len(body):
                self.close_connection = True
        self.end_headers()
        sent = body if drop_after is None else body[:drop_after]
        step = (file.piece if file else None) or max(len(sent), 1)
        for at in range(0, len(sent), step):
            piece = sent[at : at + step]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if is_chunked else piece)
            self.wfile.flush()
        if drop_after is not None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        elif is_chunked:
            self.wfile.write(b"0\r\n\r\n")


@pytest.fixture
def portal(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakePortal]:
    """A portal without files, on the air during one test."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")  # a developer's proxy must not get in between
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with FakePortal() as running:
        yield running
