"""Django's admin with our site as its default, and the groups of those who use it."""

from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate


class StormwaterAdminConfig(AdminConfig):
    """Takes the place of `django.contrib.admin` in INSTALLED_APPS."""

    default_site = "stormwater.admin.site.StormwaterAdminSite"

    def ready(self) -> None:
        """Keep the groups up to date with each migration."""
        super().ready()
        from stormwater.admin.groups import grant_permissions

        post_migrate.connect(grant_permissions, dispatch_uid="stormwater.admin.groups")
