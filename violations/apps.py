"""The app's name in Django."""

from django.apps import AppConfig


class ViolationsConfig(AppConfig):
    """Violations."""

    name = "violations"
    verbose_name = "Violations"
