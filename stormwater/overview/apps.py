"""The app's name in Django: it has no tables, only the command `doctor`."""

from django.apps import AppConfig


class OverviewConfig(AppConfig):
    """What composes all apps."""

    name = "stormwater.overview"
    label = "overview"
    verbose_name = "Overview"
