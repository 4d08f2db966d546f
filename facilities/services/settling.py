"""What follows from verdicts: for the facilities where they are ours to change, else for the pairs alone."""

from collections.abc import Sequence

from django.utils import timezone

from facilities.matching.joining import ConflictKind
from facilities.models import MatchCandidate, MatchDecision, StalePlant
from facilities.services.joining import join_facilities
from facilities.services.standing import settle_candidates


def settle_after_verdicts(is_ours: bool, candidates: Sequence[MatchCandidate], plant: int | None = None) -> bool:
    """Settle locked pairs (and a plant that may have none) after verdicts about them; returns `is_ours`.

    If facilities are ours to change (`facilities.locks`), they are put together anew. If not, the pairs say what was
    decided, and the plants wait for the next run of the matcher.
    """
    plants = {candidate.esmr_facility_id for candidate in candidates} | ({plant} if plant is not None else set())
    if is_ours:
        marked = set(StalePlant.objects.filter(pk__in=plants).values_list("pk", flat=True))
        join_facilities(plants=plants)
        for pk in marked:  # the matcher has to look at these all the same
            mark_stale(pk)
        return True
    rows = MatchDecision.objects.filter(is_live=True, esmr_facility__in=plants)
    live = {(row.esmr_facility_id, row.enrollment_id): row for row in rows}
    conflicts = {
        (row.esmr_facility_id, row.enrollment_id): (ConflictKind(row.conflict), row.conflict_reason)
        for row in candidates
        if row.conflict
    }
    settle_candidates(candidates, live, conflicts, timezone.now())
    for pk in plants:
        mark_stale(pk)
    return False


def mark_stale(plant: int, *, is_needed: bool = True) -> None:
    """Have the next run of the matcher look at a plant."""
    if is_needed:
        StalePlant.objects.get_or_create(pk=plant, defaults={"since": timezone.now()})
