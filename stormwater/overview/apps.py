"""The app's name in Django: it composes the others, and measures the API."""

from django.apps import AppConfig


class OverviewConfig(AppConfig):
    """What composes all apps."""

    name = "stormwater.overview"
    label = "overview"
    verbose_name = "Overview"
