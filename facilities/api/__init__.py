"""The lists of facilities: canonical ones, enrollments, eSMR facilities and their regions."""

from facilities.api.facility_list import FACILITIES
from facilities.api.source_lists import ESMR_FACILITIES, ESMR_REGIONS, SMARTS_FACILITIES
from stormwater.api.views import list_urls

urlpatterns = [
    *list_urls(FACILITIES),
    *list_urls(SMARTS_FACILITIES),
    *list_urls(ESMR_FACILITIES),
    *list_urls(ESMR_REGIONS),
]
