"""From the portal to the database: what the portal does wrong must not reach the readers."""

import pytest

from monitoring.models import EsmrSample
from sync import pipeline
from sync.contracts import CONTRACTS
from sync.dataset_health import list_dataset_health
from sync.ledger import claimed_run, finish, resource_of
from sync.models import Resource, Run
from sync.services import SyncOptions, sync_datasets
from sync.sources.backoff import Backoff
from sync.sources.errors import PortalUnreachableError
from sync.sources.portal import PortalSource
from tests.published_files import csv_bytes
from tests.sync.portal import Fault

pytestmark = pytest.mark.django_db

ESMR = CONTRACTS["esmr"]
YEAR = "esmr:2023"


def esmr_file(count: int = 120, **cells: str) -> bytes:
    return csv_bytes("esmr", ({"result": str(number)} | cells for number in range(count)))


@pytest.fixture
def sync(portal, tmp_path):
    source = PortalSource(
        portal.url,
        CONTRACTS,
        tmp_path / "downloads",
        user_agent="StormwaterWatch/0.0 (+https://example.org/contact)",
        backoff=Backoff(tries=2, sleep=lambda _seconds: None),
    )

    def run(*requests: str, **options: bool):
        return sync_datasets(source=source, requests=requests or [YEAR], options=SyncOptions(**options)).runs

    return run


@pytest.fixture
def file(portal):
    return portal.publish(ESMR, esmr_file(), year=2023)


def readers_see() -> int:
    return EsmrSample.objects.filter(removed_by=None).count()


def test_a_file_is_fetched_published_and_remembered(portal, file, sync, tmp_path):
    (result,) = sync()

    assert (result.status, result.source, result.inserted) == ("published", "portal", 120)
    run = Run.objects.get()
    assert (run.etag, run.last_modified) == (file.current_etag, file.last_modified)
    assert run.location == portal.url + file.path
    assert run.file_name == file.file_name
    assert run.published_on.isoformat() == "2026-10-01"
    assert not list((tmp_path / "downloads").glob("*.download"))


def test_the_next_sync_asks_only_for_a_newer_file(portal, file, sync):
    sync()

    (second,) = sync()

    assert (second.status, second.read) == ("unchanged", 0)
    assert [seen.status for seen in portal.downloads] == [200, 304]
    assert portal.downloads[1].headers["If-None-Match"] == file.current_etag
    assert Run.objects.first().raw_file == Resource.objects.get().last_published.raw_file


def test_the_same_content_without_validators_is_unchanged_by_its_hash(portal, file, sync):
    file.ignores_conditions = True
    sync()

    assert sync()[0].status == "unchanged"
    assert [seen.status for seen in portal.downloads] == [200, 200]


def test_force_asks_for_the_whole_file_and_loads_it(portal, file, sync):
    sync()

    (forced,) = sync(force=True)

    assert (forced.status, forced.unchanged) == ("published", 120)
    assert [seen.status for seen in portal.downloads] == [200, 200]


def test_a_changed_file_is_published(portal, file, sync):
    sync()
    file.body = esmr_file(125)

    (result,) = sync()

    assert (result.status, result.inserted, result.unchanged) == ("published", 5, 120)


@pytest.mark.parametrize(
    "page", [b"<!DOCTYPE html><html>Maintenance</html>", b"\n\n<html>", b'{"success": false}', b"", b"\xef\xbb\xbf\r\n"]
)
def test_an_error_page_with_status_200_is_held_and_the_old_data_are_served(portal, file, sync, page):
    sync()
    file.body = esmr_file(130)
    file.send_page(page, times=5)

    (result,) = sync()

    assert result.status == "held"
    assert readers_see() == 120
    assert Resource.objects.get().last_published.status == "published"


def test_after_an_error_page_the_next_sync_loads_the_file(portal, file, sync):
    file.send_page(times=1)
    assert sync()[0].status == "held"

    assert sync()[0].status == "published"


def test_a_body_that_ends_early_every_time_is_held(portal, file, sync):
    sync()
    file.body = esmr_file(130)
    file.drop(after=1000, times=10)
    file.etag = None

    (result,) = sync()

    assert result.status == "held"
    assert readers_see() == 120
    file.faults.clear()
    assert sync()[0].status == "published"


@pytest.mark.parametrize("count, status", [(99, "held"), (100, "published")])
def test_the_portal_must_have_the_least_number_of_rows(portal, sync, count, status):
    portal.publish(ESMR, esmr_file(count), year=2023)

    assert sync()[0].status == status


@pytest.mark.parametrize("counted, status", [(120, "published"), (119, "published"), (121, "held")])
def test_a_dump_that_is_shorter_than_the_portals_table_is_held(portal, sync, counted, status):
    portal.publish(ESMR, esmr_file(), year=2023, is_dump=True, table_rows=counted)

    (result,) = sync()

    assert result.status == status
    if status == "held":
        assert "120 rows where the portal counts 121" in result.message


