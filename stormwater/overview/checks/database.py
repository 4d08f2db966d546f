"""Whether the database can be used, and is the one that the code expects."""

from collections.abc import Iterator

from django.contrib.postgres.operations import CreateExtension
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import Error as AnyDatabaseError

from stormwater.overview.checks.finding import Finding, error

MIGRATE = "Run: manage.py migrate"


def check_database() -> Iterator[Finding]:
    """It answers, and its version is one that the project is written for (the backend refuses an older one)."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except AnyDatabaseError as problem:
        yield error(
            "database",
            f"The database cannot be used: {problem}",
            "With DATABASE_URL: is that server up, and are name and password right? Without: manage.py database start",
        )


def check_migrations() -> Iterator[Finding]:
    """Every migration is applied, and the database knows none that the code does not."""
    executor = MigrationExecutor(connection)
    missing = [f"{step.app_label}.{step.name}" for step, _ in executor.migration_plan(_leaves(executor))]
    if missing:
        yield error("migrations", f"{len(missing)} migrations are not applied, {missing[0]} first.", MIGRATE)
    apps = {app for app, _ in executor.loader.disk_migrations}
    unknown = sorted(
        f"{app}.{name}"
        for app, name in executor.loader.applied_migrations
        if app in apps and (app, name) not in executor.loader.disk_migrations
    )
    if unknown:
        yield error(
            "migrations",
            f"The database has {unknown[0]}, which this code does not: a newer version was here.",
            "Install the newer version again, or restore the backup from before it.",
        )


def check_extensions() -> Iterator[Finding]:
    """The extensions that migrations have made are there: a restored dump can be without them."""
    operations = [
        operation
        for migration in MigrationExecutor(connection).loader.disk_migrations.values()
        for operation in migration.operations
    ]
    wanted = sorted({operation.name for operation in operations if isinstance(operation, CreateExtension)})
    with connection.cursor() as cursor:
        cursor.execute("SELECT extname FROM pg_extension")
        found = {name for (name,) in cursor.fetchall()}
    for name in wanted:
        if name not in found:
            yield error(
                "extensions",
                f"The database has no extension {name}.",
                f'As a superuser of it: CREATE EXTENSION "{name}". It is in PostgreSQL\'s contrib package.',
            )


def _leaves(executor: MigrationExecutor) -> list[tuple[str, str]]:
    return list(executor.loader.graph.leaf_nodes())
