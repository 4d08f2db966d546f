"""The app's name in Django."""

from django.apps import AppConfig


class FacilitiesConfig(AppConfig):
    """Facilities and their identity."""

    name = "facilities"
    verbose_name = "Facilities and their identity"
