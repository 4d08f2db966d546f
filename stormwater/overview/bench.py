"""Measurements of the API: pages of its lists against a minimal view with the same SQL.

Both run under gunicorn with two workers, asked by eight clients. No page is asked for twice before
the caches are measured, so that each is cold. A list is added to `PAGES` by a function that yields
requests of its own.
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import product
from urllib.parse import urlencode, urlsplit

from django.db import connection
from django.http import QueryDict

from facilities.api import FACILITIES
from facilities.reference_data import COUNTIES
from monitoring.api import ESMR_SAMPLES, SMARTS_MONITORING
from stormwater.api.list_query import read_list_query
from stormwater.api.listing import Listing
from stormwater.api.reading import page_statement, with_limits
from stormwater.bench.figures import Figure, paired_ratio
from stormwater.bench.processes import run_command
from stormwater.bench.registry import Conditions, measurement
from stormwater.errors import UserError
from stormwater.overview import bench_reference
from stormwater.overview.soak import measure_soak
from stormwater.settings import BASE_DIR
from violations.api import SMARTS_VIOLATIONS

WORKERS, CLIENTS = 2, 8
REQUESTS, WARMING = 160, 40  # of each list; the first ones only warm the servers
DEFAULT_SCALE = 0.05
LIMIT = 3  # times the reference
CACHED_LIMIT = 1 / 3  # of an uncached page

Query = dict[str, str]


@dataclass(frozen=True, slots=True)
class Pages:
    """The requests of one list to measure."""

    title: str
    listing: Listing
    queries: Callable[[], Iterator[Query]]


def _violations() -> Iterator[Query]:
    for year, county in product(range(2024, 2014, -1), COUNTIES):
        yield {
            "county": county,
            "occurrence_date__gte": f"{year}-01-01",
            "occurrence_date__lte": f"{year}-12-31",
            "ordering": "-occurrence_date",
        }


def _busiest(sql: str) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} ORDER BY count(*) DESC, 1, 2 LIMIT {REQUESTS}")
        return list(cursor.fetchall())


def _smarts_samples() -> Iterator[Query]:
    rows = _busiest(
        "SELECT f.public_id, p.name FROM monitoring_smartssample s JOIN facilities_smartsenrollment e "
        "ON e.id = s.enrollment_id JOIN facilities_facility f ON f.id = e.facility_id "
        "JOIN monitoring_parameter p ON p.id = s.parameter_id GROUP BY f.public_id, p.name"
    )
    for facility, parameter in rows:
        yield {"facility": facility, "parameter": parameter}


def _esmr_samples() -> Iterator[Query]:
    rows = _busiest(
        "SELECT f.place_id, p.name FROM monitoring_esmrsample s JOIN facilities_esmrfacility f "
        "ON f.id = s.esmr_facility_id JOIN monitoring_parameter p ON p.id = s.parameter_id GROUP BY f.place_id, p.name"
    )
    for place, parameter in rows:
        yield {"place_id": str(place), "parameter": parameter}


def _facilities() -> Iterator[Query]:
    rows = _busiest(
        "SELECT word, '' FROM facilities_facility, regexp_split_to_table(name, '[^A-Za-z]+') AS word "
        "WHERE length(word) > 3 GROUP BY word"
    )
    for word, _ in rows:
        yield {"search": word}


PAGES = (
    Pages("50 violations of a county and year", SMARTS_VIOLATIONS, _violations),
    Pages("50 stormwater samples of a facility and parameter", SMARTS_MONITORING, _smarts_samples),
    Pages("50 eSMR samples of a facility and parameter", ESMR_SAMPLES, _esmr_samples),
    Pages("50 facilities by search", FACILITIES, _facilities),
)


measurement("soak")(measure_soak)


@measurement("api")
def measure_api(conditions: Conditions) -> Iterator[Figure]:
    """A page of each list, cold, against the reference; again from the cache, and as a 304."""
    _load_world(conditions)
    addresses = {pages.title: _addresses(pages) for pages in PAGES}
    statements = conditions.folder / "statements.json"
    statements.write_text(json.dumps({query: sql for found in addresses.values() for query, sql in found}))
    for pages in PAGES:
        conditions.say(f"  {pages.title}")
        queries = [query for query, _ in addresses[pages.title]]
        path = f"/api/{pages.listing.path}"
        ours, references, cold, kept, unmodified = [], [], [], [], []
        for _ in range(conditions.pairs):
            with _serving("stormwater.overview.bench_reference:application", statements=str(statements)) as site:
                references.append(_ask(site, queries).seconds)
            with _serving("stormwater.wsgi:application") as site:
                asked = _ask(f"{site}{path}", queries)
                ours.append(asked.seconds)
                cold += asked.latencies
                _ask(f"{site}{path}", queries)  # fills the cache of the other worker, too
                kept.append(_ask(f"{site}{path}", queries).seconds)
                unmodified.append(_ask(f"{site}{path}", queries, etags=asked.etags).seconds)
        reference = "minimal WSGI view with the same SQL"
        yield paired_ratio(pages.title, ours, references, reference=reference, limit=LIMIT)
        for percent in (50, 95, 99):
            yield Figure(
                f"p{percent} of it", _percentile(cold, percent) * 1000, "ms", note=f"{CLIENTS} clients at once"
            )
        if pages.listing.tier.seconds:
            yield paired_ratio("the same from the cache", kept, ours, reference="uncached", limit=CACHED_LIMIT)
        yield paired_ratio("the same as a 304", unmodified, ours, reference="uncached", limit=CACHED_LIMIT)


def _load_world(conditions: Conditions) -> None:
    """A world of the wanted scale in the bench's database, unless it is there already."""
    folder = conditions.folder / f"world-{conditions.scale or DEFAULT_SCALE:g}"
    if not folder.exists():
        conditions.say("  making the files")
        run_command("synthesize", "--out", str(folder), "--scale", str(conditions.scale or DEFAULT_SCALE))
    conditions.say("  loading them")
    run_command("sync", "--from", str(folder), "--json")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _addresses(pages: Pages) -> list[tuple[str, str]]:
    """The query strings to ask for, each with the SQL that it means."""
    found = []
    for query in pages.queries():
        text = urlencode(query)
        read = read_list_query(pages.listing, QueryDict(text), {}, is_export=False)
        statement = page_statement(pages.listing, read)
        if statement is not None:
            found.append((text, _literal(with_limits(statement.sql), statement.parameters)))
        if len(found) == REQUESTS:
            break
    if len(found) <= WARMING:
        raise UserError(f"There is too little data to measure {pages.title}: give a larger --scale.")
    return found


