"""The lists of monitoring results, and of what they refer to."""

from monitoring.api.esmr_lists import ESMR_LOCATIONS, ESMR_PARAMETERS, ESMR_SAMPLES
from monitoring.api.smarts_list import SMARTS_MONITORING
from stormwater.api.views import list_urls

urlpatterns = [
    *list_urls(SMARTS_MONITORING),
    *list_urls(ESMR_SAMPLES),
    *list_urls(ESMR_LOCATIONS),
    *list_urls(ESMR_PARAMETERS),
]
