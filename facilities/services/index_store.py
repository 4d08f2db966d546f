"""What the matcher keeps between runs: keys, words and sites of records, written set-wise."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from facilities.matching.prepared import PreparedEnrollment, PreparedEsmr
from facilities.matching.rarity import WordRarity, asked_words, asked_words_of_esmr, counted_words
from facilities.matching.stored_keys import enrollment_numbers, esmr_numbers, site_numbers
from stormwater.database.filling import indexes_built_afterwards

_ENROLLMENTS, _ESMR = "facilities_indexedenrollment", "facilities_indexedesmrfacility"
_KEYS_AT_A_TIME = 500
_WORDS, _PAIRS = "facilities_matchword", "facilities_indexedpair"
_ENROLLMENT_COLUMNS = ("enrollment_id", "fingerprint", "keys", "site_keys", "words", "other_words", "site_id")
_ESMR_COLUMNS = ("esmr_facility_id", "fingerprint", "keys", "words")


class Kept(NamedTuple):
    """What was kept of a record: the keys under which it was met, and its counted words."""

    keys: list[int]
    words: list[str]


def enrollment_row(
    pk: int, fingerprint: UUID, enrollment: PreparedEnrollment, rarity: WordRarity, site_id: int
) -> tuple[Any, ...]:
    """What is kept of an enrollment."""
    words = counted_words(enrollment)
    return (
        pk,
        fingerprint,
        enrollment_numbers(enrollment, rarity),
        site_numbers(enrollment),
        sorted(words),
        sorted(asked_words(enrollment) - words),
        site_id,
    )


def esmr_row(pk: int, fingerprint: UUID, esmr: PreparedEsmr, rarity: WordRarity) -> tuple[Any, ...]:
    """What is kept of an eSMR facility."""
    return pk, fingerprint, esmr_numbers(esmr, rarity), sorted(asked_words_of_esmr(esmr))


def forget_everything() -> None:
    """Empty all that is kept."""
    with connection.cursor() as cursor:
        for table in (_ENROLLMENTS, _ESMR, _WORDS, _PAIRS):
            cursor.execute(f"DELETE FROM {table}")


def keep_enrollments(rows: Iterable[tuple[Any, ...]]) -> None:
    """Insert or replace what is kept of enrollments (rows as of `enrollment_row`)."""
    _keep(_ENROLLMENTS, _ENROLLMENT_COLUMNS, rows)


def keep_esmr(rows: Iterable[tuple[Any, ...]]) -> None:
    """Insert or replace what is kept of eSMR facilities (rows as of `esmr_row`)."""
    _keep(_ESMR, _ESMR_COLUMNS, rows)


def keep_word_counts(counts: Mapping[str, int]) -> None:
    """Set the counts of words; one that no enrollment has any more is dropped."""
    _keep(_WORDS, ("word", "enrollments"), ((word, count) for word, count in counts.items() if count > 0))
    gone = [word for word, count in counts.items() if count <= 0]
    if gone:
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {_WORDS} WHERE word = ANY(%s)", [gone])


def forget_pairs(plants: Collection[int]) -> None:
    """Drop the pairs that are kept of these eSMR facilities."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {_PAIRS} WHERE esmr_facility_id = ANY(%s)", [list(plants)])


def keep_pairs(pairs: Collection[tuple[int, int]]) -> None:
    """Keep pairs, as rows of plant and enrollment; there must be none of these yet."""
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {_PAIRS} (esmr_facility_id, enrollment_id) FROM STDIN") as copy,
    ):
        for pair in pairs:
            copy.write_row(pair)


def pairs_that_matter(enrollments: Collection[int]) -> set[tuple[int, int]]:
    """Kept or stored pairs of these enrollments, as rows of plant and enrollment."""
    query = f"""
        SELECT esmr_facility_id, enrollment_id FROM {_PAIRS} WHERE enrollment_id = ANY(%s)
        UNION SELECT esmr_facility_id, enrollment_id FROM facilities_matchcandidate WHERE enrollment_id = ANY(%s)
    """
    with connection.cursor() as cursor:
        cursor.execute(query, [list(enrollments)] * 2)
        return set(cursor.fetchall())


def enrollments_paired_with(plants: Collection[int]) -> set[int]:
    """Enrollments of the kept pairs of these eSMR facilities."""
    return _pks(f"SELECT enrollment_id FROM {_PAIRS} WHERE esmr_facility_id = ANY(%s)", list(plants))


def plants_paired_with(enrollments: Collection[int]) -> set[int]:
    """ESMR facilities of the kept pairs of these enrollments."""
    return _pks(f"SELECT esmr_facility_id FROM {_PAIRS} WHERE enrollment_id = ANY(%s)", list(enrollments))


def set_sites(sites: Mapping[int, int]) -> None:
    """Set the site of enrollments."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE {_ENROLLMENTS} i SET site_id = moved.site_id
            FROM unnest(%s::bigint[], %s::bigint[]) AS moved (id, site_id) WHERE i.enrollment_id = moved.id
            """,
            [list(sites), list(sites.values())],
        )


