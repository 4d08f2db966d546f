"""Writes: the data versions."""

from collections.abc import Iterable

from django.db import connection

from stormwater.api.families import Family


def bump_data_versions(*, families: Iterable[Family]) -> None:
    """Say that the data of these families have changed; inside the transaction that changes them.

    Every cached answer and ETag that depends on one of them is out of date from the commit on. Call
    it last: the rows stay locked until the transaction ends. No family, no write.
    """
    # In one order, whoever bumps what: two transactions cannot wait for each other. A second after any family's last
    # change, since an answer's date is that of the youngest of its families.
    names = sorted({Family(family).value for family in families})
    if not names:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO api_dataversion AS known (family, version, changed_at)
            SELECT name, 1, greatest(clock_timestamp(), later.moment)
            FROM unnest(%s::text[]) WITH ORDINALITY AS given (name, rank),
                (SELECT max(changed_at) + interval '1 second' FROM api_dataversion) AS later (moment)
            ORDER BY rank
            ON CONFLICT (family) DO UPDATE SET
                version = known.version + 1,
                changed_at = greatest(excluded.changed_at, known.changed_at + interval '1 second')
            """,
            [names],
        )
