"""Every address of the API. An app's lists and views are in the `urlpatterns` of its `api`."""

from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

import enforcement.api
import facilities.api
import monitoring.api
import sync.api
import sync.staff_api
import violations.api
from stormwater.api.views import both_ways
from stormwater.overview.complete import CompleteView
from stormwater.overview.dashboard import DashboardView
from stormwater.overview.esmr_stats import EsmrStatsView
from stormwater.overview.health import HealthView, LiveView, ReadyView
from stormwater.overview.root import RootView, UnknownView

# A page, not an answer: it has nothing to say to OPTIONS.
_DOCS = SpectacularSwaggerSplitView.as_view(url_name="schema", http_method_names=["get", "head"])

urlpatterns = [
    path("", RootView.as_view(), name="api_root"),
    *both_ways("facilities/<str:key>/complete", CompleteView.as_view(), name="facility_complete"),
    *facilities.api.urlpatterns,
    *monitoring.api.urlpatterns,
    *violations.api.urlpatterns,
    *enforcement.api.urlpatterns,
    *sync.api.urlpatterns,
    *sync.staff_api.urlpatterns,
    *both_ways("dashboard", DashboardView.as_view(), name="dashboard"),
    *both_ways("esmr/stats", EsmrStatsView.as_view(), name="esmr_stats"),
    *both_ways("health", HealthView.as_view(), name="health"),
    *both_ways("health/ready", ReadyView.as_view(), name="health_ready"),
    *both_ways("health/live", LiveView.as_view(), name="health_live"),
    *both_ways("schema", SpectacularAPIView.as_view(), name="schema"),
    *both_ways("docs", _DOCS, name="docs"),
    re_path(r"^.*$", UnknownView.as_view(), name="api_unknown"),
]
