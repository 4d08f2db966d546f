"""Decisions of staff about computed exceedances: duplicates of a violation on record, and dismissals.

Each is one transaction that locks what it is about, says so if someone else was faster, appends a row,
and shows in the unified list and the sums at once. Nothing is deleted or hidden. Refreshes are kept out
before any row is locked, so that nobody waits for a row while holding what the other waits for.
"""

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from stormwater.api.families import Family
from stormwater.api.services import bump_data_versions
from stormwater.errors import UserError
from violations.computation.permits import mark_chronic
from violations.models import (
    DismissalDecision,
    DismissalVerdict,
    DuplicateDecision,
    DuplicatePair,
    DuplicateVerdict,
    Exceedance,
    PairState,
    StaffDecision,
)
from violations.refreshing.refresh import keep_refreshes_out, refresh_facilities_of


class DecisionRefusedError(UserError):
    """The decision does not fit what is decided already, or lacks a reason; nothing was written."""


class AlreadyDecidedError(UserError):
    """Someone else decided, or the finding changed, since it was looked at; nothing was written."""


@transaction.atomic
def decide_duplicate(
    *, pair_id: int, verdict: str, reviewer: AbstractBaseUser, expected_version: int, reason: str = ""
) -> DuplicateDecision:
    """Decide that a violation and an exceedance are one event (confirmed) or two (rejected).

    `expected_version` is the pair's version as the reviewer saw it. Raises AlreadyDecidedError,
    DecisionRefusedError, or UserError for an unknown pair.
    """
    keep_refreshes_out()
    pair = _locked_pair(pair_id)
    live: DuplicateDecision | None = pair.decisions.filter(is_live=True).first()
    if pair.version != expected_version:
        raise AlreadyDecidedError(_who_was_faster(live) or "The pair has changed since you saw it: look again.")
    if verdict not in {DuplicateVerdict.CONFIRMED, DuplicateVerdict.REJECTED}:
        raise DecisionRefusedError("A pair is confirmed or rejected.")
    if live is not None and live.verdict == verdict:
        raise DecisionRefusedError(f"It is decided already: {live}.")
    _end(live)
    decision = DuplicateDecision.objects.create(
        pair=pair,
        verdict=verdict,
        reason=reason.strip(),
        score=pair.score,
        reasons=pair.reasons,
        reviewer_id=reviewer.pk,
        reviewer_name=reviewer.get_username(),
        decided_at=timezone.now(),
        is_live=True,
        supersedes_id=live.pk if live else None,
    )
    _show_pair(pair, PairState(verdict))
    return decision


@transaction.atomic
def undo_duplicate_decision(*, decision_id: int, reviewer: AbstractBaseUser, reason: str = "") -> DuplicateDecision:
    """Take back the decision about a pair that is in force, by a row of its own.

    What it had taken the place of is in force again, restated in the new row. Raises DecisionRefusedError
    if it is not in force, UserError if there is none of this number.
    """
    keep_refreshes_out()
    undone = DuplicateDecision.objects.filter(pk=decision_id).first()
    if undone is None:
        raise UserError(f"There is no decision {decision_id}.")
    pair = _locked_pair(undone.pair_id)
    undone.refresh_from_db()
    _check_in_force(undone, pair.decisions.order_by("-pk").first())
    restored = DuplicateDecision.objects.filter(pk=undone.supersedes_id or 0).first()
    _end(undone)
    decision = DuplicateDecision.objects.create(
        pair=pair,
        verdict=restored.verdict if restored else DuplicateVerdict.UNDONE,
        reason=reason.strip() or (f"As {restored.reviewer_name} had decided." if restored else ""),
        score=pair.score,
        reasons=pair.reasons,
        reviewer_id=reviewer.pk,
        reviewer_name=reviewer.get_username(),
        decided_at=timezone.now(),
        is_live=restored is not None,
        supersedes_id=restored.supersedes_id if restored else None,
        reverts=undone,
    )
    _show_pair(pair, PairState(restored.verdict) if restored else PairState.PROBABLE)
    return decision