def _keep(table: str, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    """COPY into a table of the transaction's own, and from there insert or replace."""
    names, key = ", ".join(columns), columns[0]
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE kept ON COMMIT DROP AS SELECT {names} FROM {table} LIMIT 0")
        with cursor.copy(f"COPY kept ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row([_as_array(value) if isinstance(value, list) else value for value in row])
        replaced = ", ".join(f"{column} = EXCLUDED.{column}" for column in columns[1:])
        # A table with rows that were just deleted is one that others may read until we are done.
        cursor.execute(f"SELECT CASE pg_relation_size('{table}') WHEN 0 THEN (SELECT count(*) FROM kept) ELSE 0 END")
        (first_rows,) = cursor.fetchone()
        with indexes_built_afterwards(table, coming=first_rows) as was_empty:
            in_place = "" if was_empty else f"ON CONFLICT ({key}) DO UPDATE SET {replaced}"
            cursor.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM kept ORDER BY {key} {in_place}")
        cursor.execute("DROP TABLE kept")


def _as_array(items: list[Any]) -> str | list[Any]:
    """The items as PostgreSQL writes an array. Where one needs escaping the driver does it, at many times the cost."""
    text = '","'.join(map(str, items))
    is_plain = items and "\\" not in text and text.count('"') == 2 * (len(items) - 1)
    return f'{{"{text}"}}' if is_plain else items


def stored_rarity() -> WordRarity:
    """Word counts of the last run."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT word, enrollments FROM {_WORDS}")
        counts: Counter[str] = Counter(dict(cursor.fetchall()))
    return WordRarity.of(counts, count_kept_enrollments())


def count_kept_enrollments() -> int:
    """Enrollments that the word counts are of."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {_ENROLLMENTS}")
        (number,) = cursor.fetchone()
    return int(number)


def kept_enrollments(pks: Collection[int]) -> dict[int, Kept]:
    """What was kept of these enrollments."""
    return {pk: Kept(keys, words) for pk, keys, words in _select(_ENROLLMENTS, "enrollment_id, keys, words", pks)}


def kept_esmr(pks: Collection[int]) -> dict[int, Kept]:
    """What was kept of these eSMR facilities."""
    return {pk: Kept(keys, words) for pk, keys, words in _select(_ESMR, "esmr_facility_id, keys, words", pks)}


def _select(table: str, columns: str, pks: Collection[int]) -> list[tuple[Any, ...]]:
    key = columns.split(",", 1)[0]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {table} WHERE {key} = ANY(%s)", [list(pks)])
        return cursor.fetchall()


def enrollments_meeting(keys: Collection[int]) -> set[int]:
    """Enrollments that are kept under any of the keys."""
    return _meeting(f"SELECT enrollment_id FROM {_ENROLLMENTS} WHERE keys && %s", keys)


def esmr_meeting(keys: Collection[int]) -> set[int]:
    """ESMR facilities that are kept under any of the keys."""
    return _meeting(f"SELECT esmr_facility_id FROM {_ESMR} WHERE keys && %s", keys)


def _meeting(query: str, keys: Collection[int]) -> set[int]:
    """What is found under any of the keys, some at a time: a long list compared with every row would take minutes."""
    ordered = sorted(keys)
    found: set[int] = set()
    with connection.cursor() as cursor:
        cursor.execute("SHOW enable_seqscan")
        (before,) = cursor.fetchone()
        cursor.execute("SET LOCAL enable_seqscan = off")
        for start in range(0, len(ordered), _KEYS_AT_A_TIME):
            cursor.execute(query, [ordered[start : start + _KEYS_AT_A_TIME]])
            found.update(pk for (pk,) in cursor.fetchall())
        cursor.execute("SELECT set_config('enable_seqscan', %s, true)", [before])
    return found


def enrollments_asking(words: Collection[str]) -> set[int]:
    """Enrollments with any of the words."""
    return _asking(f"SELECT enrollment_id AS pk, words || other_words AS words FROM {_ENROLLMENTS}", words)


def esmr_asking(words: Collection[str]) -> set[int]:
    """ESMR facilities with any of the words."""
    return _asking(f"SELECT esmr_facility_id AS pk, words FROM {_ESMR}", words)


def _asking(rows: str, words: Collection[str]) -> set[int]:
    """Records with any of the words, by one hash join."""
    query = f"""
        SELECT DISTINCT r.pk FROM ({rows}) AS r CROSS JOIN unnest(r.words) AS has (word)
        JOIN unnest(%s::text[]) AS asked (word) USING (word)
    """
    return _pks(query, list(words))


def groups_near(pks: Collection[int], site_keys: Collection[int]) -> set[int]:
    """All members of the sites of these enrollments, and of the sites of those that share a site key with them."""
    near = set(pks) | _meeting(f"SELECT enrollment_id FROM {_ENROLLMENTS} WHERE site_keys && %s", site_keys)
    query = f"""
        SELECT enrollment_id FROM {_ENROLLMENTS} WHERE site_id IN (
            SELECT site_id FROM {_ENROLLMENTS} WHERE enrollment_id = ANY(%s)
        )
    """
    return near | _pks(query, list(near))


def kept_sites(pks: Collection[int]) -> dict[int, int]:
    """The site of these enrollments."""
    return dict(_select(_ENROLLMENTS, "enrollment_id, site_id", pks))


def _pks(query: str, *parameters: list[Any]) -> set[int]:
    if not any(parameters):
        return set()
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return {pk for (pk,) in cursor.fetchall()}
