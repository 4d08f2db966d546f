"""`/api/esmr/stats`: how much of eSMR there is, by the ledger and small tables; no sample is read."""

from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request

from facilities.models import EsmrFacility
from monitoring.models import EsmrLocation
from monitoring.selectors import list_esmr_parameters
from stormwater.api.caching import Tier
from stormwater.api.families import Family
from stormwater.api.views import AnswerView
from sync.selectors import list_published_years

_COUNT = {"type": "integer"}


class EsmrStatsView(AnswerView):
    """Totals, and samples by sampling year."""

    operation = "esmr_stats"
    title = "How much of eSMR there is"
    tag = "eSMR records"
    families = (Family.FACILITIES, Family.MONITORING)
    datasets = ("esmr",)
    tier = Tier.WARM
    described = {
        "facility_count": _COUNT,
        "location_count": _COUNT,
        "parameter_count": _COUNT,
        "sample_count": {**_COUNT, "description": "Published samples, each once, however often its file has it"},
        "years": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "sampling_year": _COUNT,
                    "sample_count": _COUNT,
                    "file_date": {"type": ["string", "null"], "format": "date"},
                },
            },
        },
    }

    def get_answer(self, request: Request, **path_parts: str) -> Mapping[str, Any]:
        """The figures."""
        years = list_published_years("esmr")
        return {
            "facility_count": EsmrFacility.objects.count(),
            "location_count": EsmrLocation.objects.count(),
            "parameter_count": list_esmr_parameters().count(),
            "sample_count": sum(year["sample_count"] for year in years),
            "years": years,
        }
