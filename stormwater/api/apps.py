"""The API's own Django app: one table, the data versions."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The shared parts of the public API."""

    name = "stormwater.api"
    label = "api"
    verbose_name = "API"
