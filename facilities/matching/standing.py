"""How a pair stands: what the machine makes of it, and what a person has decided."""

from dataclasses import dataclass
from uuid import UUID

from facilities.matching.joining import ConflictKind
from facilities.matching.tiers import Tier


@dataclass(frozen=True, slots=True)
class PersonsDecision:
    """The decision of a person, or of a staff mapping, that is in force for a pair: match, no_match or unsure."""

    verdict: str
    evidence_hash: UUID | None  # of what both records said then; None if that is not known


@dataclass(frozen=True, slots=True)
class Standing:
    """A pair's state (the values of `CandidateState`), and whether a person is asked about it."""

    state: str
    is_queued: bool


_DECIDED = {"match": "accepted", "no_match": "rejected", "unsure": "unsure"}
_ASKED = {"open", "reopened", "unsure"}


def standing(
    tier: str,
    conflict: ConflictKind | None,
    decision: PersonsDecision | None,
    *,
    evidence_hash: UUID,
    is_plant_closed: bool,
    is_blind_sample: bool,
) -> Standing:
    """Standing of one pair.

    A person's decision comes first, and is asked about again only where a record has changed since; then that the
    plant has no match; then the machine's tier, unless a conflict holds a likely link back.
    """
    state = _state(tier, conflict, decision, evidence_hash, is_plant_closed=is_plant_closed)
    is_contradicted = conflict is ConflictKind.CONTRADICTION
    is_sampled = is_blind_sample and state == "automatic"
    return Standing(state, state in _ASKED or is_contradicted or is_sampled)


def _state(
    tier: str,
    conflict: ConflictKind | None,
    decision: PersonsDecision | None,
    evidence_hash: UUID,
    *,
    is_plant_closed: bool,
) -> str:
    if decision is not None:
        has_changed = decision.evidence_hash is not None and decision.evidence_hash != evidence_hash
        return "reopened" if has_changed else _DECIDED[decision.verdict]
    if tier == Tier.NONE:
        return "withdrawn"
    if is_plant_closed:
        return "closed"
    if tier in {Tier.DIRECT, Tier.FUZZY}:
        return "automatic" if conflict is None else "open"
    return "open"
