"""What the measurements of the API ask for, each with the SQL that its answer takes, for the reference to run.

A list is added to `REQUESTS` by a function that yields queries of its own.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.http import QueryDict
from django.test import RequestFactory
from rest_framework.request import Request

from facilities.api import FACILITIES
from facilities.reference_data import COUNTIES
from monitoring.api import ESMR_SAMPLES, SMARTS_MONITORING
from stormwater.api.keyset import BY_NUMBER
from stormwater.api.list_query import RowQuery, read_list_query
from stormwater.api.listing import Listing
from stormwater.api.reading import read_page, read_row
from stormwater.api.views import AnswerView
from stormwater.errors import UserError
from stormwater.overview.complete import CompleteView
from stormwater.overview.dashboard import DashboardView
from violations.api import SMARTS_VIOLATIONS, VIOLATIONS

NUMBER, WARMING = 160, 40  # of each kind; the first ones only warm the servers
HOST = "127.0.0.1"

Query = dict[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: an address with its query, and the host to ask as.

    The cache knows an answer by its whole address, so that one asked for by another name is as cold as another one.
    """

    address: str
    host: str = HOST


@dataclass(frozen=True, slots=True)
class Sample:
    """Requests of one kind, and the SQL of each address."""

    requests: list[Asked]
    statements: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of request: what it may cost, as a multiple of the reference and in milliseconds (p95, p99)."""

    title: str
    sample: Callable[[], Sample]
    limit: float | None
    targets: tuple[int, int]
    is_kept: bool = True  # by the cache


def _list(title: str, listing: Listing, queries: Callable[[], Iterator[Query]]) -> Kind:
    def sample() -> Sample:
        path, requests, statements = f"/api/{listing.path}", [], {}
        for query in queries():
            text = urlencode(query)
            with noted_statements() as noted:
                read_page(listing, _read(listing, query), with_places=False)
            if noted:
                requests.append(Asked(f"{path}?{text}"))
                statements[f"{path}?{text}"] = noted
            if len(requests) == NUMBER:
                break
        if len(requests) <= WARMING:
            raise UserError(f"There is too little data to measure {title}: give a larger --scale.")
        return Sample(requests, statements)

    return Kind(title, sample, limit=3, targets=(200, 400), is_kept=bool(listing.tier.seconds))


def _read(listing: Listing, query: Query) -> Any:
    return read_list_query(listing, QueryDict(urlencode(query)), {}, is_export=False)


def _by_county_and_year(date: str) -> Callable[[], Iterator[Query]]:
    def queries() -> Iterator[Query]:
        for year, county in product(range(2024, 2014, -1), COUNTIES):
            between = {f"{date}__gte": f"{year}-01-01", f"{date}__lte": f"{year}-12-31"}
            yield {"county": county, **between, "ordering": f"-{date}"}

    return queries


def _busiest(sql: str) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} ORDER BY count(*) DESC, 1, 2 LIMIT {NUMBER}")
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


def _lookups() -> Sample:
    """Single facilities by their id."""
    requests, statements = [], {}
    for key in FACILITIES.rows().order_by("pk").values_list("public_id", flat=True)[:NUMBER]:
        address = f"/api/facilities/{key}"
        with noted_statements() as noted:
            read_row(FACILITIES, RowQuery(FACILITIES.fields, ()), key, with_places=False)
        requests.append(Asked(address))
        statements[address] = noted
    return Sample(requests, statements)


def busiest_facility() -> str:
    """Public id of the facility with most samples."""
    rows = _busiest(
        "SELECT f.public_id, '' FROM monitoring_smartssample s JOIN facilities_smartsenrollment e "
        "ON e.id = s.enrollment_id JOIN facilities_facility f ON f.id = e.facility_id GROUP BY f.public_id"
    )
    if not rows:
        raise UserError("There are no samples to measure with: load a world, or give a larger --scale.")
    return str(rows[0][0])


def _complete() -> Sample:
    key = busiest_facility()
    return _answers(f"/api/facilities/{key}/complete", CompleteView(), key=key)


def _dashboard() -> Sample:
    return _answers("/api/dashboard", DashboardView())


def _answers(address: str, view: AnswerView, **path_parts: str) -> Sample:
    """The same answer again and again, each time by another name of the host."""
    with noted_statements() as noted:
        view.get_answer(Request(RequestFactory(SERVER_NAME=HOST).get(address)), **path_parts)
    return Sample([Asked(address, f"{number}.bench") for number in range(NUMBER)], {address: noted})


def first_and_deep_pages() -> tuple[list[Asked], list[Asked]]:
    """The first page of all stormwater samples, and pages behind half of the rows and more: none of them is kept."""
    listing = SMARTS_MONITORING
    path = f"/api/{listing.path}"
    query = _read(listing, {"ordering": BY_NUMBER.name})
    first = listing.rows().order_by("pk").values_list("pk", flat=True)[0]
    last = listing.rows().order_by("-pk").values_list("pk", flat=True)[0]
    behind = [first + (last - first) * (NUMBER + number) // (2 * NUMBER + WARMING) for number in range(NUMBER)]
    cursors = [query.cursor_text((number,), is_backwards=False) for number in behind]
    deep = [Asked(f"{path}?{urlencode({'ordering': BY_NUMBER.name, 'cursor': cursor})}") for cursor in cursors]
    return [Asked(f"{path}?ordering={BY_NUMBER.name}")] * NUMBER, deep


@contextmanager
def noted_statements() -> Iterator[list[str]]:
    """Collects what is asked of the database meanwhile, with the parameters written into it."""
    found: list[str] = []

    def note(execute: Any, sql: Any, parameters: Any, many: Any, context: Any) -> Any:
        found.append(str(context["cursor"].mogrify(sql, parameters)))
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(note):
        yield found


KINDS = (
    _list("50 violations of a county and year", VIOLATIONS, _by_county_and_year("event_date")),
    _list("50 violations on record of a county and year", SMARTS_VIOLATIONS, _by_county_and_year("occurrence_date")),
    _list("50 stormwater samples of a facility and parameter", SMARTS_MONITORING, _smarts_samples),
    _list("50 eSMR samples of a facility and parameter", ESMR_SAMPLES, _esmr_samples),
    _list("50 facilities by search", FACILITIES, _facilities),
    Kind("a facility by its id", _lookups, limit=None, targets=(50, 100)),
    Kind("all of the busiest facility", _complete, limit=4, targets=(300, 500)),
    Kind("the dashboard", _dashboard, limit=3, targets=(500, 1000)),
)
