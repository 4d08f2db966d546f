"""A facility that was merged into another keeps answering under its old id, and is listed once."""

import pytest

from facilities.models import Facility

pytestmark = pytest.mark.django_db


def test_an_old_id_leads_to_the_facility_of_today(client):
    last = Facility.objects.create(public_id="fac-a1", name="Oak Town Plant", has_smarts=True)
    middle = Facility.objects.create(public_id="fac-a2", merged_into=last)
    Facility.objects.create(public_id="fac-e3", merged_into=middle)

    for public_id in ("fac-a1", "fac-a2", "fac-e3"):
        answer = client.get(f"/api/facilities/{public_id}").json()
        assert (answer["id"], answer["name"]) == ("fac-a1", "Oak Town Plant")
    assert [row["id"] for row in client.get("/api/facilities").json()["results"]] == ["fac-a1"]
    assert client.get("/api/facilities/fac-a9").status_code == 404