def test_zero_rows_are_held(portal, file, sync):
    sync()
    file.body = esmr_file(0)

    assert (sync()[0].status, readers_see()) == ("held", 120)


def test_a_shrunken_file_is_held_and_asked_for_again(portal, file, sync):
    sync()
    file.body = esmr_file(107)

    assert sync()[0].status == "held"
    assert sync()[0].status == "held"  # no 304: what was held is not what we have
    assert readers_see() == 120


def test_a_file_whose_run_failed_is_fetched_and_loaded_again(portal, file, sync, monkeypatch):
    def fail(*_arguments):
        raise ConnectionError("the cable was cut")

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "link_merged_records", fail)
        assert sync()[0].status == "failed"

    (again,) = sync()

    assert (again.status, again.inserted) == ("published", 120)
    assert [seen.status for seen in portal.downloads] == [200, 200]
    assert "If-None-Match" not in portal.downloads[1].headers


def test_a_new_file_whose_run_failed_is_not_taken_for_the_published_one(portal, file, sync, monkeypatch):
    sync()
    file.body = esmr_file(130)
    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "merge_samples", None)
        assert sync()[0].status == "failed"

    assert sync()[0].inserted == 10


def test_a_raw_file_that_was_lost_is_fetched_again(portal, file, sync, settings):
    sync()
    for path in settings.RAW_DIR.rglob("*.gz"):
        path.unlink()

    (result,) = sync()

    assert (result.status, result.unchanged) == ("published", 120)
    assert list(settings.RAW_DIR.rglob("*.gz"))


def test_a_portal_that_fails_for_one_file_fails_that_run_alone(portal, file, sync):
    other = portal.publish(ESMR, esmr_file(), year=2024)
    file.fail(status=503, times=10)
    assert other

    results = sync("esmr:2023", "esmr:2024")

    assert [(result.dataset, result.status) for result in results] == [
        ("esmr:2023", "failed"),
        ("esmr:2024", "published"),
    ]


def test_a_dataset_that_the_portal_does_not_list_has_failed_and_says_so(portal, file, sync):
    results = sync("smarts_violations", YEAR)

    by_dataset = {result.dataset: result for result in results}
    assert by_dataset["smarts_violations"].status == "failed"
    assert by_dataset[YEAR].status == "published"


def test_by_default_the_newest_five_years_are_synced(portal, sync):
    for year in range(2018, 2026):
        portal.publish(ESMR, esmr_file(100), year=year)

    assert [result.dataset for result in sync("esmr")] == [f"esmr:{year}" for year in range(2021, 2026)]
    assert len(sync("esmr", all_years=True)) == 8


def test_an_unreachable_portal_ends_the_sync_before_any_run(portal, sync):
    portal.stop()

    with pytest.raises(PortalUnreachableError) as raised:
        sync()
    assert "\n" not in str(raised.value)
    assert not Run.objects.exists()


def test_a_dry_run_leaves_no_download_behind(portal, file, sync, tmp_path):
    (result,) = sync(is_dry_run=True)

    assert (result.status, result.inserted, result.run) == ("published", 120, None)
    assert not Run.objects.exists()
    assert not list((tmp_path / "downloads").glob("*.download"))


class TestWhatThePortalNoLongerNames:
    def test_is_a_failed_run_that_says_why(self, sync):
        (result,) = sync("smarts_violations")

        run = Run.objects.get(pk=result.run)
        assert (result.status, run.status, run.resource.slug) == ("failed", "failed", "smarts_violations")
        assert run.message == result.message
        assert run.message.endswith("Not found.")
        (trouble,) = next(one for one in list_dataset_health() if one.slug == "smarts_violations").troubles
        assert (trouble.state, trouble.run) == ("failed", run.pk)

    def test_of_a_dataset_in_years_is_noted_at_the_newest_year(self, portal, sync):
        newest = f"esmr:{max(ESMR.years)}"
        (result,) = sync("esmr")
        assert (result.dataset, Run.objects.get(pk=result.run).resource.slug) == ("esmr", newest)

        portal.publish(ESMR, esmr_file(), year=max(ESMR.years))
        assert sync("esmr")[-1].status == "published"
        assert Resource.objects.get().runs.first().status == "published"

    def test_makes_no_resource_of_a_year_that_nobody_knows(self, portal, sync):
        portal.api_faults += [Fault(status=500)] * 2
        (result,) = sync("esmr:1999")

        assert (result.status, result.run) == ("failed", None)
        assert not Resource.objects.exists()

    def test_is_in_no_ledger_after_a_dry_run(self, sync):
        (result,) = sync("smarts_violations", is_dry_run=True)

        assert (result.status, result.run) == ("failed", None)
        assert not Run.objects.exists()

    def test_while_another_run_is_at_work_is_left_to_that(self, sync):
        with claimed_run(resource_of(CONTRACTS["smarts_violations"], None), source="portal") as run:
            (result,) = sync("smarts_violations")
            assert (result.status, result.run) == ("failed", None)
            finish(run, Run.Status.UNCHANGED)
        assert Run.objects.count() == 1
