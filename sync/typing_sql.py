"""From a published cell to a typed value, as SQL expressions.

A staged cell is text. `clean` makes the three spellings of null one; `typed` turns a clean cell
into a value of its kind, or into null where it is none: it never raises, whatever the cell holds.
`defect` says in one code why a clean cell became null. All take and return SQL text, and the
names they are given come from contracts, never from a file.

They rely on the session settings of `sync.staging.session_settings` (date order, time zone).
"""

from datetime import date

from sync.contracts.base import Column, Kind

EARLIEST = date(1900, 1, 1)  # 0019 and 0202 are typing errors, not history
LATEST = date(2100, 12, 31)

# Magnitudes at or above 10^15 are typing errors in any unit that the data use.
_NUMERIC_RANGE = "numeric(30,15)"
_NUMBER_CHARACTERS = "0123456789.+-eE"
# A numeric has at most 16383 decimals. The shortest cell with more is 1e-16384, and hardly any other is that long.
_LENGTH_OF_TOO_MANY_DECIMALS = 8

# California's box, degrees. The publisher's coordinates outside it are 0,0, or another state.
SOUTH, NORTH, WEST, EAST = 32, 42.1, -124.6, -114


def clean(cell: str) -> str:
    """The cell without surrounding spaces; null for an empty cell, NA and NaN."""
    return f"nullif(nullif(nullif(btrim({cell}), ''), 'NA'), 'NaN')"


def typed(kind: Kind, cell: str) -> str:
    """The value of a clean cell, or null.

    A number loses the zeros behind its last digit: 1.50 is 1.5, however the publisher writes it.
    A date is any day of the calendar here (`plausible` judges it), a coordinate a plain number
    (`coordinate_pair` judges the two).
    """
    # By way of a bounded numeric: 1e-400 is out of range for a double, and would raise.
    degrees = f"{cell}::{_NUMERIC_RANGE}"
    expressions = {
        Kind.TEXT: cell,
        Kind.TIME: cell,
        Kind.NUMERIC: f"CASE WHEN {_is_number(cell)} THEN trim_scale({cell}::numeric) END",
        Kind.LATITUDE: f"CASE WHEN {_is_number(cell)} THEN {degrees}::double precision END",
        Kind.LONGITUDE: f"CASE WHEN {_is_number(cell)} THEN {degrees}::double precision END",
        Kind.INTEGER: _integer(cell),
        Kind.FLAG: f"CASE upper({cell}) WHEN 'Y' THEN true WHEN 'N' THEN false END",
        Kind.DATE: _date(cell),
        Kind.ORACLE_TIMESTAMP: _timestamp(cell),
    }
    return expressions[kind]


def plausible(value: str, latest: date = LATEST) -> str:
    """A typed date or moment, or null if it lies before EARLIEST or after the day `latest`."""
    return f"CASE WHEN {value} >= DATE '{EARLIEST}' AND {value} < DATE '{latest}' + 1 THEN {value} END"


def defect(kind: Kind, cell: str) -> str:
    """The code of what is wrong with a clean cell that `typed` made null."""
    if kind in {Kind.DATE, Kind.ORACLE_TIMESTAMP}:
        value = _date(cell) if kind is Kind.DATE else _timestamp(cell)
        return f"""CASE
            WHEN {value} IS NULL THEN 'not_a_date'
            WHEN {value} NOT BETWEEN DATE '{EARLIEST}' AND DATE '{LATEST}' THEN 'implausible_date'
            ELSE 'future_date'
        END"""
    if kind is Kind.INTEGER:
        return f"CASE WHEN {_is_number(cell)} THEN 'not_a_whole_number' ELSE 'not_a_number' END"
    return "'not_a_flag'" if kind is Kind.FLAG else "'not_a_number'"


def coordinate_pair(latitude: str, longitude: str) -> tuple[str, str, str]:
    """The pair as stored: latitude, longitude, and whether the longitude's sign was repaired.

    A positive longitude of the right size is the same place with the sign forgotten. Any other
    pair outside California's box is null, and so is half a pair.
    """
    is_unsigned = f"{longitude} BETWEEN {-EAST} AND {-WEST}"
    signed = f"CASE WHEN {is_unsigned} THEN -{longitude} ELSE {longitude} END"
    inside = f"{latitude} BETWEEN {SOUTH} AND {NORTH} AND ({signed}) BETWEEN {WEST} AND {EAST}"
    return (
        f"CASE WHEN {inside} THEN {latitude} END",
        f"CASE WHEN {inside} THEN {signed} END",
        f"coalesce({inside} AND {is_unsigned}, false)",
    )


def is_coordinate(column: Column) -> bool:
    """Whether the column is half of a coordinate pair."""
    return column.kind in {Kind.LATITUDE, Kind.LONGITUDE}


def is_checked(column: Column) -> bool:
    """Whether a cell of the column can fail to be a value: any kind but text."""
    return column.kind not in {Kind.TEXT, Kind.TIME}


def _is_number(cell: str) -> str:
    return (
        f"translate({cell}, '{_NUMBER_CHARACTERS}', '') = '' AND pg_input_is_valid({cell}, '{_NUMERIC_RANGE}') "
        f"AND (length({cell}) < {_LENGTH_OF_TOO_MANY_DECIMALS} OR pg_input_is_valid({cell}, 'numeric'))"
    )


def _integer(cell: str) -> str:
    number = f"{cell}::numeric"
    is_whole = f"{number} % 1 = 0 AND abs({number}) < 2147483648"
    return f"CASE WHEN {_is_number(cell)} THEN CASE WHEN {is_whole} THEN {number}::integer END END"


def _date(cell: str) -> str:
    day = f"left({cell}, 10)"
    return f"""CASE
        WHEN {cell} LIKE '____-__-__' OR {cell} LIKE '%/%/____'
            THEN CASE WHEN pg_input_is_valid({cell}, 'date') THEN {cell}::date END
        WHEN {cell} LIKE '____-__-__T%' OR {cell} LIKE '____-__-__ %'
            THEN CASE WHEN pg_input_is_valid({day}, 'date') THEN {day}::date END
    END"""


def _timestamp(cell: str) -> str:
    # 06-FEB-15 03.58.01.815000 PM: with colons in the first 18 characters PostgreSQL reads it itself.
    oracle = f"translate(left({cell}, 18), '.', ':') || substr({cell}, 19)"
    return f"""CASE
        WHEN {cell} LIKE '__-___-__ __.__.__%'
            THEN CASE WHEN pg_input_is_valid({oracle}, 'timestamp') THEN ({oracle})::timestamp END
        WHEN {cell} LIKE '____-__-__%'
            THEN CASE WHEN pg_input_is_valid({cell}, 'timestamp') THEN {cell}::timestamp END
        ELSE ({_date(cell)})::timestamp
    END"""
