"""What the tests of findings share: reference data, also after tests that empty every table."""

import pytest

from tests.reference_data import load_missing_reference_data


@pytest.fixture(autouse=True)
def _reference_data(request):
    """Tests that commit end with empty tables, of what migrations have loaded too."""
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("transactional_db" if _commits(request.node) else "db")
        load_missing_reference_data()


def _commits(node):
    return node.get_closest_marker("django_db").kwargs.get("transaction", False)
