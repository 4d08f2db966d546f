"""The connection to either kind of server."""

import select
import time
from pathlib import Path
from typing import Any

import psycopg
from django.db.backends.postgresql.base import DatabaseWrapper as PostgreSQLWrapper
from django.db.utils import OperationalError
from psycopg.pq import ConnStatus, TransactionStatus
from psycopg_pool import ConnectionPool

from stormwater.database.backend.client import DatabaseClient
from stormwater.database.backend.features import DatabaseFeatures
from stormwater.database.errors import EmbeddedServerError
from stormwater.database.server import EmbeddedServer

# With a pool, Django asks for the parameters at every request, and uses them when the pool is made. The embedded server
# is looked after all the same, as often as this: one that died is started again.
_LOOK_SECONDS = 1.0
_looks: dict[Path, tuple[float, dict[str, Any]]] = {}


def is_quiet(connection: "psycopg.Connection[Any]") -> bool:
    """Whether nothing has failed, and the server has said nothing unasked: when it ends a connection, it says so."""
    line = connection.pgconn
    if line.status != ConnStatus.OK or line.transaction_status not in {
        TransactionStatus.IDLE,
        TransactionStatus.INTRANS,
    }:
        return False
    poll = select.poll()
    poll.register(line.socket, select.POLLIN)
    return not poll.poll(0)


def _check(connection: "psycopg.Connection[Any]") -> None:
    """Raise an error for a connection of the pool that cannot be used; a quiet one is not asked."""
    if not is_quiet(connection):
        ConnectionPool.check_connection(connection)


class DatabaseWrapper(PostgreSQLWrapper):
    """A PostgreSQL connection; `EMBEDDED_DATA_DIR` in its settings makes it one to the embedded server there."""

    features_class = DatabaseFeatures
    client_class = DatabaseClient

    def get_connection_params(self) -> dict[str, Any]:
        """Start the embedded server if it does not run: this is asked for only when a connection is made."""
        parameters = super().get_connection_params()
        data_dir: Path | None = self.settings_dict.get("EMBEDDED_DATA_DIR")
        if data_dir is not None:
            parameters |= self._embedded_place(data_dir)
        parameters.setdefault("application_name", "stormwater")  # who it is, in pg_stat_activity
        return parameters

    def is_usable(self) -> bool:
        """Whether a kept connection can be used. A quiet one is not asked: every request would wait for the answer."""
        return self.connection is not None and (is_quiet(self.connection) or super().is_usable())

    @property
    def pool(self) -> "ConnectionPool[Any] | None":
        """The pool, which checks as `is_usable` does; Django has no setting for that."""
        found: ConnectionPool[Any] | None = super().pool
        if found is not None and found._check is not None:
            found._check = _check
        return found

    def _embedded_place(self, data_dir: Path) -> dict[str, Any]:
        """Where the embedded server is, which is started if it does not run."""
        looked_at, place = _looks.get(data_dir, (0.0, {}))
        if self.settings_dict["OPTIONS"].get("pool") and place and time.monotonic() - looked_at < _LOOK_SECONDS:
            return place
        try:
            found = EmbeddedServer(data_dir).ensure_running()
        except EmbeddedServerError as error:
            raise OperationalError(str(error)) from error
        place = {"host": found.host, "port": found.port, "user": found.user}
        _looks[data_dir] = time.monotonic(), place
        return place

    def check_database_version_supported(self) -> None:
        """Refuse a server that is too old, once per process, before the first query."""
        required, *_ = self.features.minimum_database_version or (0,)
        found = self.get_database_version()
        if found < (required,):
            version = ".".join(str(part) for part in found)
            raise OperationalError(
                f"PostgreSQL {required} or later is needed, and the server of DATABASE_URL is {version}. "
                "Upgrade it, or unset DATABASE_URL to use the embedded one."
            )
