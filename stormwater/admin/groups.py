"""The three groups of staff, with what each may do.

Made after each `migrate`, not by a migration: Django makes the permissions themselves only then, app by app, so a
migration of the same run could not grant them. Nothing is taken from a group, so that an installation may grant more.
"""

from typing import Any

from django.apps import AppConfig
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db.models import Q

OURS = ("facilities", "monitoring", "violations", "enforcement", "sync")
# Group -> what it may do beside seeing everything.
GROUPS: dict[str, tuple[str, ...]] = {
    "Viewer": (),
    "Reviewer": (
        "facilities.decide_matchcandidate",
        "violations.decide_duplicatepair",
        "violations.dismiss_exceedance",
    ),
    "Operator": ("facilities.run_matching", "sync.change_run", "sync.add_run"),
}


def grant_permissions(sender: AppConfig, **options: Any) -> None:
    """Make the groups, and grant them what concerns the app that was just migrated."""
    if sender.label not in OURS:
        return
    create_permissions(sender, verbosity=0, using=options.get("using", "default"))
    of_app = Permission.objects.filter(content_type__app_label=sender.label)
    for name, extra in GROUPS.items():
        group, _ = Group.objects.get_or_create(name=name)
        names = [permission.partition(".")[2] for permission in extra if permission.startswith(f"{sender.label}.")]
        group.permissions.add(*of_app.filter(Q(codename__startswith="view_") | Q(codename__in=names)))
