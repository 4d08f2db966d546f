"""Where each part of the site answers."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from stormwater.admin.pages import load_pages
from stormwater.api import problems

load_pages()  # before their addresses are asked for

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="root"),
    path("admin/", admin.site.urls),
    path("api", RedirectView.as_view(pattern_name="api_root"), name="api"),
    path("api/", include("stormwater.overview.urls")),
]

handler400 = problems.bad_request
handler403 = problems.permission_denied
handler404 = problems.page_not_found
handler500 = problems.server_error
