"""From a filled-in form to a service, and what to tell the reviewer."""

from datetime import timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from facilities.models import MatchCandidate, MatchDecision, Verdict
from facilities.review.forms import VerdictForm
from facilities.services.decisions import (
    AlreadyDecidedError,
    Decided,
    DecisionRefusedError,
    close_plant,
    decide_candidate,
)

DOUBLE_CLICK = timedelta(minutes=1)  # within which the same verdict of the same person is the same click


def save_verdict(form: VerdictForm, pair: MatchCandidate, reviewer: AbstractBaseUser, *, is_blind: bool) -> Decided:
    """Save the verdict of a valid form about a pair or its plant.

    The second half of a double click finds what the first has saved, and is not told that someone was faster. Raises
    what the services raise.
    """
    given = form.cleaned_data
    try:
        if given["verdict"] == Verdict.NO_MATCH_EXISTS:
            return close_plant(
                esmr_facility_id=pair.esmr_facility_id,
                reviewer=reviewer,
                reason_code=given["reason_code"],
                note=given["note"],
                seen=given["seen"],
            )
        return decide_candidate(
            candidate_id=pair.pk,
            verdict=given["verdict"],
            reviewer=reviewer,
            expected_version=given["version"],
            reason_code=given["reason_code"],
            note=given["note"],
            is_blind=is_blind,
        )
    except (AlreadyDecidedError, DecisionRefusedError):
        saved = _saved_just_now(form, pair, reviewer)
        if saved is None:
            raise
        return Decided(saved, is_joined=True)


def offered_undo(decision_id: str | None, reviewer: AbstractBaseUser) -> MatchDecision | None:
    """The decision that a reviewer has just made, while it can be taken back."""
    if not decision_id or not decision_id.isdecimal() or len(decision_id) > 18:
        return None
    rows = MatchDecision.objects.filter(pk=decision_id, reviewer=reviewer.pk, is_live=True)
    return rows.select_related("esmr_facility", "enrollment").first()


def _saved_just_now(form: VerdictForm, pair: MatchCandidate, reviewer: AbstractBaseUser) -> MatchDecision | None:
    given = form.cleaned_data
    of_plant = given["verdict"] == Verdict.NO_MATCH_EXISTS
    return MatchDecision.objects.filter(
        is_live=True,
        esmr_facility=pair.esmr_facility_id,
        enrollment=None if of_plant else pair.enrollment_id,
        verdict=given["verdict"],
        reason_code=given["reason_code"],
        note=given["note"].strip(),
        reviewer=reviewer.pk,
        reverts=None,
        decided_at__gte=timezone.now() - DOUBLE_CLICK,
    ).first()
