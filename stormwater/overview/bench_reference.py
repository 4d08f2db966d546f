"""The reference of the API's measurements: a minimal WSGI view with the same SQL, and nothing else.

psycopg, rows as dictionaries, orjson. The statements are in the file that the environment names, by address.
"""

import json
import os
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import psycopg

STATEMENTS = "STORMWATER_BENCH_STATEMENTS"
CONNECTION = "STORMWATER_BENCH_CONNECTION"


@cache
def _statements() -> dict[str, list[bytes]]:
    found = json.loads(Path(os.environ[STATEMENTS]).read_text(encoding="utf-8"))
    return {address: [sql.encode() for sql in statements] for address, statements in found.items()}


@cache
def _connection() -> "psycopg.Connection[tuple[Any, ...]]":
    return psycopg.connect(os.environ[CONNECTION], autocommit=True)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The rows of an address's statements as JSON."""
    query = environ["QUERY_STRING"]
    address = f"{environ['PATH_INFO']}?{query}" if query else environ["PATH_INFO"]
    with _connection().cursor() as cursor:
        results = [_rows(cursor, sql) for sql in _statements()[address]]
    body = orjson.dumps({"results": results}, default=_number)
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def _rows(cursor: "psycopg.Cursor[tuple[Any, ...]]", sql: bytes) -> list[dict[str, Any]]:
    cursor.execute(sql)
    while cursor.nextset():
        pass
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _number(value: Any) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError
