"""Writes: the data versions."""

from collections.abc import Iterable

from django.db import connection

from stormwater.api.families import Family


def bump_data_versions(*, families: Iterable[Family]) -> None:
    """Say that the data of these families have changed; inside the transaction that changes them.

    Every cached answer and ETag that depends on one of them is out of date from the commit on. Call
    it last: the rows stay locked until the transaction ends. No family, no write.
    """
    # In one order, whoever bumps what: two transactions cannot wait for each other.
    names = sorted({Family(family).value for family in families})
    if not names:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO api_dataversion AS known (family, version, changed_at)
            SELECT name, 1, clock_timestamp()
            FROM unnest(%s::text[]) WITH ORDINALITY AS given (name, rank) ORDER BY rank
            ON CONFLICT (family) DO UPDATE SET
                version = known.version + 1,
                changed_at = greatest(clock_timestamp(), known.changed_at + interval '1 second')
            """,
            [names],
        )
