"""Bringing one file from the portal to this machine, over as many attempts as it takes."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import BinaryIO, NoReturn

import requests

from sync.sources.base import Progress, Validators
from sync.sources.errors import DamagedFile, SourceError, TransportError, TruncatedBodyError
from sync.sources.part_file import PartFile, ResumePoint
from sync.sources.transport import Transport, host_of, require_success

Clock = Callable[[], float]

_STALL_SECONDS = 60.0
_STALL_BYTES_PER_SECOND = 1024


@dataclass(frozen=True, slots=True)
class Received:
    """What the server said about the file that is now complete in the part file."""

    etag: str | None
    last_modified: str | None
    not_modified: bool = False  # nothing was sent: the published file is still the newest


class Download:
    """The download of one URL into one part file; `attempt` may be called until it succeeds."""

    def __init__(
        self,
        transport: Transport,
        url: str,
        part: PartFile,
        *,
        previous: Validators | None,
        on_bytes: Progress,
        clock: Clock = time.monotonic,
    ) -> None:
        self._transport = transport
        self._url = url
        self._part = part
        self._previous = previous
        self._on_bytes = on_bytes
        self._clock = clock

    def attempt(self) -> Received:
        """Fetch what is missing, or find that nothing has changed since `previous`.

        Raises TransportError if it broke off or came damaged on the way (what arrived is kept if
        it can be continued), DamagedFile for a success without a file, SourceError for a refusal.
        """
        resume = self._part.resume_point(self._url)
        headers = _range_headers(resume) if resume else self._conditional_headers()
        with self._transport.get(self._url, headers=headers) as response:
            if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and resume:
                self._give_up_part("the portal cannot continue the file")
            require_success(response, self._url)
            return self._take(response, resume)

    def _take(self, response: requests.Response, resume: ResumePoint | None) -> Received:
        etag, last_modified = response.headers.get("ETag"), response.headers.get("Last-Modified")
        status = response.status_code
        if status == HTTPStatus.NOT_MODIFIED:
            if resume or not self._conditional_headers():
                raise SourceError(f"{host_of(self._url)} answered 304 to a request without conditions.")
            return Received(etag, last_modified, not_modified=True)
        if status == HTTPStatus.PARTIAL_CONTENT:
            if resume is None:
                raise TransportError(f"{host_of(self._url)} sent a part of the file, unasked.")
            total = self._matching_total(response, resume)
            self._receive(response, self._part.extend(), resume.offset, total)
            return Received(etag, last_modified or resume.last_modified)
        if status != HTTPStatus.OK:
            # 202 is how some firewalls ask for a browser, 204 how others say nothing.
            raise DamagedFile(f"{host_of(self._url)} answered {status} instead of a file for {self._url}.")
        # Also the answer to a range that no longer applies: the file changed, so all of it comes.
        is_packed = _is_packed(response)
        file = self._part.begin(self._url, None if is_packed else etag, last_modified)
        length = response.headers.get("Content-Length", "")
        whole = int(length) if length.isdecimal() and not is_packed else None
        self._receive(response, file, 0, whole)
        return Received(etag, last_modified)

    def _receive(self, response: requests.Response, file: BinaryIO, done: int, total: int | None) -> None:
        stall = _StallWatch(self._clock, host_of(self._url))
        try:
            for chunk in self._transport.body(response):
                self._part.write(file, chunk)
                done += len(chunk)
                self._on_bytes(done, total)
                if done != total:
                    stall.note(len(chunk))
        finally:
            self._part.close(file)
        if total is not None and done != total:
            if done > total:
                self._part.discard()
            raise TruncatedBodyError(f"{host_of(self._url)} sent {done} of {total} bytes of {self._url}.")

    def _matching_total(self, response: requests.Response, resume: ResumePoint) -> int:
        """Return the length of the whole file, once it is sure that what comes is the part asked for."""
        found = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", response.headers.get("Content-Range", "").strip())
        # A server that overlooks If-Range sends the rest of the new version.
        if response.headers.get("ETag") != resume.etag or _is_packed(response):
            self._give_up_part("the file changed meanwhile")
        if found is None or int(found[1]) != resume.offset or int(found[2]) + 1 != int(found[3]):
            self._give_up_part("the portal continued it at the wrong place")
        return int(found[3])

    def _give_up_part(self, reason: str) -> NoReturn:
        self._part.discard()
        raise TransportError(f"The download of {self._url} starts over: {reason}.")

    def _conditional_headers(self) -> dict[str, str]:
        previous = self._previous
        # An ETag or a date is a statement about one URL. Without the raw file a 304 is no help.
        if previous is None or previous.location != self._url or not previous.path.is_file():
            return {}
        headers = {}
        if previous.etag:
            headers["If-None-Match"] = previous.etag
        if previous.last_modified:
            headers["If-Modified-Since"] = previous.last_modified
        return headers


class _StallWatch:
    """Notices a body that comes so slowly that it would keep a worker for days.

    The read timeout does not: it starts anew with every byte.
    """

    def __init__(self, clock: Clock, host: str) -> None:
        self._clock = clock
        self._host = host
        self._since = clock()
        self._bytes = 0

    def note(self, count: int) -> None:
        """Count what came. Raises TransportError if that was too little for too long."""
        self._bytes += count
        seconds = self._clock() - self._since
        if seconds < _STALL_SECONDS:
            return
        if self._bytes < seconds * _STALL_BYTES_PER_SECOND:
            raise TransportError(f"{self._host} sent only {self._bytes} bytes in {seconds:.0f} s.")
        self._since += seconds
        self._bytes = 0


def _range_headers(resume: ResumePoint) -> dict[str, str]:
    return {"Range": f"bytes={resume.offset}-", "If-Range": resume.etag}


def _is_packed(response: requests.Response) -> bool:
    return response.headers.get("Content-Encoding", "identity").strip().lower() not in {"", "identity"}
