"""The app's name in Django: it has no tables, only the command `bench`."""

from django.apps import AppConfig


class BenchConfig(AppConfig):
    """Measurements against stated limits."""

    name = "stormwater.bench"
    label = "bench"
    verbose_name = "Bench"
