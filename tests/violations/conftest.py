"""What the tests of findings share: reference data, also after tests that empty every table."""

from importlib import import_module

import pytest
from django.apps import apps

from violations.models import Pollutant


@pytest.fixture(autouse=True)
def _reference_data(request):
    """Tests that commit end with empty tables, of what migrations have loaded too."""
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("transactional_db" if _commits(request.node) else "db")
        if not Pollutant.objects.exists():
            import_module("violations.migrations.0004_reference_data").load(apps, None)


def _commits(node):
    return node.get_closest_marker("django_db").kwargs.get("transaction", False)
