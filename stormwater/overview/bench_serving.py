"""Servers to measure, and clients that ask them."""

import statistics
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from django.db import connection

from stormwater.bench.serving import SITE, under_gunicorn
from stormwater.errors import UserError
from stormwater.overview import bench_reference
from stormwater.overview.bench_requests import HOST, WARMING, Asked

CLIENTS = 8
OURS, REFERENCE = SITE, "stormwater.overview.bench_reference:application"


@dataclass(frozen=True, slots=True)
class Answers:
    """How long the answers took together and one by one, in seconds, and their ETags."""

    seconds: float
    latencies: list[float]
    etags: dict[Asked, str]

    def percentile(self, percent: int) -> float:
        """So many per cent of the answers came within these seconds."""
        return percentile(self.latencies, percent)


def percentile(values: Sequence[float], percent: int) -> float:
    """The value below which so many per cent of the values lie."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def ask(port: int, requests: Sequence[Asked], etags: dict[Asked, str] | None = None) -> Answers:
    """Ask for all, by eight clients at once; the first ones only warm the servers and are not counted."""
    found: dict[Asked, str] = {}

    def timed(asked: Asked) -> float:
        seconds, found[asked] = ask_once(port, asked, etags[asked] if etags else "")
        return seconds

    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(timed, requests[:WARMING]))
        start = time.perf_counter()
        latencies = list(clients.map(timed, requests[WARMING:]))
        seconds = time.perf_counter() - start
    return Answers(seconds, latencies, found)


def ask_once(port: int, asked: Asked, etag: str = "") -> tuple[float, str]:
    """Ask for one address; returns the seconds that it took, and the ETag. With an `etag`, a 304 is expected."""
    start = time.perf_counter()
    # Not `requests`, which takes longer than the server on the cores that they share.
    client = HTTPConnection(HOST, port, timeout=60)
    client.putrequest("GET", asked.address, skip_host=True)
    client.putheader("Host", asked.host)
    if etag:
        client.putheader("If-None-Match", etag)
    client.endheaders()
    response = client.getresponse()
    body = response.read()
    client.close()
    seconds = time.perf_counter() - start
    if response.status != (304 if etag else 200):
        raise UserError(f"{asked.address} answered {response.status}: {body[:300]!r}")
    return seconds, response.headers.get("ETag", "")


@contextmanager
def serving(application: str, *, folder: Path, statements: str = "") -> Iterator[int]:
    """Serve `application` as the site is served; gives its port. What it has to say goes to a log in `folder`."""
    settings = connection.get_connection_params()
    places = ("host", "port", "user", "password", "dbname")
    environment = {
        "ALLOWED_HOSTS": f"{HOST},.bench",
        bench_reference.STATEMENTS: statements,
        bench_reference.CONNECTION: " ".join(f"{name}={settings[name]}" for name in places if settings.get(name)),
    }
    with under_gunicorn(application, log=folder / "api-servers.log", environment=environment) as site:
        yield site.port
