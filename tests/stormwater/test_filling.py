"""Filling an empty table: afterwards it is as it was, with rows in it."""

import pytest
from django.db import connection

from stormwater.database.filling import indexes_built_afterwards

TABLE = "filled_by_a_test"


@pytest.fixture
def table(db):
    with connection.cursor() as cursor:
        cursor.execute(f"""
            CREATE TABLE {TABLE} (id integer PRIMARY KEY, name text, year integer, CONSTRAINT one_name UNIQUE (name));
            CREATE INDEX by_year ON {TABLE} (year DESC) WHERE year > 2000;
            CREATE INDEX in_blocks ON {TABLE} USING brin (year) WITH (pages_per_range = 4)
        """)
    return TABLE


def indexes(table):
    """Index -> its definition, the constraint that it belongs to, and the file that it lies in."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), pg_get_constraintdef(c.oid),
                pg_relation_filenode(i.indexrelid)
            FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid WHERE i.indrelid = %s::regclass
            """,
            [table],
        )
        return {name: tuple(rest) for name, *rest in cursor.fetchall()}


def insert(table, number):
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} VALUES (%s, %s, 2020)", [number, f"name {number}"])


def test_an_empty_table_has_no_index_while_it_is_filled_and_the_same_ones_afterwards(table):
    before = indexes(table)
    with indexes_built_afterwards(table) as was_empty:
        assert was_empty
        assert indexes(table) == {}
        insert(table, 1)
    assert len(before) == 4
    assert {name: found[:2] for name, found in indexes(table).items()} == {
        name: found[:2] for name, found in before.items()
    }
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table} WHERE name = 'name 1'")
        assert cursor.fetchone() == (1,)


def test_the_indexes_of_a_table_with_rows_stay(table):
    insert(table, 1)
    before = indexes(table)
    with indexes_built_afterwards(table) as was_empty:
        assert not was_empty
        assert indexes(table) == before
        insert(table, 2)
    assert indexes(table) == before


def test_a_table_whose_references_are_checked_at_the_end_can_be_filled(table):
    with connection.cursor() as cursor:
        cursor.execute(f"""
            CREATE TABLE referred_to_by_a_test (id integer PRIMARY KEY);
            INSERT INTO referred_to_by_a_test VALUES (2020);
            ALTER TABLE {TABLE} ADD FOREIGN KEY (year) REFERENCES referred_to_by_a_test DEFERRABLE INITIALLY DEFERRED
        """)
    with indexes_built_afterwards(table):
        insert(table, 1)
    assert len(indexes(table)) == 4
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_constraint WHERE conrelid = %s::regclass AND condeferred", [table])
        assert cursor.fetchone() == (1,)


def test_it_has_its_statistics_when_it_is_filled(table):
    with indexes_built_afterwards(table):
        insert(table, 1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table])
        assert cursor.fetchone() == (1,)
        cursor.execute("SELECT count(*) FROM pg_stats WHERE tablename = %s", [table])
        assert cursor.fetchone() == (3,)


class TestRowsThatAreCounted:
    @pytest.fixture(autouse=True)
    def few(self, monkeypatch):
        monkeypatch.setattr("stormwater.database.filling.WORTHWHILE", 2)

    @pytest.mark.parametrize("stored, coming, is_done", [(2, 2, True), (3, 2, False), (0, 2, True), (0, 1, False)])
    def test_indexes_are_built_afterwards_if_the_table_at_least_doubles(self, table, stored, coming, is_done):
        for number in range(stored):
            insert(table, number)
        before = indexes(table)
        with indexes_built_afterwards(table, coming=coming) as was_done:
            assert was_done is is_done
            assert len(indexes(table)) == (0 if is_done else 4)
            insert(table, 99)
        assert {name: found[:2] for name, found in indexes(table).items()} == {
            name: found[:2] for name, found in before.items()
        }
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone() == (stored + 1,)

    def test_an_index_that_a_foreign_key_refers_to_stays(self, table):
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TABLE refers_to_it (id integer REFERENCES {TABLE})")
        before = indexes(table)
        with indexes_built_afterwards(table, coming=2) as was_done:
            assert was_done
            assert list(indexes(table)) == [f"{TABLE}_pkey"]
            insert(table, 1)
        assert indexes(table).keys() == before.keys()
