"""How many rows a query has, when a client asks: exact or estimated, and always said which."""

import json
from typing import Any

from stormwater.api.ledger import ledger_facts
from stormwater.api.list_query import EXACT, ListQuery
from stormwater.api.listing import Listing
from stormwater.api.reading import Statement, compile_rows, fetch_all

COUNT_SECONDS = 5


def count_rows(listing: Listing, query: ListQuery, version: str) -> dict[str, Any]:
    """The `count` of an answer.

    Without filters the ledger knows the number of published records. With filters an exact count
    reads them all, and raises OperationalError when that takes longer than five seconds.
    """
    if listing.is_counted_by_ledger and not query.is_filtered:
        known = ledger_facts(version)
        records = [known[slug].records for slug in listing.datasets if slug in known]
        if records and None not in records:
            return {"value": sum(number or 0 for number in records), "exact": True}
    if query.count == EXACT:
        return {"value": _exact(query), "exact": True}
    return {"value": _estimate(query), "exact": False}


def is_costly(listing: Listing, query: ListQuery) -> bool:
    """Whether the database has to count."""
    return query.count == EXACT and (query.is_filtered or not listing.is_counted_by_ledger)


def _numbers(query: ListQuery) -> Statement | None:
    return compile_rows(query.rows.order_by().values("pk"))


def _exact(query: ListQuery) -> int:
    numbers = _numbers(query)
    if numbers is None:
        return 0
    counted = Statement(f"SELECT count(*) FROM ({numbers.sql}) AS found", numbers.parameters)
    return int(fetch_all(counted, COUNT_SECONDS)[0][0])


def _estimate(query: ListQuery) -> int:
    """What the planner expects. Costs nothing, and can be far off."""
    numbers = _numbers(query)
    if numbers is None:
        return 0
    ((plan,),) = fetch_all(Statement(f"EXPLAIN (FORMAT JSON) {numbers.sql}", numbers.parameters))
    parsed = json.loads(plan) if isinstance(plan, str) else plan
    return int(parsed[0]["Plan"]["Plan Rows"])
