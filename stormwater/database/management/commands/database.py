"""`manage.py database start|stop|status`."""

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.db import connection

from stormwater.commands import StormwaterCommand
from stormwater.database.programs import installed_programs
from stormwater.database.server import EmbeddedServer
from stormwater.errors import UserError

STOPPED = 3  # what service scripts report for a service that does not run (LSB)


class Command(StormwaterCommand):
    """Exit status 0 when it is done; `status` gives 0 when the server runs and 3 when it does not; 1 for errors."""

    help = "Start or stop the embedded PostgreSQL server, or say whether it runs. Commands start it by themselves."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=("start", "stop", "status"))

    def handle(self, *_args: Any, action: str, **_options: Any) -> None:
        server = EmbeddedServer(settings.DATA_DIR)
        {"start": self._start, "stop": self._stop, "status": self._status}[action](server)

    def _start(self, server: EmbeddedServer) -> None:
        if settings.DATABASE_URL:
            raise UserError("DATABASE_URL is set, so that server is used and the embedded one is not started.")
        already = server.running() is not None
        found = server.ensure_running()
        state = "runs already" if already else "started"
        self.stdout.write(f"The embedded database {state}: PostgreSQL {installed_programs().version} at {found.host}.")

    def _stop(self, server: EmbeddedServer) -> None:
        done = server.stop()
        self.stdout.write(f"The embedded database {'stopped' if done else 'was not running'}.")

    def _status(self, server: EmbeddedServer) -> None:
        if settings.DATABASE_URL:
            connection.ensure_connection()
            version = ".".join(str(part) for part in connection.get_database_version())
            self.stdout.write(f"The server of DATABASE_URL answers: PostgreSQL {version}.")
            return
        found = server.running()
        if found is None:
            self.stdout.write("The embedded database does not run.")
            sys.exit(STOPPED)
        self.stdout.write(
            f"The embedded database runs: PostgreSQL {installed_programs().version}, process {found.pid}, "
            f"data in {server.cluster}, socket in {found.socket_dir}."
        )
