"""The app's name in Django."""

from django.apps import AppConfig


class EnforcementConfig(AppConfig):
    """Enforcement and inspections."""

    name = "enforcement"
    verbose_name = "Enforcement and inspections"
