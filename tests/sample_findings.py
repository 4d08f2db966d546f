"""Findings of the sample files, for tests that show them."""

from datetime import date
from importlib import import_module

from django.apps import apps

from violations.models import Exceedance, Indeterminate, Pollutant
from violations.refreshing.refresh import refresh_violations
from violations.services import compute_exceedances


def compute_findings():
    """Findings of the sample files, and two comparisons that cannot be made, of which they have none."""
    if not Pollutant.objects.exists():  # a test that commits has emptied every table
        import_module("violations.migrations.0004_reference_data").load(apps, None)
    compute_exceedances(as_of=date(2026, 10, 1))
    refresh_violations()
    of_plants = Exceedance.objects.filter(esmr_facility__isnull=False).order_by("pk")[:2]
    names = [field.name for field in Indeterminate._meta.concrete_fields if field.name not in {"id", "public_id"}]
    for number, found in enumerate(of_plants):
        values = {name: getattr(found, name) for name in names}
        Indeterminate.objects.create(public_id=f"ind-{number}", **values)
