"""The app's name in Django: it has no tables; it composes the others, measures the API, and has the doctor."""

from django.apps import AppConfig


class OverviewConfig(AppConfig):
    """What composes all apps."""

    name = "stormwater.overview"
    label = "overview"
    verbose_name = "Overview"
