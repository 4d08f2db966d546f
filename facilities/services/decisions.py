"""Verdicts of reviewers: deciding a pair or a whole plant, and taking a decision back.

Each is one transaction that locks the pair, says so if someone else was faster, appends a row, and puts the facilities
together anew. Where a sync or the matcher is at work just then, the verdict is saved all the same and reaches the
facilities with the next run of the matcher.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from facilities.locks import share_verdicts, try_to_claim_identity
from facilities.models import (
    CandidateState,
    EsmrFacility,
    MatchCandidate,
    MatchDecision,
    MatchSkip,
    ReasonCode,
    Rule,
    Tier,
    Verdict,
)
from facilities.selectors.blind import is_blind_pair
from facilities.services.awaited import contradicts_plant
from facilities.services.settling import mark_stale, settle_after_verdicts
from facilities.services.standing import as_seen, evidence_of
from stormwater.errors import UserError

_OF_A_PAIR = (Verdict.MATCH, Verdict.NO_MATCH, Verdict.UNSURE)


class DecisionRefusedError(UserError):
    """The verdict does not fit what is decided already, or lacks a reason."""


class ReasonMissingError(DecisionRefusedError):
    """The verdict needs a reason code, or has one that there is not."""


class AlreadyDecidedError(UserError):
    """Someone else decided, or the pair changed, since the reviewer saw it; nothing was written."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What a verdict came to. `is_joined`: whether it has reached the facilities already."""

    decision: MatchDecision
    is_joined: bool


@transaction.atomic
def decide_candidate(
    *,
    candidate_id: int,
    verdict: str,
    reviewer: AbstractBaseUser,
    expected_version: int,
    reason_code: str = "",
    note: str = "",
    is_blind: bool = False,
) -> Decided:
    """Decide a pair: match, no_match or unsure.

    `expected_version` is the pair's version as the reviewer saw it. A reason code is needed to go against the machine
    (`is_override`). Raises AlreadyDecidedError, DecisionRefusedError, or UserError for an unknown pair.
    """
    is_ours = _enter()
    candidate = _locked_pair(candidate_id)
    _check_version(candidate, expected_version)
    decision = write_verdict(candidate, verdict, reviewer, reason_code, note, is_blind=is_blind)
    return Decided(decision, settle_after_verdicts(is_ours, [candidate]))


@transaction.atomic
def close_plant(
    *,
    esmr_facility_id: int,
    reviewer: AbstractBaseUser,
    reason_code: str,
    note: str = "",
    seen: Mapping[int, int] | None = None,
) -> Decided:
    """Decide that no enrollment matches an eSMR facility: its open pairs are closed, and no new ones are asked about.

    `seen` are the versions of its pairs as the reviewer saw them, if they saw them: a pair that is new or another one
    since then raises AlreadyDecidedError. Raises DecisionRefusedError if a person has matched one of its pairs, without
    a reason code, or if it is closed already.
    """
    is_ours = _enter()
    candidates = _locked_pairs_of(esmr_facility_id)
    if not reason_code:
        raise DecisionRefusedError("That a plant has no match needs a reason.")
    _check_reason(reason_code, needed=False)
    if _live(esmr_facility_id, None) is not None:
        raise DecisionRefusedError("It is decided already that this plant has no match.")
    if contradicts_plant(esmr_facility_id, Verdict.NO_MATCH_EXISTS):
        raise DecisionRefusedError("A person has matched this plant with an enrollment; undo that decision first.")
    if seen is not None:
        _check_all_seen(candidates, seen)
    now = timezone.now()
    decision = MatchDecision.objects.create(
        esmr_facility_id=esmr_facility_id,
        verdict=Verdict.NO_MATCH_EXISTS,
        reason_code=reason_code,
        note=note.strip(),
        reviewer_id=reviewer.pk,
        reviewer_name=reviewer.get_username(),
        decided_at=now,
        recorded_at=now,
        is_live=True,
    )
    return Decided(decision, settle_after_verdicts(is_ours, candidates, esmr_facility_id))


