"""What the tests of the pipeline share: a directory that a publisher fills, and the sync of it."""

from pathlib import Path

import pytest

from sync.contracts import CONTRACTS
from sync.models import Resource, Run
from sync.services import RunResult, SyncOptions, SyncReport, sync_datasets
from sync.sources import DirectorySource
from tests.published_files import csv_bytes, file_name
from tests.sync.portal import portal

__all__ = ["portal"]  # the fixture


class Publisher:
    """A directory of published files; `publish` replaces the one of a resource, `sync` loads them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def publish(self, resource: str, *rows: dict[str, str], **form) -> Path:
        """Write the resource's file with these rows; `form` as in `csv_bytes`."""
        return self.publish_bytes(resource, csv_bytes(resource.partition(":")[0], rows, **form))

    def publish_bytes(self, resource: str, content: bytes) -> Path:
        path = self.folder / file_name(resource)
        path.write_bytes(content)
        return path

    def withdraw(self, resource: str) -> None:
        (self.folder / file_name(resource)).unlink()

    def sync_all(self, *requests: str, **options: bool) -> SyncReport:
        """Sync what is there, and check that every published run accounts for every row."""
        source = DirectorySource(self.folder, CONTRACTS)
        report = sync_datasets(source=source, requests=requests, options=SyncOptions(**options))
        for result in report.runs:
            if result.status == Run.Status.PUBLISHED:
                accounted = result.inserted + result.updated + result.unchanged + result.duplicate + result.quarantined
                assert result.read == accounted, result
        return report

    def sync(self, resource: str, **options: bool) -> RunResult:
        """Sync one resource."""
        (result,) = self.sync_all(resource, **options).runs
        return result

    def load(self, resource: str, *rows: dict[str, str], **form) -> RunResult:
        """Publish the rows, sync them, and insist that they are published."""
        self.publish(resource, *rows, **form)
        result = self.sync(resource)
        assert result.status == Run.Status.PUBLISHED, result.message
        return result


@pytest.fixture
def publisher(tmp_path) -> Publisher:
    folder = tmp_path / "published"
    folder.mkdir()
    return Publisher(folder)


@pytest.fixture
def run_of():
    """The ledger's entry of a result."""

    def find(result: RunResult) -> Run:
        assert result.run is not None
        return Run.objects.get(pk=result.run)

    return find


@pytest.fixture
def last_published():
    def find(resource: str) -> Run | None:
        return Resource.objects.get(slug=resource).last_published

    return find
