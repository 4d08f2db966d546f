"""The lists of violations and of what is computed from samples."""

from stormwater.api.views import list_urls
from violations.api.finding_lists import ERA_LEVELS, EXCEEDANCES, INDETERMINATES, UNUSABLE_RESULTS
from violations.api.regulatory_list import SMARTS_VIOLATIONS

urlpatterns = [
    *list_urls(SMARTS_VIOLATIONS),
    *list_urls(EXCEEDANCES),
    *list_urls(INDETERMINATES),
    *list_urls(ERA_LEVELS),
    *list_urls(UNUSABLE_RESULTS),
]
