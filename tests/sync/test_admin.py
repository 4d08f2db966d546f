"""The ledger's pages: what a run did, the release of a held one, "sync now", and the raw file."""

import gzip
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from kombu.exceptions import OperationalError

from sync import asking, tasks
from sync.contracts import CONTRACTS
from sync.models import RawFile, Resource, Run
from sync.rawstore import absolute_path
from sync.sources import DirectorySource
from violations.models import RegulatoryViolation

pytestmark = pytest.mark.django_db


def run_address(run_id):
    return reverse("admin:sync_run_change", args=[run_id])


def release_address(run_id):
    return reverse("admin:sync_run_release", args=[run_id])


SYNC_NOW = reverse_lazy("admin:sync_dataset_sync_now")


@pytest.fixture
def held(publisher) -> Run:
    """A run that was held because most rows are gone."""
    publisher.load("smarts_violations", *[{} for _ in range(10)])
    publisher.publish("smarts_violations", *[{} for _ in range(4)])
    result = publisher.sync("smarts_violations")
    assert result.status == Run.Status.HELD
    return Run.objects.get(pk=result.run)


@pytest.fixture
def staff_client(client, django_user_model):
    """Log in as someone of the staff with these permissions of the ledger."""

    def log_in(*codenames):
        user = django_user_model.objects.create_user("operator", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames, content_type__app_label="sync"))
        client.force_login(user)
        return client

    return log_in


@pytest.fixture
def from_directory(publisher, monkeypatch):
    """Let "sync now" read the publisher's directory instead of the portal."""
    monkeypatch.setattr(asking, "configured_source", lambda: DirectorySource(publisher.folder, CONTRACTS))


def messages_of(response):
    return [str(message) for message in response.context["messages"]]


# The page of a run ---------------------------------------------------------------------------------------------------


def test_published_run_spells_out_its_balance(publisher, admin_client):
    publisher.load("smarts_violations", {}, {}, {})
    result = publisher.load(
        "smarts_violations",
        {"VIOLATION_STATUS": "Dismissed"},
        {},
        {"VIOLATION_ID": "800003"},
        {"VIOLATION_ID": "800003"},
        {"VIOLATION_ID": "800009"},
        {"VIOLATION_ID": "NA"},
    )
    page = admin_client.get(run_address(result.run)).content.decode()
    assert "6 read = 1 inserted + 1 updated + 2 unchanged + 1 duplicate + 1 quarantined" in page
    assert "every row is accounted for" in page
    assert "This is the data that readers see now" in page
    for step in ("Read it and copy it in", "Check every cell", "Compare and merge", "Publish"):
        assert step in page


def test_run_page_groups_issues_and_changes_with_links_to_their_rows(publisher, admin_client):
    publisher.load("smarts_violations", {}, {})
    bad = {"OCCURRENCE_DATE": "soon", "VIOLATION_STATUS": "Dismissed"}
    result = publisher.load("smarts_violations", bad, bad)
    page = admin_client.get(run_address(result.run))
    (issue,) = page.context["issue_groups"]
    assert (issue.number, issue.detail) == ("2", "OCCURRENCE_DATE")
    assert len(admin_client.get(issue.address).context["cl"].result_list) == 2
    changes = {group.detail: group for group in page.context["change_groups"]}
    assert set(changes) == {"occurrence date", "status"}
    for group in changes.values():
        listed = admin_client.get(group.address).context["cl"].result_list
        assert str(len(listed)) == group.number == "2"
        assert {change.field.replace("_", " ") for change in listed} == {group.detail}


def test_superseded_run_says_so_and_why_its_issues_are_gone(publisher, admin_client):
    first = publisher.load("smarts_violations", {"OCCURRENCE_DATE": "soon"})
    second = publisher.load("smarts_violations", {})
    page = admin_client.get(run_address(first.run)).content.decode()
    assert f'Newer data have taken its place since: <a href="{run_address(second.run)}">' in page
    assert "1 issues were found. Their details are kept only for the latest run." in page


