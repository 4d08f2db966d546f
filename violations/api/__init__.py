"""The lists of violations and of what is computed from samples."""

from stormwater.api.views import both_ways, list_urls
from violations.api import staff_dismissals, staff_duplicates
from violations.api.finding_lists import ERA_LEVELS, EXCEEDANCES, INDETERMINATES, UNUSABLE_RESULTS
from violations.api.regulatory_list import SMARTS_VIOLATIONS
from violations.api.stats_view import ViolationStatsView
from violations.api.unified_list import VIOLATIONS

urlpatterns = [
    *both_ways("violations/stats", ViolationStatsView.as_view(), name="violation_stats"),  # before the rows' addresses
    *list_urls(VIOLATIONS),
    *list_urls(SMARTS_VIOLATIONS),
    *list_urls(EXCEEDANCES),
    *list_urls(INDETERMINATES),
    *list_urls(ERA_LEVELS),
    *list_urls(UNUSABLE_RESULTS),
    *staff_duplicates.urlpatterns,
    *staff_dismissals.urlpatterns,
]
