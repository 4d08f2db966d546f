"""What the server must be able to do."""

from django.db.backends.postgresql.features import DatabaseFeatures as PostgreSQLFeatures


class DatabaseFeatures(PostgreSQLFeatures):
    """PostgreSQL's features, from the oldest version that the project is written for."""

    minimum_database_version = (16,)
