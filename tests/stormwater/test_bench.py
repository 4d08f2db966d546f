"""The bench: on a database that someone uses, nothing is measured that writes."""

import pytest
from django.core.management import call_command

from stormwater.bench.registry import all_measurements, reading_measurements
from stormwater.errors import UserError


def test_what_loads_or_empties_tables_is_not_measured_on_a_database_in_use():
    assert set(reading_measurements()) == {"api"}
    assert {"sync", "api-during-sync"} <= set(all_measurements())
    with pytest.raises(UserError, match="There is no measurement sync; there are: api"):
        call_command("bench", "sync", "--loaded")
