"""What must not grow: connections, memory of the site, temporary files."""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

from stormwater.bench.serving import Site
from stormwater.database.server import EmbeddedServer
from sync.models import RawFile


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is at one moment."""

    connections: int  # of our programs to the database, this process's own included
    worker_mb: float  # resident memory of the largest process that answers
    leftovers: tuple[str, ...]  # files that should be gone, and work tables
    raw_files: int


def size_now(site: Site, temporary: Path) -> Size:
    """Look, while nobody is at work."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        (connections,) = cursor.fetchone()
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'staging'")
        tables = [f"table staging.{name}" for (name,) in cursor.fetchall()]
    raw_dir, data_dir = Path(settings.RAW_DIR), Path(settings.DATA_DIR)
    kept = RawFile.objects.filter(removed_at=None).values_list("path", flat=True)
    raw, known = _files_below(raw_dir), {str(raw_dir / path) for path in kept}
    unknown = [path for path in raw if path not in known]
    work = [temporary, data_dir / "downloads", EmbeddedServer(data_dir).cluster / "base" / "pgsql_tmp"]
    left = [path for folder in work for path in _files_below(folder)]
    return Size(connections, max(site.worker_megabytes()), (*tables, *unknown, *left), len(raw))


def _files_below(folder: Path) -> list[str]:
    return [str(path) for path in sorted(folder.rglob("*")) if path.is_file()] if folder.exists() else []
