"""An installation of its own for tests that kill things: a data folder, a database server, and two weeks of files."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg

from stormwater.database.dropping import drop_database, send_clients_away
from stormwater.database.server import DATABASE, EmbeddedServer
from stormwater.settings import BASE_DIR

EMPTY = "before_the_first_week"
BEFORE = "before_the_second_week"


class Installation:
    """A data folder with a database of its own, and two weeks of files."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.first_week = folder / "first-week"
        self.second_week = folder / "second-week"
        self.server = EmbeddedServer(self.data)

    def command(self, *arguments: str) -> subprocess.Popen[str]:
        """Start manage.py on this installation, in a process group of its own."""
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        environment["STORMWATER_DATA_DIR"] = str(self.data)
        return subprocess.Popen(
            [sys.executable, str(BASE_DIR / "manage.py"), *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str) -> str:
        """Run manage.py to its end; returns what it printed."""
        process = self.command(*arguments)
        output, errors = process.communicate()
        assert process.returncode == 0, errors
        return output

    def connect(self, database: str = DATABASE) -> psycopg.Connection:
        """A connection in autocommit mode."""
        found = self.server.ensure_running()
        return psycopg.connect(host=found.host, port=found.port, user=found.user, dbname=database, autocommit=True)

    def copy_database(self, source: str, target: str) -> None:
        """Make `target` a copy of `source`, whoever is still connected to either."""
        with self.connect("postgres") as connection:
            send_clients_away(connection, source)
            drop_database(connection, target)
            connection.execute(f"CREATE DATABASE {target} TEMPLATE {source} STRATEGY file_copy")

    def prepare(self, scale: str) -> None:
        """Load the first week, and have the second week's files ready.

        The database is kept as it is before the first week (`EMPTY`) and after it (`BEFORE`).
        """
        self.run("synthesize", "--out", str(self.first_week), "--scale", scale)
        shutil.copytree(self.first_week, self.second_week)
        self.run("synthesize", "--out", str(self.second_week), "--next-week")
        self.run("migrate")
        self.copy_database(DATABASE, EMPTY)
        self.run("sync", "--from", str(self.first_week))
        self.copy_database(DATABASE, BEFORE)

    def go_back(self, to: str = BEFORE) -> None:
        """Make the database what it was before the second week, or before the first."""
        self.copy_database(to, DATABASE)
