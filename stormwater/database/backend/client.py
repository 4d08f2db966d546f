"""`manage.py dbshell` with the embedded server's own psql, as the machine may have none."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.db.backends.postgresql.client import DatabaseClient as PostgreSQLClient

from stormwater.database.programs import installed_programs
from stormwater.database.server import EmbeddedServer


class DatabaseClient(PostgreSQLClient):
    """PostgreSQL's shell, for either kind of server."""

    @classmethod
    def settings_to_cmd_args_env(
        cls, settings_dict: dict[str, Any], parameters: Iterable[str]
    ) -> tuple[list[str], dict[str, str] | None]:
        data_dir: Path | None = settings_dict.get("EMBEDDED_DATA_DIR")
        if data_dir is None:
            return super().settings_to_cmd_args_env(settings_dict, parameters)
        found = EmbeddedServer(data_dir).ensure_running()
        reached = settings_dict | {"HOST": found.host, "PORT": str(found.port), "USER": found.user}
        (_, *arguments), environment = super().settings_to_cmd_args_env(reached, parameters)
        return [str(installed_programs().folder / "psql"), *arguments], environment
