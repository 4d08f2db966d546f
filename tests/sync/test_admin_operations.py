"""Staff pages of follow-ups, alerts, and raw files that the clean-up has removed."""

import pytest
from django.urls import reverse
from django.utils import timezone

from sync.models import Alert, FollowUp, RawFile

pytestmark = pytest.mark.django_db


def text(client, name: str, *arguments) -> str:
    page = client.get(reverse(f"admin:{name}", args=arguments))
    assert page.status_code == 200
    return page.content.decode()


def test_follow_ups_are_listed_with_what_went_wrong(admin_client):
    now = timezone.now()
    for name in ("matching", "exceedances"):
        FollowUp.objects.create(
            name=name, status="failed", message=f"No {name}.", started_at=now, finished_at=now, heartbeat_at=now
        )

    listed = text(admin_client, "sync_followup_changelist")
    assert "No matching." in listed
    assert "No exceedances." in listed
    assert "No matching." in text(admin_client, "sync_followup_change", "matching")


def test_alerts_are_listed_the_open_ones_to_be_told_from_the_others(admin_client):
    now = timezone.now()
    open_one = Alert.objects.create(cause="queue:sync", sentence="It grows.", opened_at=now)
    Alert.objects.create(cause="held:esmr:2024", sentence="Held.", opened_at=now, closed_at=now)

    assert "held:esmr:2024" in text(admin_client, "sync_alert_changelist")
    only_open = admin_client.get(reverse("admin:sync_alert_changelist"), {"closed_at__isempty": "1"}).content.decode()
    assert "queue:sync" in only_open
    assert "held:esmr:2024" not in only_open
    assert "It grows." in text(admin_client, "sync_alert_change", open_one.pk)


def test_a_raw_file_that_was_removed_says_so_and_offers_no_download(publisher, admin_client):
    publisher.load("smarts_violations", {})
    raw_file = RawFile.objects.get()
    assert "Download (.csv.gz)" in text(admin_client, "sync_rawfile_change", raw_file.pk)

    RawFile.objects.update(removed_at=timezone.now())
    page = text(admin_client, "sync_rawfile_change", raw_file.pk)
    assert "removed by the clean-up" in page
    assert "Download (.csv.gz)" not in page
