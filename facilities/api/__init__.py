"""The lists of facilities: canonical ones, enrollments, eSMR facilities and their regions."""

from facilities.api import staff_views
from facilities.api.facility_list import FACILITIES
from facilities.api.match_view import MatchView
from facilities.api.source_lists import ESMR_FACILITIES, ESMR_REGIONS, SMARTS_FACILITIES
from stormwater.api.views import both_ways, list_urls

urlpatterns = [
    *both_ways("facilities/match", MatchView.as_view(), name="match"),  # before the addresses of single facilities
    *list_urls(FACILITIES),
    *list_urls(SMARTS_FACILITIES),
    *list_urls(ESMR_FACILITIES),
    *list_urls(ESMR_REGIONS),
    *staff_views.urlpatterns,
]
