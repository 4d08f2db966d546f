"""How pairs stand: their state follows from the machine's tier, the decisions in force and the conflicts."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import connection

from facilities.matching.joining import ConflictKind
from facilities.matching.standing import PersonsDecision, standing
from facilities.models import CandidateState, MatchCandidate, MatchDecision, Rule, Tier, Verdict

# Columns that are written here, with their types.
_STANDING = {
    "state": "text",
    "is_queued": "boolean",
    "conflict": "text",
    "conflict_reason": "text",
    "version": "integer",
}
_BATCH = 1_000

Live = Mapping[tuple[int, int | None], MatchDecision]
Conflicts = Mapping[tuple[int, int], tuple[ConflictKind, str]]


def is_likely(candidate: MatchCandidate) -> bool:
    """Whether the machine would link the pair if nothing stood against it."""
    return candidate.tier in {Tier.DIRECT, Tier.FUZZY}


def settle_candidates(
    candidates: Iterable[MatchCandidate], live: Live, conflicts: Conflicts, now: datetime
) -> tuple[int, int]:
    """Write how the pairs stand now, and record the links that the machine makes or withdraws; returns their numbers.

    `candidates` are all pairs of their plants, `live` the decisions in force. Only what changed is written.
    """
    changed, made, withdrawn = [], [], []
    for candidate in candidates:
        pair = (candidate.esmr_facility_id, candidate.enrollment_id)
        decision = live.get(pair)
        kind, sentence = conflicts.get(pair, (None, ""))
        if _settle(candidate, decision, kind, sentence, is_plant_closed=(pair[0], None) in live):
            candidate.version += 1
            changed.append(candidate)
        by_machine = decision is not None and decision.is_by_machine
        if candidate.state == CandidateState.AUTOMATIC:
            if decision is None or decision.rule != candidate.tier:
                made.append((candidate, decision))
        elif by_machine and decision is not None:
            withdrawn.append((candidate, decision))
    _write_standing(changed, now)
    _record_withdrawn(withdrawn, now)
    _record_made(made, now)
    return len(made), len(withdrawn)


def _settle(
    candidate: MatchCandidate,
    decision: MatchDecision | None,
    conflict: ConflictKind | None,
    sentence: str,
    *,
    is_plant_closed: bool,
) -> bool:
    """Set state, queue and conflict of one pair; returns whether any of them is another one now."""
    person = None
    if decision is not None and not decision.is_by_machine:
        person = PersonsDecision(decision.verdict, decision.evidence_hash)
    found = standing(
        candidate.tier,
        conflict,
        person,
        evidence_hash=candidate.evidence_hash,
        is_plant_closed=is_plant_closed,
        is_blind_sample=candidate.is_blind_sample,
    )
    before = (candidate.state, candidate.is_queued, candidate.conflict, candidate.conflict_reason)
    after = (found.state, found.is_queued, str(conflict or ""), sentence)
    candidate.state, candidate.is_queued, candidate.conflict, candidate.conflict_reason = after
    return before != after


def _write_standing(changed: list[MatchCandidate], now: datetime) -> None:
    """Write how the pairs stand, by one statement for all of them."""
    if not changed:
        return
    columns = ", ".join(_STANDING)
    arrays = ", ".join(f"%s::{kind}[]" for kind in _STANDING.values())
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE facilities_matchcandidate c
            SET ({columns}, changed_at) = ({", ".join(f"s.{column}" for column in _STANDING)}, %s)
            FROM unnest(%s::bigint[], {arrays}) AS s (id, {columns}) WHERE c.id = s.id
            """,
            [now, [row.pk for row in changed], *([getattr(row, column) for row in changed] for column in _STANDING)],
        )


def _record_made(made: list[tuple[MatchCandidate, MatchDecision | None]], now: datetime) -> None:
    _end([earlier for _, earlier in made if earlier is not None])
    evidence = evidence_of([candidate.pk for candidate, _ in made])
    MatchDecision.objects.bulk_create(
        (
            MatchDecision(
                verdict=Verdict.MATCH,
                rule=Rule(candidate.tier),
                is_live=True,
                supersedes=earlier,
                **as_seen(candidate, now, evidence.get(candidate.pk)),
            )
            for candidate, earlier in made
        ),
        batch_size=_BATCH,
    )


def _record_withdrawn(withdrawn: list[tuple[MatchCandidate, MatchDecision]], now: datetime) -> None:
    _end([earlier for _, earlier in withdrawn])
    evidence = evidence_of([candidate.pk for candidate, _ in withdrawn])
    MatchDecision.objects.bulk_create(
        (
            MatchDecision(
                verdict=Verdict.UNDONE,
                rule=earlier.rule,
                is_live=False,
                reverts=earlier,
                note=candidate.conflict_reason or candidate.reason,
                **as_seen(candidate, now, evidence.get(candidate.pk)),
            )
            for candidate, earlier in withdrawn
        ),
        batch_size=_BATCH,
    )


def _end(decisions: list[MatchDecision]) -> None:
    MatchDecision.objects.filter(pk__in=[decision.pk for decision in decisions]).update(is_live=False)


def evidence_of(candidate_ids: list[int]) -> dict[int, dict[str, object]]:
    """Evidence, vetoes and the machine's sentence of pairs, as a decision keeps them."""
    rows = MatchCandidate.objects.filter(pk__in=candidate_ids).values_list(
        "pk", "base", "log_odds", "reason", "evidence", "vetoes"
    )
    names = ("base", "log_odds", "reason", "evidence", "vetoes")
    return {pk: dict(zip(names, values, strict=True)) for pk, *values in rows.iterator()}


def as_seen(candidate: MatchCandidate, now: datetime, evidence: dict[str, object] | None) -> dict[str, object]:
    """The columns of a decision that say which pair it is about and what the machine made of it then."""
    return {
        "esmr_facility_id": candidate.esmr_facility_id,
        "enrollment_id": candidate.enrollment_id,
        "decided_at": now,
        "recorded_at": now,
        "tier": candidate.tier,
        "probability": candidate.probability,
        "evidence": evidence,
        "evidence_hash": candidate.evidence_hash,
        "model_version": candidate.model_version,
    }
