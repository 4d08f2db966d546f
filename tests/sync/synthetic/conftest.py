"""What the tests of the synthetic world share: worlds, and what a sync of one comes to."""

import pytest

from sync.contracts import CONTRACTS
from sync.manifest_check import resource_now, tables_now
from sync.models import DataQualityIssue, QuarantinedRow, Run
from sync.services import sync_datasets
from sync.sources import DirectorySource
from sync.synthetic.world import World, write_world


def resources_now(report):
    """What the ledger says of the runs of a sync; what each counts of its findings is there."""
    found = {}
    for result in report.runs:
        run = Run.objects.get(pk=result.run)
        assert run.issues == DataQualityIssue.objects.filter(run=run).count()
        assert run.quarantined == QuarantinedRow.objects.filter(run=run).count()
        found[result.dataset] = resource_now(run)
    return found


@pytest.fixture
def sync_folder(transactional_db):
    """Sync a folder; answers with the runs and the tables in the manifest's words."""

    def sync(folder):
        report = sync_datasets(source=DirectorySource(folder, CONTRACTS))
        assert {run.status for run in report.runs} <= {"published", "unchanged"}, [run.message for run in report.runs]
        return resources_now(report), tables_now()

    return sync


@pytest.fixture(scope="session")
def worlds(tmp_path_factory):
    """Folders of worlds, each written once per test run, with their manifests."""
    written = {}

    def world(*, seed=1, scale=0.02, week=0):
        key = (seed, scale, week)
        if key not in written:
            folder = tmp_path_factory.mktemp("world")
            written[key] = (folder, write_world(folder, World(*key)))
        return written[key]

    return world
