"""The app's name in Django: it has no tables, only the command `database`."""

from django.apps import AppConfig


class DatabaseConfig(AppConfig):
    """The embedded PostgreSQL server."""

    name = "stormwater.database"
    label = "database"
    verbose_name = "Embedded database"