def test_run_page_tells_header_drift_in_words(publisher, admin_client):
    names = [column.name for column in CONTRACTS["smarts_inspections"].columns]
    result = publisher.load("smarts_inspections", {}, header=[*names[::-1], "MOOD"])
    page = admin_client.get(run_address(result.run)).content.decode()
    assert "Columns that the contract does not know (kept in the raw file only): MOOD." in page
    assert "The columns are in another order than usual" in page


def test_run_page_shows_quarantined_rows_as_they_were(publisher, admin_client):
    result = publisher.load("smarts_violations", {}, {"VIOLATION_ID": "NA", "MEMO": "a  <i>memo</i>"})
    page = admin_client.get(run_address(result.run)).content.decode()
    assert "No VIOLATION_ID." in page
    assert "a  &lt;i&gt;memo&lt;/i&gt;" in page


@pytest.mark.parametrize("status", ["unchanged", "failed", "running"])
def test_runs_that_loaded_nothing_have_a_page_too(publisher, admin_client, status):
    publisher.load("smarts_inspections", {})
    unchanged = Run.objects.get(pk=publisher.sync("smarts_inspections").run)
    if status == "failed":
        Run.objects.filter(pk=unchanged.pk).update(status=status, message="The portal <did> not answer.")
    if status == "running":
        Run.objects.filter(pk=unchanged.pk).update(status=status, finished_at=None)
    page = admin_client.get(run_address(unchanged.pk)).content.decode()
    expected = {
        "unchanged": "nothing to load",
        "failed": "The portal &lt;did&gt; not answer.",
        "running": "Last sign of life",
    }
    assert expected[status] in page
    assert status in admin_client.get(reverse("admin:sync_run_changelist")).content.decode()


def test_list_of_runs_can_be_narrowed(held, admin_client):
    address = reverse("admin:sync_run_changelist")
    for params, count in (
        ({"status__exact": "held"}, 1),
        ({"resource__dataset__slug__exact": "smarts_violations"}, 2),
        ({"source": "portal"}, 0),
        ({"source": "directory"}, 2),
        ({"resource": str(held.resource_id)}, 2),
    ):
        assert len(admin_client.get(address, params).context["cl"].result_list) == count, params


# Release ------------------------------------------------------------------------------------------------------------


def test_held_run_says_why_and_offers_the_release(held, admin_client):
    page = admin_client.get(run_address(held.pk)).content.decode()
    assert "4 rows where the last published file had 10: 60% fewer" in page
    assert release_address(held.pk) in page
    assert "readers still see the last good data" in page


def test_release_needs_a_reason_and_publishes_with_name_and_reason(held, admin_client, admin_user):
    assert admin_client.get(release_address(held.pk)).status_code == 200
    assert Run.objects.count() == 2
    refused = admin_client.post(release_address(held.pk), {"reason": "  "})
    assert refused.status_code == 200
    assert Run.objects.count() == 2
    page = admin_client.post(release_address(held.pk), {"reason": "The rest was archived."}, follow=True)
    released = Run.objects.latest("pk")
    assert page.redirect_chain[-1][0] == run_address(released.pk)
    assert (released.status, released.release_of, released.released_by) == ("published", held, admin_user)
    assert released.release_reason == "The rest was archived."
    assert RegulatoryViolation.objects.filter(removed_by=released).count() == 6
    assert "The rest was archived." in page.content.decode()
    assert "it has been released as" in admin_client.get(run_address(held.pk)).content.decode()


def test_run_is_released_once(held, admin_client):
    admin_client.post(release_address(held.pk), {"reason": "Right."})
    again = admin_client.post(release_address(held.pk), {"reason": "Right."}, follow=True)
    assert messages_of(again)[-1] == f"Run {held.pk} has been released already."
    assert Run.objects.count() == 3


def test_run_that_cannot_be_released_says_why(publisher, admin_client):
    publisher.load("smarts_violations", {})
    publisher.publish("smarts_violations")
    empty = publisher.sync("smarts_violations")
    page = admin_client.get(run_address(empty.run)).content.decode()
    assert "It cannot be released." in page
    assert release_address(empty.run) not in page
    refused = admin_client.post(release_address(empty.run), {"reason": "Right."}, follow=True)
    assert "has no data" in messages_of(refused)[0]


