"""The connection to either kind of server."""

import time
from pathlib import Path
from typing import Any

from django.db.backends.postgresql.base import DatabaseWrapper as PostgreSQLWrapper
from django.db.utils import OperationalError

from stormwater.database.backend.client import DatabaseClient
from stormwater.database.backend.features import DatabaseFeatures
from stormwater.database.errors import EmbeddedServerError
from stormwater.database.server import EmbeddedServer

# With a pool, Django asks for the parameters at every request, and uses them when the pool is made. The embedded server
# is looked after all the same, as often as this: one that died is started again.
_LOOK_SECONDS = 1.0
_looks: dict[Path, tuple[float, dict[str, Any]]] = {}


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
