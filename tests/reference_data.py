"""The reference data that migrations load, for tests that commit: whatever emptied the tables before took it along."""

from importlib import import_module

from django.apps import apps

from facilities.models import County
from violations.models import Pollutant


def load_missing_reference_data():
    """Load regions and counties, pollutants and benchmarks, unless they are there."""
    if not County.objects.exists():
        import_module("facilities.migrations.0002_reference_data").load(apps, None)
    if not Pollutant.objects.exists():
        import_module("violations.migrations.0004_reference_data").load(apps, None)