@transaction.atomic
def dismiss_exceedance(
    *, exceedance_id: int, reason: str, reviewer: AbstractBaseUser, expected_inputs: str
) -> DismissalDecision:
    """Dismiss a computed exceedance as it is now: it stays, marked, and stands again once its inputs change.

    `expected_inputs` is the hash of its inputs as the reviewer saw it. Raises AlreadyDecidedError,
    DecisionRefusedError (no reason; it no longer stands), or UserError for an unknown one.
    """
    keep_refreshes_out()
    exceedance = _locked_exceedance(exceedance_id)
    live = exceedance.dismissals.filter(is_live=True).first()
    if str(exceedance.inputs_hash) != expected_inputs:
        raise AlreadyDecidedError("The finding has other inputs than when you saw it: look again.")
    if exceedance.is_dismissed:
        raise AlreadyDecidedError(_who_was_faster(live) or "It is dismissed already.")
    if exceedance.went_at is not None:
        raise DecisionRefusedError("The published samples no longer say so: there is nothing to dismiss.")
    if not reason.strip():
        raise DecisionRefusedError("Give a reason: others have to understand why it does not stand.")
    _end(live)
    now = timezone.now()
    decision = DismissalDecision.objects.create(
        exceedance=exceedance,
        verdict=DismissalVerdict.DISMISSED,
        reason=reason.strip(),
        inputs_hash=exceedance.inputs_hash,
        seen_value=_value_in_words(exceedance),
        reviewer_id=reviewer.pk,
        reviewer_name=reviewer.get_username(),
        decided_at=now,
        is_live=True,
        supersedes_id=live.pk if live else None,
    )
    Exceedance.objects.filter(pk=exceedance.pk).update(
        dismissed_at=now,
        dismissed_by=reviewer.pk,
        dismissal_reason=decision.reason,
        dismissed_inputs_hash=exceedance.inputs_hash,
    )
    if exceedance.esmr_facility_id:  # whether others are chronic depends on how many stand
        mark_chronic(exceedance.esmr_facility_id)
    _show_exceedance(exceedance)
    return decision


@transaction.atomic
def undo_dismissal(*, decision_id: int, reviewer: AbstractBaseUser, reason: str = "") -> DismissalDecision:
    """Take back a dismissal that is in force, by a row of its own: the finding stands again.

    An earlier dismissal, of other inputs, does not come back. Raises DecisionRefusedError if it is not in
    force, UserError if there is none of this number.
    """
    keep_refreshes_out()
    undone = DismissalDecision.objects.filter(pk=decision_id).first()
    if undone is None:
        raise UserError(f"There is no dismissal {decision_id}.")
    exceedance = _locked_exceedance(undone.exceedance_id)
    undone.refresh_from_db()
    _check_in_force(undone, exceedance.dismissals.order_by("-pk").first())
    _end(undone)
    decision = DismissalDecision.objects.create(
        exceedance=exceedance,
        verdict=DismissalVerdict.UNDONE,
        reason=reason.strip(),
        inputs_hash=exceedance.inputs_hash,
        seen_value=_value_in_words(exceedance),
        reviewer_id=reviewer.pk,
        reviewer_name=reviewer.get_username(),
        decided_at=timezone.now(),
        is_live=False,
        reverts=undone,
    )
    Exceedance.objects.filter(pk=exceedance.pk).update(
        dismissed_at=None, dismissed_by=None, dismissal_reason="", dismissed_inputs_hash=None
    )
    if exceedance.esmr_facility_id:  # whether others are chronic depends on how many stand
        mark_chronic(exceedance.esmr_facility_id)
    _show_exceedance(exceedance)
    return decision


def _locked_pair(pair_id: int) -> DuplicatePair:
    pair = DuplicatePair.objects.select_for_update().filter(pk=pair_id).first()
    if pair is None:
        raise UserError(f"There is no pair {pair_id}: it is no longer proposed, or never was.")
    return pair


def _locked_exceedance(exceedance_id: int) -> Exceedance:
    exceedance = Exceedance.objects.select_for_update().filter(pk=exceedance_id).first()
    if exceedance is None:
        raise UserError(f"There is no exceedance {exceedance_id}.")
    return exceedance


def _end(live: StaffDecision | None) -> None:
    """A later decision takes the place of the one in force."""
    if live is not None:
        type(live)._default_manager.filter(pk=live.pk).update(is_live=False)


def _who_was_faster(live: StaffDecision | None) -> str:
    if live is None:
        return ""
    when = timezone.localtime(live.decided_at)
    return f"{live.reviewer_name} decided at {when:%H:%M} on {when:%Y-%m-%d}: {live}. Nothing was changed."


def _check_in_force(decision: StaffDecision, latest: StaffDecision | None) -> None:
    if not decision.is_live:
        raise DecisionRefusedError(f"This decision is no longer in force; the latest is: {latest}.")


def _value_in_words(exceedance: Exceedance) -> str:
    return f"{exceedance.value.normalize():f} {exceedance.unit} (limit {exceedance.limit_text})"


def _show_pair(pair: DuplicatePair, state: PairState) -> None:
    """Let the pair say how it stands, and the list group its rows accordingly."""
    DuplicatePair.objects.filter(pk=pair.pk).update(state=state, version=pair.version + 1, changed_at=timezone.now())
    _show_exceedance(pair.exceedance)
    bump_data_versions(families=[Family.VIOLATIONS])


def _show_exceedance(exceedance: Exceedance) -> None:
    """Let the list and the sums say at once what was decided."""
    member = exceedance.enrollment or exceedance.esmr_facility
    refresh_facilities_of(facility_ids=[member.facility_id] if member and member.facility_id else [])
