"""Who may look, decide and draw samples; and where the console is linked from."""

import pytest
from django.urls import reverse

from facilities.models import Facility, MatchDecision
from tests.facilities.review.conftest import page

pytestmark = pytest.mark.django_db

READ = ("queue", "start", "history", "decisions_file", "history_file")


def test_strangers_are_sent_to_the_login_and_back(client, opened):
    for name in READ:
        assert client.get(page(name)).headers["Location"] == f"/admin/login/?next={page(name)}"
    assert client.get(page("pair", opened.pk)).status_code == 302


def test_staff_without_permission_see_nothing_of_it(someone, opened):
    nobody = someone("nobody")
    assert {nobody.page(name).status_code for name in READ} == {403}
    assert nobody.page("pair", opened.pk).status_code == 403
    assert page("queue") not in nobody.get("/admin/").content.decode()


def test_a_viewer_looks_and_decides_nothing(someone, opened):
    viewer = someone("viewer", group="Viewer")
    assert {viewer.page(name).status_code for name in READ} <= {200, 302}
    shown = viewer.page("pair", opened.pk).content.decode()
    assert "group Reviewer" in shown
    assert 'value="match"' not in shown
    assert "Draw" not in viewer.text("queue")
    decision = MatchDecision.objects.first()
    assert viewer.decide(opened).status_code == 403
    assert viewer.post(page("undo", decision.pk)).status_code == 403
    assert viewer.post(page("bulk"), {"selected": "1:1"}).status_code == 403
    assert viewer.post(page("assign"), {"selected": "1:1"}).status_code == 403
    assert viewer.post(page("sample"), {"size": 1}).status_code == 403
    assert not MatchDecision.objects.filter(rule="").exists()


def test_a_reviewer_decides_and_an_operator_draws_samples(someone, opened):
    assert someone("reviewer", group="Reviewer").decide(opened).status_code == 302
    operator = someone("operator", group="Operator")
    assert operator.post(page("sample"), {"size": 1}).status_code == 302
    assert operator.decide(opened).status_code == 403


@pytest.mark.parametrize("name", ["undo", "bulk", "assign", "sample"])
def test_what_writes_is_not_done_by_following_a_link(rivera, matched, name):
    assert rivera.page(name, *([1] if name == "undo" else [])).status_code == 405


def test_it_is_linked_from_the_index_and_from_the_pages_of_pairs_and_plants(admin_client, linked):
    assert page("queue") in admin_client.get("/admin/").content.decode()
    narrowed = f"{page('queue')}?place_id={linked.esmr_facility.place_id}&amp;whose=team"
    for model, pk, link in (
        ("matchcandidate", linked.pk, page("pair", linked.pk)),
        ("esmrfacility", linked.esmr_facility_id, narrowed),
        ("facility", linked.esmr_facility.facility_id, narrowed),
    ):
        shown = admin_client.get(reverse(f"admin:facilities_{model}_change", args=[pk])).content.decode()
        assert f'href="{link}"' in shown, model


def test_the_id_of_a_merged_facility_leads_to_the_one_of_today(admin_client, db):
    last = Facility.objects.create(public_id="fac-a1", name="Oak Town Plant", has_smarts=True)
    middle = Facility.objects.create(public_id="fac-a2", merged_into=last)
    first = Facility.objects.create(public_id="fac-e3", merged_into=middle)
    found = admin_client.get(reverse("admin:facilities_facility_changelist"), {"q": "fac-e3"})
    assert reverse("admin:facilities_facility_change", args=[first.pk]) in found.content.decode()
    shown = admin_client.get(reverse("admin:facilities_facility_change", args=[first.pk])).content.decode()
    assert "Merged: this id now leads to Oak Town Plant (fac-a1)" in shown
    assert f'href="{reverse("admin:facilities_facility_change", args=[last.pk])}"' in shown
    assert (
        "Merged:" not in admin_client.get(reverse("admin:facilities_facility_change", args=[last.pk])).content.decode()
    )
