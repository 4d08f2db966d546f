"""Writing what the machine makes of pairs: only what differs from what is stored."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import md5
from math import log
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef

from facilities.matching.index import MatchIndex
from facilities.matching.records import EnrollmentKey, Evidence, Veto
from facilities.matching.stored_keys import evidence_hash
from facilities.matching.tiers import Decision, Tier
from facilities.models import CandidateState, MatchCandidate, MatchDecision, Rule
from facilities.services.index_store import forget_pairs, keep_pairs

_BATCH = 500
_KEPT_BATCH = 20_000
_DIGITS = 4
_MACHINE_FIELDS = (
    *("tier", "reason", "probability", "log_odds", "base", "lead", "rank", "evidence", "vetoes", "evidence_hash"),
    *("machine_hash", "model_version", "version", "changed_at"),
)


class ProposalWriter:
    """Takes the decisions of eSMR facilities one after the other, and writes pairs that are new or differ.

    `plants` and `enrollments` are the rows of the records by place id and key.
    """

    def __init__(
        self, index: MatchIndex, plants: Mapping[int, int], enrollments: Mapping[EnrollmentKey, int], now: datetime
    ) -> None:
        self._index = index
        self._plants = plants
        self._enrollments = enrollments
        self._now = now
        self._known = _known_pairs(list(plants.values()))
        self._waiting: list[MatchCandidate] = []
        self._least = log(index.weights.queue_from / (1 - index.weights.queue_from))
        self.pairs = 0  # compared
        self._kept: list[tuple[int, int]] = []  # rows of the pairs that matter to others, not written yet

    def write_all(self, place_ids: Iterable[int]) -> None:
        """Match these eSMR facilities and write what came out."""
        forget_pairs(list(self._plants.values()))
        for place_id in place_ids:
            self._add(place_id, self._index.decide_facility(place_id, is_quick=True))
            if len(self._waiting) >= _BATCH or len(self._kept) >= _KEPT_BATCH:
                self._flush()
        self._flush()

    def _add(self, place_id: int, decisions: list[Decision]) -> None:
        plant = self._plants[place_id]
        known = self._known.get(plant, {})
        self.pairs += len(decisions)
        compared = {decision.pair.key.enrollment for decision in decisions}
        # Stored pairs that no longer share a key are looked at once more, so that their evidence is of today.
        lost = sorted(key for key in known if key not in compared and key in self._index.enrollments)
        proposed = sum(decision.tier is not Tier.NONE for decision in decisions)
        rank = 0
        for decision in (*decisions, *(self._index.decide_pair(place_id, key) for key in lost)):
            key = decision.pair.key.enrollment
            rank += decision.tier is not Tier.NONE
            if decision.tier is not Tier.NONE or decision.pair.log_odds >= self._least:
                self._kept.append((plant, self._enrollments[key]))
            stored = known.get(key)
            if decision.tier is Tier.NONE and stored is None:
                continue
            row = self._row(plant, decision, proposed + 1 if decision.tier is Tier.NONE else rank)
            if stored is None or stored[0] != row.machine_hash:
                row.version = stored[1] + 1 if stored else 1
                self._waiting.append(row)

    def _row(self, plant: int, decision: Decision, rank: int) -> MatchCandidate:
        key = decision.pair.key.enrollment
        # An unlikely pair has its evidence only when it is asked for.
        pair = decision.pair if decision.pair.evidence else self._index.score_pair(*decision.pair.key)
        machine: dict[str, Any] = {
            "tier": str(decision.tier),
            "reason": decision.reason,
            "probability": 1.0 if decision.tier is Tier.DIRECT else round(pair.probability, 6),
            "log_odds": round(pair.log_odds, 6),
            "base": self._index.weights.intercept,
            "lead": self._lead(decision),
            "rank": rank,
            "evidence": [_evidence(one) for one in pair.evidence],
            "vetoes": [_veto(veto) for veto in pair.vetoes],
            "model_version": self._index.weights.version,
        }
        told = evidence_hash(self._index.esmr[pair.key.place_id], self._index.enrollments[key])
        digest = md5(json.dumps([str(told), machine], sort_keys=True).encode(), usedforsecurity=False)
        return MatchCandidate(
            esmr_facility_id=plant,
            enrollment_id=self._enrollments[key],
            evidence_hash=told,
            machine_hash=UUID(hex=digest.hexdigest()),
            state=CandidateState.WITHDRAWN,
            is_queued=False,
            first_proposed_at=self._now,
            changed_at=self._now,
            **machine,
        )

    def _lead(self, decision: Decision) -> float | None:
        """Log-odds ahead of the best pair of another site; None where none is likely enough to be asked about."""
        if decision.lead is None or decision.pair.log_odds - decision.lead < self._least:
            return None
        return round(decision.lead, _DIGITS)

    def _flush(self) -> None:
        MatchCandidate.objects.bulk_create(
            self._waiting,
            update_conflicts=True,
            unique_fields=("esmr_facility", "enrollment"),
            update_fields=_MACHINE_FIELDS,
        )
        keep_pairs(self._kept)
        self._waiting, self._kept = [], []


def _evidence(one: Evidence) -> dict[str, Any]:
    return {
        "feature": one.feature,
        "value": None if one.value is None else round(one.value, _DIGITS),
        "contribution": round(one.contribution, _DIGITS),
        "detail": one.detail,
    }


def _veto(veto: Veto) -> dict[str, str]:
    return {"name": veto.name, "detail": veto.detail}


def _known_pairs(plants: list[int]) -> dict[int, dict[EnrollmentKey, tuple[UUID, int]]]:
    """Stored pairs by plant and enrollment: hash of the machine's columns, and version."""
    columns = ("esmr_facility_id", "enrollment__program", "enrollment__app_id", "enrollment__wdid")
    rows = MatchCandidate.objects.filter(esmr_facility__in=plants).order_by()
    known: dict[int, dict[EnrollmentKey, tuple[UUID, int]]] = defaultdict(dict)
    for plant, program, app_id, wdid, digest, version in rows.values_list(*columns, "machine_hash", "version"):
        known[plant][EnrollmentKey(program, app_id or "", wdid or "")] = (digest, version)
    return known


def known_enrollments(plants: Iterable[int]) -> set[int]:
    """Enrollments of the stored pairs of plants."""
    rows = MatchCandidate.objects.filter(esmr_facility__in=list(plants)).order_by()
    return set(rows.values_list("enrollment_id", flat=True))


def staff_mappings() -> list[tuple[int, int, int, EnrollmentKey]]:
    """Pairs that a staff mapping file links: rows of plant and enrollment, place id and key."""
    rows = MatchDecision.objects.filter(is_live=True, rule=Rule.STAFF_MAPPING, verdict="match").order_by()
    columns = ("esmr_facility_id", "enrollment_id", "esmr_facility__place_id")
    key = ("enrollment__program", "enrollment__app_id", "enrollment__wdid")
    return [
        (plant, enrollment, place_id, EnrollmentKey(program, app_id or "", wdid or ""))
        for plant, enrollment, place_id, program, app_id, wdid in rows.values_list(*columns, *key)
    ]


def forget_withdrawn() -> int:
    """Delete pairs that are no longer proposed and about which nothing was ever decided; returns their number."""
    decided = MatchDecision.objects.filter(esmr_facility=OuterRef("esmr_facility"), enrollment=OuterRef("enrollment"))
    rows = MatchCandidate.objects.filter(~Exists(decided), state=CandidateState.WITHDRAWN)
    return rows.delete()[0]
