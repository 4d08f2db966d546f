"""The app's name in Django."""

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    """Self-monitoring results."""

    name = "monitoring"
    verbose_name = "Self-monitoring results"
