"""One pair, explained: what the console shows and `match_facility` answers."""

from dataclasses import dataclass
from typing import Any

from facilities.matching.index import MatchIndex
from facilities.matching.records import EnrollmentKey, Evidence, PairKey, Veto
from facilities.matching.tiers import Tier


@dataclass(frozen=True, slots=True)
class Explanation:
    """Tier, confidence and reasons of one pair.

    `base` and the contributions of the evidence add up to `log_odds`; each is one bar of the console.
    """

    key: PairKey
    tier: Tier
    confidence: float  # probability that both are one site; 1 where an identifier says so
    reason: str
    log_odds: float
    base: float  # log-odds of any pair that is compared
    evidence: tuple[Evidence, ...]
    vetoes: tuple[Veto, ...]
    runner_up: PairKey | None
    lead: float | None
    model_version: str

    def as_dict(self) -> dict[str, Any]:
        """The explanation as plain values."""
        return {
            "esmr_id": self.key.place_id,
            "program": self.key.enrollment.program,
            "app_id": self.key.enrollment.app_id,
            "wdid": self.key.enrollment.wdid,
            "tier": str(self.tier),
            "confidence": round(self.confidence, 4),
            "reason": self.reason,
            "base": round(self.base, 4),
            "log_odds": round(self.log_odds, 4),
            "evidence": [
                {
                    "feature": one.feature,
                    "value": None if one.value is None else round(one.value, 4),
                    "contribution": round(one.contribution, 4),
                    "detail": one.detail,
                }
                for one in self.evidence
            ],
            "vetoes": [{"name": veto.name, "detail": veto.detail} for veto in self.vetoes],
            "model_version": self.model_version,
        }


def match_pair(place_id: int, enrollment: EnrollmentKey, context: MatchIndex) -> Explanation:
    """What the machine makes of one pair among all records of `context`.

    Raises KeyError for an id that `context` does not have.
    """
    decision = context.decide_pair(place_id, enrollment)
    pair = decision.pair
    return Explanation(
        key=pair.key,
        tier=decision.tier,
        confidence=1.0 if decision.tier is Tier.DIRECT else pair.probability,
        reason=decision.reason,
        log_odds=pair.log_odds,
        base=context.weights.intercept,
        evidence=pair.evidence,
        vetoes=pair.vetoes,
        runner_up=decision.runner_up,
        lead=decision.lead,
        model_version=context.weights.version,
    )
