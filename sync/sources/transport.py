"""HTTP as this project speaks it: who we are, how long we wait, how many at once, what failed."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.client import IncompleteRead
from threading import BoundedSemaphore
from urllib.parse import urlsplit

import requests
import urllib3

from sync.sources.errors import (
    NotPublishedError,
    PortalUnreachableError,
    SourceError,
    TransportError,
    TruncatedBodyError,
)

# Shared by all sources of the process: the limit is a courtesy to the portal, not to one caller.
REQUEST_SLOTS = BoundedSemaphore(2)

_CHUNK = 1 << 20
# Mistakes in an address or an endless redirect; all other failures of requests may pass.
_HOPELESS = (
    requests.exceptions.InvalidURL,  # includes InvalidProxyURL
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    requests.exceptions.TooManyRedirects,
)


class Transport:
    """Sends GET requests, each once: trying again is the caller's decision (`backoff.Backoff`)."""

    def __init__(
        self,
        user_agent: str,
        *,
        connect_timeout: float = 10.0,
        read_timeout: float = 60.0,
        slots: BoundedSemaphore = REQUEST_SLOTS,
    ) -> None:
        self._user_agent = user_agent
        self._timeouts = (connect_timeout, read_timeout)
        self._slots = slots

    @contextmanager
    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Iterator[requests.Response]:
        """Open `url` with the body still unread; redirects are followed, to http and https only.

        Whatever status came is for the caller to judge. The request slot is held until the
        `with` block ends. Raises PortalUnreachableError or TransportError if there was no answer,
        SourceError if the address is none.
        """
        with self._slots, requests.Session() as session:
            # Identity: lengths and ranges then count the bytes of the file itself.
            session.headers.update({"User-Agent": self._user_agent, "Accept-Encoding": "identity"})
            try:
                response = session.get(url, headers=headers, params=params, timeout=self._timeouts, stream=True)
            except _HOPELESS as error:
                raise SourceError(f"{url} is no address that can be fetched: {error}.") from error
            except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
                message = f"{host_of(url)} could not be reached: {self._reason(error)}."
                raise PortalUnreachableError(message) from error
            with response:
                yield response

    def body(self, response: requests.Response) -> Iterator[bytes]:
        """Yield the body as it arrives, unpacked if the server packed it in spite of what we asked.

        Raises TransportError if it breaks off or stops coming.
        """
        try:
            # read1 returns what has arrived, so that a trickle is seen as one: iter_content would
            # wait for a full chunk.
            while chunk := response.raw.read1(_CHUNK, decode_content=True):
                yield chunk
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            message = f"{host_of(response.url)} broke off while sending: {self._reason(error)}."
            is_short = any(isinstance(cause, IncompleteRead) for cause in _causes(error))
            raise (TruncatedBodyError if is_short else TransportError)(message) from error

    def _reason(self, error: Exception) -> str:
        """Say the cause in a few words; what requests prints is a chain of class names."""
        causes = list(_causes(error))
        kinds: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
            ((ConnectionRefusedError,), "it refused the connection"),
            ((urllib3.exceptions.NameResolutionError,), "its name is not known"),
            ((urllib3.exceptions.ProxyError,), "the proxy did not let us through"),
            ((urllib3.exceptions.SSLError,), "the encrypted connection failed (certificate?)"),
            # A kind of ConnectTimeoutError to urllib3, so it has to come before that.
            ((urllib3.exceptions.NewConnectionError,), "no connection can be made"),
            ((urllib3.exceptions.ConnectTimeoutError,), f"no connection within {self._timeouts[0]:g} s"),
            ((urllib3.exceptions.ReadTimeoutError, TimeoutError), f"nothing came for {self._timeouts[1]:g} s"),
            ((IncompleteRead,), "the end is missing"),
            ((urllib3.exceptions.DecodeError,), "what came cannot be unpacked"),
        )
        for classes, words in kinds:
            if any(isinstance(cause, classes) for cause in causes):
                return words
        return "the connection broke"


def require_success(response: requests.Response, wanted: str) -> None:
    """Raise unless the status is a success; `wanted` says in the message what was asked for.

    TransportError for 429 and 5xx, which may pass; NotPublishedError for 404 and 410; SourceError else.
    """
    status = response.status_code
    if status < HTTPStatus.BAD_REQUEST:
        return
    message = f"{host_of(response.url)} answered {status} {_phrase(status)} for {wanted}."
    if is_passing(status):
        raise TransportError(message, retry_after=_retry_after(response.headers.get("Retry-After")))
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        raise NotPublishedError(message)
    raise SourceError(message)


def is_passing(status: int) -> bool:
    """Whether the same request may succeed later: too many requests, or a fault of the server."""
    return status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def host_of(url: str) -> str:
    """Return the host (and port) of a URL, for messages."""
    return urlsplit(url).netloc.rpartition("@")[2] or url


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "(no known status)"


def _retry_after(value: str | None) -> float | None:
    """Seconds to wait, from a header that gives seconds or a date; None if it gives neither."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:  # the zone "-0000"
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and everything it was made from: requests and urllib3 nest them three ways."""
    seen: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        cause = waiting.pop()
        if isinstance(cause, BaseException) and cause not in seen:
            seen.append(cause)
            yield cause
            waiting += [cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args]
