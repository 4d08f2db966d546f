"""Dropping a database that somebody may still be connected to."""

import psycopg
from psycopg import sql


def send_clients_away(server: psycopg.Connection, name: str) -> None:
    """Close every other client's connection to the database `name`.

    Autovacuum workers are left alone, which only a superuser may end: `DROP DATABASE` and `CREATE DATABASE` send
    them away themselves. `WITH (FORCE)` does not serve here: it fails where one is at work.
    """
    server.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = %s AND backend_type = 'client backend' AND pid <> pg_backend_pid()",
        [name],
    )


def drop_database(server: psycopg.Connection, name: str) -> None:
    """Drop the database `name` if there is one, whoever is connected to it. `server` is in autocommit mode."""
    send_clients_away(server, name)
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
