"""The lists of violations."""

from stormwater.api.views import list_urls
from violations.api.regulatory_list import SMARTS_VIOLATIONS

urlpatterns = [
    *list_urls(SMARTS_VIOLATIONS),
]
