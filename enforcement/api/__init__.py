"""The lists of enforcement actions and inspections."""

from enforcement.api.enforcement_lists import ENFORCEMENT, SMARTS_ENFORCEMENT
from enforcement.api.inspection_lists import INSPECTIONS, SMARTS_INSPECTIONS
from stormwater.api.views import list_urls

urlpatterns = [
    *list_urls(ENFORCEMENT),
    *list_urls(INSPECTIONS),
    *list_urls(SMARTS_ENFORCEMENT),
    *list_urls(SMARTS_INSPECTIONS),
]
