"""Working through the queue: many pairs at once, who does what, what is passed over, and the blind sample."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from facilities.locks import share_verdicts, try_to_claim_identity
from facilities.models import CandidateState, MatchCandidate, MatchSkip
from facilities.selectors.blind import is_blind_pair
from facilities.services.decisions import DecisionRefusedError, who_decided, write_verdict
from facilities.services.settling import settle_after_verdicts
from stormwater.errors import UserError

BULK_CAP = 200  # pairs that one bulk decision may name
_OPEN = {CandidateState.OPEN, CandidateState.REOPENED, CandidateState.UNSURE}


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A pair of a bulk decision that was left as it is, and why."""

    candidate_id: int
    why: str


@dataclass(slots=True)
class BulkReport:
    """What a bulk decision did, or would do (`is_dry_run`)."""

    is_dry_run: bool
    decided: list[int] = field(default_factory=list)  # pairs
    skipped: list[SkippedRow] = field(default_factory=list)
    is_joined: bool = False  # whether it has reached the facilities already


@transaction.atomic
def bulk_decide(
    *,
    versions: Mapping[int, int],
    verdict: str,
    reviewer: AbstractBaseUser,
    reason_code: str,
    note: str = "",
    is_dry_run: bool = True,
) -> BulkReport:
    """Decide exactly the pairs that are named, each by its version as the reviewer saw it.

    Pairs that changed, are not open, are in a conflict or in the blind sample are skipped, each with its reason: they
    want a look of their own. Raises UserError for an empty selection or one over `BULK_CAP`, DecisionRefusedError for
    a missing reason.
    """
    if not versions:
        raise UserError("No pair is selected.")
    if len(versions) > BULK_CAP:
        raise UserError(f"{len(versions)} pairs are selected; at most {BULK_CAP} are decided at once.")
    if not reason_code:
        raise DecisionRefusedError("A bulk decision needs a reason.")
    is_ours = not is_dry_run and try_to_claim_identity()
    if not is_dry_run:
        share_verdicts()
    rows = MatchCandidate.objects.select_for_update().filter(pk__in=list(versions)).order_by("pk")
    found = {candidate.pk: candidate for candidate in rows}
    report = BulkReport(is_dry_run)
    taken = []
    for pk in sorted(versions):
        why = _why_not(found.get(pk), versions[pk])
        if not why:
            why = _decide(found[pk], verdict, reviewer, reason_code, note)
        if why:
            report.skipped.append(SkippedRow(pk, why))
        else:
            report.decided.append(pk)
            taken.append(found[pk])
    if is_dry_run:
        transaction.set_rollback(True)
    elif taken:
        report.is_joined = settle_after_verdicts(is_ours, taken)
    return report


def _why_not(candidate: MatchCandidate | None, expected_version: int) -> str:
    if candidate is None:
        return "there is no such pair"
    if candidate.version != expected_version:
        decided = who_decided(candidate)
        return f"it has changed since the selection was made{f': {decided}' if decided else ''}"
    if is_blind_pair(candidate):
        return "it is in the blind sample, which is judged one by one"
    if candidate.conflict:
        return "it is in a conflict"
    if candidate.state not in _OPEN:
        return f"it is not open ({candidate.get_state_display()})"
    return ""


def _decide(candidate: MatchCandidate, verdict: str, reviewer: AbstractBaseUser, reason_code: str, note: str) -> str:
    """Decide one pair; returns why it was refused, or nothing."""
    try:
        with transaction.atomic():
            write_verdict(candidate, verdict, reviewer, reason_code, note)
    except DecisionRefusedError as error:
        return str(error)
    return ""


@transaction.atomic
def assign_candidates(*, candidate_ids: Iterable[int], assignee: AbstractBaseUser | None) -> int:
    """Give open pairs to a reviewer, or to nobody; returns how many were given. Decided ones are left alone."""
    rows = MatchCandidate.objects.filter(pk__in=list(candidate_ids), is_queued=True)
    return rows.update(assignee_id=assignee.pk if assignee else None)


@transaction.atomic
def skip_candidate(*, candidate_id: int, reviewer: AbstractBaseUser) -> None:
    """Pass over a pair without a verdict: it comes last in the reviewer's queue. Raises UserError if there is none."""
    if not MatchCandidate.objects.filter(pk=candidate_id).exists():
        raise UserError(f"There is no pair {candidate_id}.")
    MatchSkip.objects.update_or_create(
        candidate_id=candidate_id, reviewer_id=reviewer.pk, defaults={"skipped_at": timezone.now()}
    )


@transaction.atomic
def sample_automatic_links(*, size: int, seed: int | None = None) -> list[int]:
    """Put `size` automatic links, drawn at random, into the queue to be judged blind; returns their pairs.

    Drawn from all links of the machine that no person has decided and that were not drawn before. The same `seed` on
    the same links draws the same. Raises UserError for a size below 1.
    """
    if size < 1:
        raise UserError("A sample has at least one link.")
    share_verdicts()
    rows = MatchCandidate.objects.filter(state=CandidateState.AUTOMATIC, is_blind_sample=False).order_by("pk")
    eligible = list(rows.values_list("pk", flat=True))
    drawn = sorted(random.Random(seed).sample(eligible, min(size, len(eligible))))  # noqa: S311 # a sample is no secret
    MatchCandidate.objects.filter(pk__in=drawn).update(is_blind_sample=True, is_queued=True, sampled_at=timezone.now())
    return drawn