def _literal(sql: str, parameters: Sequence[object]) -> str:
    with connection.cursor() as cursor:
        return str(cursor.mogrify(sql, parameters))


@dataclass(frozen=True, slots=True)
class _Asked:
    seconds: float
    latencies: list[float]
    etags: dict[str, str]


def _ask(address: str, queries: Sequence[str], etags: dict[str, str] | None = None) -> _Asked:
    """Ask for all pages, by eight clients at once; what only warms is not counted."""
    host, path = urlsplit(address).netloc, urlsplit(address).path or "/"
    found: dict[str, str] = {}

    def ask(query: str) -> float:
        start = time.perf_counter()
        # Not `requests`, which takes longer than the server on the cores that they share.
        client = HTTPConnection(host, timeout=30)
        client.request("GET", f"{path}?{query}", headers={"If-None-Match": etags[query]} if etags else {})
        response = client.getresponse()
        body = response.read()
        client.close()
        seconds = time.perf_counter() - start
        if response.status != (304 if etags else 200):
            raise UserError(f"{address}?{query} answered {response.status}: {body[:300]!r}")
        found[query] = response.headers.get("ETag", "")
        return seconds

    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(ask, queries[:WARMING]))
        start = time.perf_counter()
        latencies = list(clients.map(ask, queries[WARMING:]))
        seconds = time.perf_counter() - start
    return _Asked(seconds, latencies, found)


@contextmanager
def _serving(application: str, *, statements: str = "") -> Iterator[str]:
    """A gunicorn of ours with this application; gives its address, and ends it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = connection.get_connection_params()
    place = f"host={settings['host']} port={settings['port']} user={settings['user']} dbname={settings['dbname']}"
    environment = os.environ | {
        "STORMWATER_ANON_RATE": "",
        bench_reference.STATEMENTS: statements,
        bench_reference.CONNECTION: place,
    }
    command = [sys.executable, "-m", "gunicorn", application, "-w", str(WORKERS), "-b", f"127.0.0.1:{port}"]
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*command, "--log-level", "error"], cwd=BASE_DIR, env=environment
    )
    try:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise UserError("gunicorn did not start.")


def _percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]