def test_run_that_is_not_held_is_not_released(publisher, admin_client):
    result = publisher.load("smarts_violations", {})
    refused = admin_client.get(release_address(result.run), follow=True)
    assert messages_of(refused) == [f"Run {result.run} is published, not held."]
    assert admin_client.get(release_address(result.run + 1)).status_code == 404


def test_release_needs_its_permission(held, staff_client):
    client = staff_client("view_run", "add_run")
    assert release_address(held.pk) not in client.get(run_address(held.pk)).content.decode()
    assert client.get(release_address(held.pk)).status_code == 403
    assert client.post(release_address(held.pk), {"reason": "Right."}).status_code == 403
    assert Run.objects.count() == 2


def test_release_with_its_permission(held, staff_client):
    client = staff_client("view_run", "change_run")
    assert client.post(release_address(held.pk), {"reason": "Right."}).status_code == 302
    assert Run.objects.latest("pk").status == "published"


def test_release_and_sync_are_protected_from_other_sites(held, admin_user):
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    assert client.post(release_address(held.pk), {"reason": "Right."}).status_code == 403
    assert client.post(SYNC_NOW, {"slug": "smarts_violations"}).status_code == 403


def test_release_is_given_to_a_worker_where_there_are_any(held, admin_client, admin_user, settings, monkeypatch):
    settings.CELERY_TASK_ALWAYS_EAGER = False
    sent = []
    monkeypatch.setattr(tasks.release_held_run, "delay", lambda *args: sent.append(args))
    page = admin_client.post(release_address(held.pk), {"reason": "Right."}, follow=True)
    assert sent == [(held.pk, "Right.", admin_user.pk)]
    assert f"The release of run {held.pk} has started." in messages_of(page)[0]
    assert Run.objects.count() == 2


# Sync now -----------------------------------------------------------------------------------------------------------


def test_sync_now_loads_and_shows_the_run(publisher, admin_client, from_directory):
    publisher.publish("smarts_violations", {}, {})
    page = admin_client.post(SYNC_NOW, {"slug": "smarts_violations"}, follow=True)
    assert page.redirect_chain[-1][0] == run_address(Run.objects.latest("pk").pk)
    assert messages_of(page) == ["smarts_violations published: 2 rows read, 2 inserted, 0 updated, 0 removed."]


def test_sync_now_of_one_year_loads_that_year(publisher, admin_client, from_directory):
    publisher.publish("esmr:2022", {})
    publisher.publish("esmr:2023", {})
    admin_client.post(SYNC_NOW, {"slug": "esmr:2023"})
    assert [run.resource.slug for run in Run.objects.all()] == ["esmr:2023"]


def test_sync_now_tells_what_went_wrong(publisher, admin_client, from_directory):
    nothing = admin_client.post(SYNC_NOW, {"slug": "smarts_violations"}, follow=True)
    assert "no file" in messages_of(nothing)[0].lower()
    unknown = admin_client.post(SYNC_NOW, {"slug": "no_such_dataset"}, follow=True)
    assert messages_of(unknown) == ["There is no dataset or resource 'no_such_dataset'."]
    never = admin_client.post(SYNC_NOW, {"slug": "esmr:never"}, follow=True)
    assert messages_of(never) == ["There is no dataset or resource 'esmr:never'."]
    assert Run.objects.count() == 0


def test_sync_now_is_given_to_a_worker_where_there_are_any(admin_client, settings, monkeypatch):
    settings.CELERY_TASK_ALWAYS_EAGER = False
    sent: list[str] = []
    monkeypatch.setattr(tasks.sync_dataset, "delay", sent.append)
    page = admin_client.post(SYNC_NOW, {"slug": "esmr:2023"}, follow=True)
    assert sent == ["esmr:2023"]
    assert "The sync of esmr:2023 has started." in messages_of(page)[0]


def test_sync_now_without_a_broker_says_so(admin_client, settings, monkeypatch):
    def unreachable(slug):
        raise OperationalError

    settings.CELERY_TASK_ALWAYS_EAGER = False
    monkeypatch.setattr(tasks.sync_dataset, "delay", unreachable)
    page = admin_client.post(SYNC_NOW, {"slug": "esmr"}, follow=True)
    assert "cannot be reached" in messages_of(page)[0]


