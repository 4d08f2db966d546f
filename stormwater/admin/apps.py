"""Django's admin with our site as its default."""

from django.contrib.admin.apps import AdminConfig


class StormwaterAdminConfig(AdminConfig):
    """Takes the place of `django.contrib.admin` in INSTALLED_APPS."""

    default_site = "stormwater.admin.site.StormwaterAdminSite"