@transaction.atomic
def undo_decision(*, decision_id: int, reviewer: AbstractBaseUser, note: str = "") -> Decided:
    """Take back a decision that is in force, by a row of its own.

    What it had taken the place of is in force again: a person's decision as a restatement in the new row, a link of
    the machine if the machine still makes it. Raises DecisionRefusedError if a later decision stands in its place
    (that one has to be undone first), if it is an undo, or the machine's (decide the pair instead).
    """
    is_ours = _enter()
    undone = MatchDecision.objects.filter(pk=decision_id).first()
    if undone is None:
        raise UserError(f"There is no decision {decision_id}.")
    candidates = _locked_pairs_of(undone.esmr_facility_id)
    undone.refresh_from_db()
    _check_may_be_undone(undone)
    before = undone.supersedes
    restored = before if before is not None and not before.is_by_machine else None
    if restored is not None and contradicts_plant(undone.esmr_facility_id, restored.verdict):
        raise DecisionRefusedError("It was decided since that this plant has no match; undo that decision first.")
    now = timezone.now()
    MatchDecision.objects.filter(pk=undone.pk).update(is_live=False)
    decision = MatchDecision.objects.create(
        esmr_facility_id=undone.esmr_facility_id,
        enrollment_id=undone.enrollment_id,
        verdict=restored.verdict if restored else Verdict.UNDONE,
        reason_code=restored.reason_code if restored else "",
        note=note.strip() or (f"As {restored.decided_by} had decided." if restored else ""),
        reviewer_id=reviewer.pk,
        reviewer_name=reviewer.get_username(),
        decided_at=now,
        recorded_at=now,
        tier=undone.tier,
        probability=undone.probability,
        evidence=undone.evidence,
        evidence_hash=restored.evidence_hash if restored else undone.evidence_hash,
        model_version=undone.model_version,
        is_live=restored is not None,
        supersedes=restored.supersedes if restored else None,
        reverts=undone,
    )
    for candidate in candidates:
        if candidate.enrollment_id == undone.enrollment_id:
            _count_up(candidate)
    mark_stale(undone.esmr_facility_id, is_needed=_is_mapping(undone))
    return Decided(decision, settle_after_verdicts(is_ours, candidates, undone.esmr_facility_id))


def is_override(candidate: MatchCandidate, verdict: str) -> bool:
    """Whether a verdict goes against the machine: no match where it links, a match where it would not."""
    if verdict == Verdict.NO_MATCH:
        return candidate.tier in {Tier.DIRECT, Tier.FUZZY}
    return verdict == Verdict.MATCH and bool(candidate.vetoes or candidate.conflict or candidate.tier == Tier.NONE)


def who_decided(candidate: MatchCandidate) -> str:
    """Who decided a pair, when and what, in words; empty if no person's decision is in force."""
    live = _live(candidate.esmr_facility_id, candidate.enrollment_id)
    if live is None or live.is_by_machine:
        return ""
    when = timezone.localtime(live.decided_at)
    verdict = live.get_verdict_display()
    return f"{live.decided_by} decided this pair at {when:%H:%M} on {when:%Y-%m-%d}: {verdict}"


def write_verdict(
    candidate: MatchCandidate,
    verdict: str,
    reviewer: AbstractBaseUser,
    reason_code: str,
    note: str,
    *,
    is_blind: bool = False,
) -> MatchDecision:
    """Append a reviewer's verdict about a locked pair. Raises DecisionRefusedError.

    A pair of the blind sample is judged blind; whoever does not see the machine's verdict need not explain an override.
    """
    if verdict not in _OF_A_PAIR:
        raise DecisionRefusedError(f"A pair is decided by one of {', '.join(_OF_A_PAIR)}.")
    is_blind = is_blind or is_blind_pair(candidate)
    _check_reason(reason_code, needed=is_override(candidate, verdict) and not is_blind)
    if contradicts_plant(candidate.esmr_facility_id, verdict):
        raise DecisionRefusedError("It is decided that this plant has no match; undo that decision first.")
    live = _live(candidate.esmr_facility_id, candidate.enrollment_id)
    now = timezone.now()
    if live is not None:
        MatchDecision.objects.filter(pk=live.pk).update(is_live=False)
        mark_stale(candidate.esmr_facility_id, is_needed=_is_mapping(live))
    MatchSkip.objects.filter(candidate=candidate).delete()
    _count_up(candidate)
    return MatchDecision.objects.create(
        verdict=verdict,
        reason_code=reason_code,
        note=note.strip(),
        reviewer_id=reviewer.pk,
        reviewer_name=reviewer.get_username(),
        is_blind=is_blind,
        is_live=True,
        supersedes=live,
        **as_seen(candidate, now, evidence_of([candidate.pk])[candidate.pk]),
    )


