"""Loading the admin's pages, which takes a third of a second that no command should wait."""

from django.contrib import admin
from rest_framework.authtoken.models import TokenProxy


def load_pages() -> None:
    """Register the pages of all apps; a second call changes nothing.

    Not those of the clients' tokens, which they would show: `drf_create_token` makes tokens.
    """
    admin.autodiscover()
    if admin.site.is_registered(TokenProxy):
        admin.site.unregister(TokenProxy)
