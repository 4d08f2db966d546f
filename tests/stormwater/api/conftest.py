"""What the tests of the API share: the sample world, loaded once per module, and a client."""

from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client, override_settings

from facilities.services.matching import run_matching
from stormwater.api import ledger
from sync.contracts import CONTRACTS
from sync.services import sync_datasets
from sync.sources import DirectorySource
from tests.facilities.matching.invented import small_world
from tests.facilities.stored import store
from tests.sample_findings import compute_findings
from tests.stormwater.api.staff import GROUPS, Staff

SAMPLES = Path(__file__).resolve().parents[2] / "data" / "portal"


class Api:
    """Asks the API, and reads its answers."""

    def __init__(self) -> None:
        self.client = Client(raise_request_exception=False)

    def get(self, address, **options):
        """The response; `headers=` as in Django's client, the rest are parameters."""
        headers = options.pop("headers", None)
        return self.client.get(address, options or None, headers=headers)

    def json(self, address, **options):
        response = self.get(address, **options)
        assert response.status_code == 200, response.content[:2000]
        return response.json()

    def rows(self, address, **options):
        return self.json(address, **options)["results"]

    def problem(self, address, status=400, /, **options):
        response = self.get(address, **options)
        assert response.status_code == status, response.content[:2000]
        assert response["Content-Type"] == "application/problem+json"
        return response.json()

    def wrong(self, address, **options):
        """Names of the parameters that a 400 complains of."""
        return [error["parameter"] for error in self.problem(address, 400, **options)["errors"]]

    def walk(self, address, **options):
        """All rows, page after page to the end."""
        page = self.json(address, **options)
        rows = page["results"]
        while page["next"]:
            page = self.json(page["next"])
            rows += page["results"]
        return rows

    def walk_back(self, page):
        """All rows before a page, as they stand in the list."""
        rows: list[dict[str, Any]] = []
        while page["previous"]:
            page = self.json(page["previous"])
            rows = page["results"] + rows
        return rows

    def csv(self, address, **options):
        response = self.get(address, format="csv", **options)
        assert response.status_code == 200, b"".join(response.streaming_content if response.streaming else [b""])
        return b"".join(response.streaming_content)


@pytest.fixture
def api(settings) -> Api:
    settings.STORMWATER_ANON_RATE = settings.STORMWATER_EXPENSIVE_RATE = ""
    return Api()


@pytest.fixture
def staff(db) -> dict[str, Staff]:
    """One member of each group."""
    return {group: Staff(group.lower(), group) for group in GROUPS}


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, tmp_path_factory):
    """The sample files, loaded once for a module's tests, each of which is rolled back to it."""
    folder = tmp_path_factory.mktemp("world")
    with (
        django_db_blocker.unblock(),
        override_settings(DATA_DIR=folder, RAW_DIR=folder / "raw"),
        transaction.atomic(),
    ):
        report = sync_datasets(source=DirectorySource(SAMPLES, CONTRACTS))
        assert {run.status for run in report.runs} <= {"published", "absent"}
        compute_findings()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def matched(db, monkeypatch):
    """A small world of a few plants and enrollments, after a run of the matcher."""
    monkeypatch.setattr(ledger._ledger, "read", dict)  # the invented run is of no dataset that there is
    store(*small_world())
    return run_matching()
