"""What differs from the manifest is found and named."""

import copy

import pytest

from monitoring.models import Unit
from sync.manifest_check import finding_differences, ledger_differences, table_differences
from sync.models import Run


@pytest.fixture
def synced(sync_folder, worlds):
    """The manifest of a small world that was synced, and the number of the run of each resource."""
    folder, manifest = worlds(scale=0.001)
    sync_folder(folder)
    return copy.deepcopy(manifest), dict(Run.objects.values_list("resource__slug", "pk"))


def test_nothing_differs_after_a_sync_until_something_does(synced):
    manifest, runs = synced
    assert table_differences(manifest) == ledger_differences(manifest, runs) == []

    Unit.objects.create(name="furlong")
    (line,) = table_differences(manifest)
    assert line.startswith("week 0, table units: ")

    del runs["smarts_violations"]
    manifest["resources"]["smarts_inspections"]["inserted"] += 1
    lines = ledger_differences(manifest, runs)
    assert sorted(line.partition(": ")[0] for line in lines) == [
        "week 0, smarts_inspections",
        "week 0, smarts_violations",
    ]


def test_findings_that_were_not_computed_differ(synced):
    manifest, _ = synced
    assert any(line.startswith("findings, totals: {}") for line in finding_differences(manifest))
