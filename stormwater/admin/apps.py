"""Django's admin with our site as its default, and the groups of those who use it."""

from django.contrib.admin.apps import SimpleAdminConfig
from django.db.models.signals import post_migrate


class StormwaterAdminConfig(SimpleAdminConfig):
    """Takes the place of `django.contrib.admin` in INSTALLED_APPS.

    The pages are loaded with the addresses of the site (stormwater/urls.py), not with the apps.
    """

    default_site = "stormwater.admin.site.StormwaterAdminSite"

    def ready(self) -> None:
        """Keep the groups up to date with each migration."""
        super().ready()
        from stormwater.admin.groups import grant_permissions

        post_migrate.connect(grant_permissions, dispatch_uid="stormwater.admin.groups")
