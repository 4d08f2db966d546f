"""The API's own Django app: one table, the data versions."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The shared parts of the public API."""

    name = "stormwater.api"
    label = "api"
    verbose_name = "API"

    def ready(self) -> None:
        """Keep the clients' tokens out of the admin, where they would be shown: `drf_create_token` makes them."""
        from django.contrib import admin
        from rest_framework.authtoken.models import TokenProxy

        if admin.site.is_registered(TokenProxy):
            admin.site.unregister(TokenProxy)