def test_sync_now_needs_its_permission_and_a_post(publisher, staff_client, from_directory):
    client = staff_client("view_run", "view_dataset", "change_run")
    assert "Sync now" not in client.get(reverse("admin:sync_dataset_changelist")).content.decode()
    assert client.post(SYNC_NOW, {"slug": "smarts_violations"}).status_code == 403
    assert client.get(SYNC_NOW).status_code == 405
    assert Run.objects.count() == 0


# Datasets and raw files ---------------------------------------------------------------------------------------------


def test_datasets_are_listed_before_they_were_ever_loaded(admin_client):
    page = admin_client.get(reverse("admin:sync_dataset_changelist"))
    for contract in CONTRACTS.values():
        assert contract.title in page.content.decode()
    assert "0 of 8 resources are fresh" in page.content.decode()


def test_datasets_tell_fresh_from_stale_and_held(held, admin_client):
    page = admin_client.get(reverse("admin:sync_dataset_changelist")).content.decode()
    assert "1 of 8 resources are fresh; 1 held, waiting for a person." in page
    assert "60% fewer" in page
    Run.objects.update(finished_at=timezone.now() - timedelta(days=30))
    assert "0 of 8 resources are fresh" in admin_client.get(reverse("admin:sync_dataset_changelist")).content.decode()


def test_resource_and_dataset_pages_show_freshness_and_recent_runs(held, admin_client):
    resource = Resource.objects.get()
    for address in (
        reverse("admin:sync_resource_change", args=[resource.pk]),
        reverse("admin:sync_dataset_change", args=[resource.dataset_id]),
    ):
        page = admin_client.get(address)
        assert [run.pk for run, _ in page.context["recent_runs"]] == [held.pk, held.pk - 1]
        assert "Sync now" in page.content.decode()
    by_slug = admin_client.get(reverse("admin:sync_dataset_resource", args=["smarts_violations"]))
    assert by_slug.url == reverse("admin:sync_resource_change", args=[resource.pk])


def test_raw_file_can_be_downloaded_as_it_was_published(publisher, admin_client):
    content = publisher.publish("smarts_violations", {}).read_bytes()
    publisher.sync("smarts_violations")
    raw_file = RawFile.objects.get()
    response = admin_client.get(reverse("admin:sync_rawfile_download", args=[raw_file.pk]))
    assert response.streaming
    assert gzip.decompress(b"".join(response.streaming_content)) == content
    assert f'filename="smarts_violations_{raw_file.sha256[:12]}.csv.gz"' in response["Content-Disposition"]


def test_raw_file_that_is_gone_is_a_message(publisher, admin_client):
    publisher.load("smarts_violations", {})
    raw_file = RawFile.objects.get()
    absolute_path(raw_file).unlink()
    page = admin_client.get(reverse("admin:sync_rawfile_download", args=[raw_file.pk]), follow=True)
    assert messages_of(page) == ["The file is no longer in the store."]
    assert admin_client.get(reverse("admin:sync_rawfile_line", args=[raw_file.pk, 2])).status_code == 404
    assert "no longer in the store" in admin_client.get(run_address(Run.objects.get().pk)).content.decode()


def test_record_that_spans_lines_is_shown_whole(publisher, admin_client):
    publisher.load("smarts_violations", {"MEMO": 'first "line"\nsecond line'}, {})
    violation = RegulatoryViolation.objects.get(violation_id="800001")
    line = admin_client.get(reverse("admin:sync_rawfile_line", args=[violation.run.raw_file_id, violation.line]))
    assert dict(line.context["cells"])["MEMO"] == 'first "line"\nsecond line'


def test_raw_files_need_their_permission(publisher, staff_client):
    result = publisher.load("smarts_violations", {})
    raw_file = RawFile.objects.get()
    client = staff_client("view_run")
    assert client.get(reverse("admin:sync_rawfile_download", args=[raw_file.pk])).status_code == 403
    assert client.get(reverse("admin:sync_rawfile_line", args=[raw_file.pk, 2])).status_code == 403
    assert "download/" not in client.get(run_address(result.run)).content.decode()