def _enter() -> bool:
    """Take the locks of a verdict, in their order; returns whether facilities can be put together now."""
    is_ours = try_to_claim_identity()
    share_verdicts()
    return is_ours


def _locked_pair(candidate_id: int) -> MatchCandidate:
    candidate = MatchCandidate.objects.select_for_update().filter(pk=candidate_id).first()
    if candidate is None:
        raise UserError(f"There is no pair {candidate_id}.")
    return candidate


def _locked_pairs_of(esmr_facility_id: int) -> list[MatchCandidate]:
    if not EsmrFacility.objects.filter(pk=esmr_facility_id).exists():
        raise UserError(f"There is no eSMR facility with the row {esmr_facility_id}.")
    return list(MatchCandidate.objects.select_for_update().filter(esmr_facility=esmr_facility_id).order_by("pk"))


def _live(plant: int, enrollment: int | None) -> MatchDecision | None:
    return MatchDecision.objects.filter(is_live=True, esmr_facility=plant, enrollment=enrollment).first()


def _count_up(candidate: MatchCandidate) -> None:
    """A new version of a pair, also where its state stays the same: whoever saw the old one has to look again."""
    candidate.version += 1
    candidate.save(update_fields=["version"])


def _check_version(candidate: MatchCandidate, expected: int) -> None:
    if candidate.version == expected:
        return
    if decided := who_decided(candidate):
        raise AlreadyDecidedError(f"{decided}. Nothing was changed.")
    raise AlreadyDecidedError("The pair has changed since you saw it: look again. Nothing was changed.")


def _check_all_seen(candidates: list[MatchCandidate], seen: Mapping[int, int]) -> None:
    """Pairs that are no longer proposed need not have been seen."""
    for candidate in candidates:
        if candidate.pk in seen:
            _check_version(candidate, seen[candidate.pk])
        elif candidate.state != CandidateState.WITHDRAWN:
            raise AlreadyDecidedError(
                "The plant has a new candidate since you saw it: look again. Nothing was changed."
            )


def _check_reason(reason_code: str, *, needed: bool) -> None:
    if reason_code not in ReasonCode.values:
        raise ReasonMissingError(f"There is no reason {reason_code}.")
    if needed and not reason_code:
        raise ReasonMissingError("This goes against the machine: give a reason.")


def _check_may_be_undone(decision: MatchDecision) -> None:
    if decision.is_by_machine:
        raise DecisionRefusedError("The machine made this link; decide the pair instead of undoing it.")
    if decision.is_live:
        return
    if decision.verdict == Verdict.UNDONE:
        raise DecisionRefusedError("This row takes a decision back; decide the pair again instead of undoing it.")
    later = (
        MatchDecision.objects.filter(
            esmr_facility=decision.esmr_facility_id, enrollment=decision.enrollment_id, pk__gt=decision.pk
        )
        .order_by("-pk")
        .first()
    )
    by = f"{later.decided_by} ({later.get_verdict_display()}, decision {later.pk})" if later else "a later decision"
    raise DecisionRefusedError(f"This decision is no longer in force: {by} came after it. Undo that one first.")


def _is_mapping(decision: MatchDecision) -> bool:
    return decision.rule == Rule.STAFF_MAPPING
