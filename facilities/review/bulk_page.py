"""What a bulk decision would do or did, pair by pair."""

from collections.abc import Mapping
from typing import Any

from facilities.models import MatchCandidate
from facilities.review.forms import BulkForm
from facilities.services.decisions import is_override
from facilities.services.queue import BulkReport


def bulk_page(form: BulkForm, versions: Mapping[int, int], report: BulkReport) -> dict[str, Any]:
    """The context of the dry run and of the report; every selected pair is in one of the two lists."""
    rows = MatchCandidate.objects.select_related("esmr_facility", "enrollment").filter(pk__in=list(versions))
    pairs = {pair.pk: pair for pair in rows}
    verdict = form.cleaned_data["verdict"]
    return {
        "report": report,
        "verdict_words": dict(form.fields["verdict"].choices)[verdict],  # type: ignore[attr-defined]  # of a ChoiceField
        "form": form,
        "reason_words": dict(form.fields["reason_code"].choices)[form.cleaned_data["reason_code"]],  # type: ignore[attr-defined]  # of a ChoiceField
        "selected": [f"{pair}:{version}" for pair, version in versions.items()],
        # Of what is not decided yet it can still be said whether the machine thinks otherwise.
        "decided": [(pairs[pk], report.is_dry_run and is_override(pairs[pk], verdict)) for pk in report.decided],
        "skipped": [(pairs.get(row.candidate_id), row.candidate_id, row.why) for row in report.skipped],
    }
