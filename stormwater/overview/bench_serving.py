"""Servers to measure, and clients that ask them."""

import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection

from django.db import connection

from stormwater.errors import UserError
from stormwater.overview import bench_reference
from stormwater.overview.bench_requests import HOST, WARMING, Asked
from stormwater.settings import BASE_DIR

WORKERS, CLIENTS = 2, 8
OURS, REFERENCE = "stormwater.wsgi:application", "stormwater.overview.bench_reference:application"
_START_SECONDS = 30


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
def serving(application: str, *, statements: str = "") -> Iterator[int]:
    """A gunicorn of ours with this application; gives its port, and ends it."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        port: int = free.getsockname()[1]
    settings = connection.get_connection_params()
    places = ("host", "port", "user", "password", "dbname")
    place = " ".join(f"{name}={settings[name]}" for name in places if settings.get(name))
    environment = os.environ | {
        "STORMWATER_ANON_RATE": "",
        "ALLOWED_HOSTS": f"{HOST},.bench",
        bench_reference.STATEMENTS: statements,
        bench_reference.CONNECTION: place,
    }
    command = [sys.executable, "-m", "gunicorn", application, "-w", str(WORKERS), "-b", f"{HOST}:{port}"]
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*command, "--log-level", "error"], cwd=BASE_DIR, env=environment
    )
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=_START_SECONDS)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.1)
    raise UserError("gunicorn did not start.")
