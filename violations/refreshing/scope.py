"""What a refresh has to look at: the dischargers and facilities whose records have changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from violations.computation.statements import execute, fetch
from violations.models import StaleRecord

# Tables of the refresh's transaction, each with a column `id`.
ENROLLMENTS, PLANTS, ORPHANS, FACILITIES = (
    "refresh_enrollment",
    "refresh_plant",
    "refresh_orphan",
    "refresh_facility",
)
_NOTED = "refresh_noted"
_KINDS = StaleRecord.Kind
# So many dischargers noted, and half of all: to refresh everything is the shorter way, as after a first load.
MANY = 10_000
_MOST = 0.5


@dataclass(frozen=True, slots=True)
class RefreshScope:
    """Everything, or what the four tables name; and whether inspections or enforcement actions have changed."""

    is_everything: bool
    has_events: bool
    is_empty: bool


def make_table(name: str, query: str, *, keys: str = "") -> str:
    """Fill a table of this transaction from a query, and take its statistics (of `keys`); returns its name."""
    execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
    execute(f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS {query}")
    execute(f"ANALYZE {name} ({keys})" if keys else f"ANALYZE {name}")
    return name


def load_table(name: str, columns: str, rows: Iterable[Sequence[Any]]) -> str:
    """Fill a table of this transaction with rows of ours; returns its name."""
    execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
    execute(f"CREATE TEMPORARY TABLE {name} ({columns}) ON COMMIT DROP")
    with connection.cursor() as cursor, cursor.copy(f"COPY {name} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    execute(f"ANALYZE {name}")
    return name


def take_notes(*, is_full: bool) -> RefreshScope:
    """Take what has been noted, and make the tables of the scope.

    Notes of a transaction that has not ended yet are not seen, and stay for the next refresh.
    """
    make_table(_NOTED, "SELECT kind, record_id AS id FROM violations_stalerecord LIMIT 0")
    execute(f"""
        WITH taken AS (DELETE FROM violations_stalerecord RETURNING kind, record_id)
        INSERT INTO {_NOTED} SELECT DISTINCT kind, record_id FROM taken
    """)
    execute(f"ANALYZE {_NOTED}")
    kinds = {kind for (kind,) in fetch(f"SELECT DISTINCT kind FROM {_NOTED}")}
    is_everything = is_full or _KINDS.EVERYTHING in kinds or _are_most_noted()
    if not is_everything:
        _make_tables(f"SELECT id FROM {_NOTED} WHERE kind = '{_KINDS.FACILITY}'")
    return RefreshScope(is_everything, is_everything or _KINDS.EVENTS in kinds, not (kinds or is_full))


def _are_most_noted() -> bool:
    ((noted, known),) = fetch(f"""
        SELECT (SELECT count(*) FROM {_NOTED} WHERE kind IN ('{_KINDS.ENROLLMENT}', '{_KINDS.PLANT}')),
            (SELECT count(*) FROM facilities_smartsenrollment) + (SELECT count(*) FROM facilities_esmrfacility)
    """)
    return bool(noted >= MANY and noted >= _MOST * known)


def take_facilities(facility_ids: Iterable[int]) -> RefreshScope:
    """The scope of these facilities alone; notes stay where they are."""
    make_table(_NOTED, "SELECT kind, record_id AS id FROM violations_stalerecord LIMIT 0")
    listed = ", ".join(str(int(facility)) for facility in facility_ids)
    _make_tables(f"SELECT unnest(ARRAY[{listed}]::bigint[]) AS id")
    return RefreshScope(is_everything=False, has_events=False, is_empty=not listed)


def _make_tables(facilities: str) -> None:
    """The four tables: what was noted, with the members of noted facilities and the facilities of noted members."""
    named = make_table("refresh_named_facility", f"SELECT DISTINCT f.id FROM ({facilities}) f")
    members = (
        (ENROLLMENTS, _KINDS.ENROLLMENT, "facilities_smartsenrollment"),
        (PLANTS, _KINDS.PLANT, "facilities_esmrfacility"),
    )
    for name, kind, table in members:
        make_table(
            name,
            f"""
            SELECT n.id FROM {_NOTED} n WHERE n.kind = '{kind}'
            UNION
            SELECT m.id FROM {named} f CROSS JOIN LATERAL (
                SELECT m.id FROM {table} m WHERE m.facility_id = f.id
            ) m
            """,
        )
    make_table(ORPHANS, f"SELECT n.id FROM {_NOTED} n WHERE n.kind = '{_KINDS.ORPHAN}'")
    homes = " UNION ".join(
        f"""
        SELECT m.facility_id FROM {name} s CROSS JOIN LATERAL (
            SELECT m.facility_id FROM {table} m WHERE m.id = s.id AND m.facility_id IS NOT NULL
        ) m
        """
        for name, _, table in members
    )
    make_table(FACILITIES, f"SELECT id FROM {named} UNION {homes}")
