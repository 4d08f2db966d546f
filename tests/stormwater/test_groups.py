"""The groups of staff are there after a migration, with what each may do, however often it runs."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

from stormwater.admin.groups import OURS

pytestmark = pytest.mark.django_db


def may(name):
    permissions = Group.objects.get(name=name).permissions.all()
    return {f"{one.content_type.app_label}.{one.codename}" for one in permissions.select_related("content_type")}


def test_everybody_sees_everything_and_each_does_their_own():
    views = {
        f"{one.content_type.app_label}.{one.codename}"
        for one in Permission.objects.select_related("content_type").filter(codename__startswith="view_")
        if one.content_type.app_label in OURS
    }
    assert may("Viewer") == views
    assert may("Reviewer") == views | {
        "facilities.decide_matchcandidate",
        "violations.decide_duplicatepair",
        "violations.dismiss_exceedance",
    }
    assert may("Operator") == views | {"facilities.run_matching", "sync.change_run", "sync.add_run"}


def test_a_migration_adds_what_is_missing_and_takes_nothing_away():
    Group.objects.get(name="Reviewer").delete()
    viewer = Group.objects.get(name="Viewer")
    extra = Permission.objects.get(codename="decide_matchcandidate")
    viewer.permissions.add(extra)
    viewer.permissions.remove(Permission.objects.get(codename="view_facility"))
    call_command("migrate", verbosity=0)
    call_command("migrate", verbosity=0)
    assert "facilities.decide_matchcandidate" in may("Reviewer")
    assert {"facilities.decide_matchcandidate", "facilities.view_facility"} <= may("Viewer")
    assert Group.objects.count() == 3
