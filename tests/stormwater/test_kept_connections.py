"""Connections that are kept between requests: one that the server ended is not used again, a quiet one is not asked."""

import time
from copy import deepcopy

import pytest
from django.db import ProgrammingError, connection
from django.db.backends.postgresql.base import DatabaseWrapper as PostgreSQLWrapper
from psycopg_pool import ConnectionPool

from stormwater.database.backend.base import DatabaseWrapper, is_quiet

pytestmark = pytest.mark.django_db


@pytest.fixture
def wrapper():
    """Another connection to the same database, as another thread has one."""
    made = DatabaseWrapper(deepcopy(connection.settings_dict), "default")
    yield made
    made.close()


@pytest.fixture
def pooled():
    """The same from a pool."""
    settings = deepcopy(connection.settings_dict) | {"CONN_MAX_AGE": 0}
    settings["OPTIONS"] = {"pool": {"min_size": 1, "max_size": 1, "timeout": 10}}
    made = DatabaseWrapper(settings, "default")
    yield made
    made.close()
    made.close_pool()


def number_of(wrapper):
    """The server's number of the connection."""
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def end(number):
    """Let the server end a connection, and wait until it has."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [number])
        assert cursor.fetchone() == (True,)


def wait_until_told(wrapper):
    deadline = time.monotonic() + 5
    while is_quiet(wrapper.connection) and time.monotonic() < deadline:
        time.sleep(0.01)


def test_a_connection_that_the_server_ended_is_not_used_again(wrapper):
    number = number_of(wrapper)
    wrapper.health_check_done = False
    end(number)
    wait_until_told(wrapper)
    assert not wrapper.is_usable()
    assert number_of(wrapper) != number


def test_one_of_the_pool_that_the_server_ended_is_not_used_again(pooled):
    number = number_of(pooled)
    kept = pooled.connection
    pooled.close()
    end(number)
    deadline = time.monotonic() + 5
    while is_quiet(kept) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert number_of(pooled) != number


def test_a_quiet_connection_is_used_again_without_asking(wrapper, pooled, monkeypatch):
    def ask(*_):
        raise AssertionError

    numbers = number_of(wrapper), number_of(pooled)
    pooled.close()
    wrapper.health_check_done = False
    monkeypatch.setattr(PostgreSQLWrapper, "is_usable", ask)
    monkeypatch.setattr(ConnectionPool, "check_connection", ask)
    assert (number_of(wrapper), number_of(pooled)) == numbers


def test_a_connection_whose_transaction_has_failed_is_not_usable(wrapper):
    wrapper.set_autocommit(False)
    with wrapper.cursor() as cursor, pytest.raises(ProgrammingError):
        cursor.execute("SELECT nothing")
    assert not wrapper.is_usable()
    wrapper.rollback()
    assert wrapper.is_usable()
