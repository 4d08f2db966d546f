"""How good the matcher is, against judged pairs.

The pairs of the file are judged against the matcher's view of the whole database: what it linked,
what it asks a person about, and where a true pair stands among its facility's candidates.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from facilities.matching.records import PairKey
from facilities.matching.tiers import Decision, Tier, best_first

_Z = 1.959964  # 95 %


@dataclass(frozen=True, slots=True)
class JudgedPair:
    """A pair that a person judged."""

    key: PairKey
    same: bool


@dataclass(frozen=True, slots=True)
class Share:
    """A count out of a total, with Wilson's 95 % interval; no value out of nothing."""

    count: int
    total: int

    @property
    def value(self) -> float | None:
        return self.count / self.total if self.total else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's interval, which stays within 0..1 however small the total."""
        if not self.total:
            return None
        share, total = self.count / self.total, self.total
        middle = (share + _Z**2 / (2 * total)) / (1 + _Z**2 / total)
        half = _Z / (1 + _Z**2 / total) * sqrt(share * (1 - share) / total + _Z**2 / (4 * total**2))
        return max(0.0, middle - half), min(1.0, middle + half)

    def as_dict(self) -> dict[str, Any]:
        """The share as plain values."""
        return {"value": self.value, "count": self.count, "total": self.total, "interval": self.interval}


@dataclass(frozen=True, slots=True)
class JudgedOutcome:
    """What the matcher makes of a judged pair. `score` and `rank` are None if it is no candidate."""

    key: PairKey
    same: bool
    state: str  # automatic, queued or none
    score: float | None
    rank: int | None  # 1 is the most likely; other true enrollments of the same plant set aside


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All measures of one evaluation."""

    auto_precision: Share
    auto_recall: Share
    found_recall: Share
    recall_at_1: Share
    recall_at_5: Share
    queued_per_facility: float
    automatic_on_unlabelled: int
    pairs: tuple[JudgedOutcome, ...]

    def as_dict(self) -> dict[str, Any]:
        """The measures as plain values, as `evaluate_matching --json` prints them."""
        shares = ("auto_precision", "auto_recall", "found_recall", "recall_at_1", "recall_at_5")
        return {
            **{name: getattr(self, name).value for name in shares},
            "intervals": {name: getattr(self, name).interval for name in shares},
            "counts": {name: [getattr(self, name).count, getattr(self, name).total] for name in shares},
            "queued_per_facility": self.queued_per_facility,
            "automatic_on_unlabelled": self.automatic_on_unlabelled,
            "pairs": [
                {
                    "esmr_id": outcome.key.place_id,
                    "wdid": outcome.key.enrollment.wdid,
                    "app_id": outcome.key.enrollment.app_id,
                    "same": outcome.same,
                    "state": outcome.state,
                    "score": outcome.score,
                    "rank": outcome.rank,
                }
                for outcome in self.pairs
            ],
        }


def evaluate(
    judged: Iterable[JudgedPair], decisions: Mapping[int, Sequence[Decision]], *, facilities: int
) -> Evaluation:
    """Measures over judged pairs.

    `decisions` holds all candidates of every eSMR facility; `facilities` is the number of all eSMR facilities. Recalls
    are shares of all positive pairs of the file, those that no blocking key brings together included.
    """
    pairs = sorted(judged, key=lambda pair: pair.key)
    true_keys = {pair.key for pair in pairs if pair.same}
    outcomes = tuple(_outcome(pair, decisions.get(pair.key.place_id, ()), true_keys) for pair in pairs)
    positive = [outcome for outcome in outcomes if outcome.same]
    automatic = [outcome for outcome in outcomes if outcome.state == "automatic"]
    every = [decision for of_facility in decisions.values() for decision in of_facility]
    known = {pair.key for pair in pairs}
    return Evaluation(
        auto_precision=Share(sum(outcome.same for outcome in automatic), len(automatic)),
        auto_recall=Share(sum(outcome.state == "automatic" for outcome in positive), len(positive)),
        found_recall=Share(sum(outcome.state != "none" for outcome in positive), len(positive)),
        recall_at_1=_recall_at(1, positive),
        recall_at_5=_recall_at(5, positive),
        queued_per_facility=sum(one.tier is Tier.QUEUE for one in every) / facilities if facilities else 0.0,
        automatic_on_unlabelled=sum(one.is_automatic and one.pair.key not in known for one in every),
        pairs=outcomes,
    )


def _recall_at(most: int, positive: Sequence[JudgedOutcome]) -> Share:
    return Share(sum(outcome.rank is not None and outcome.rank <= most for outcome in positive), len(positive))


def _outcome(pair: JudgedPair, decisions: Sequence[Decision], true_keys: set[PairKey]) -> JudgedOutcome:
    """State, score and rank of one judged pair."""
    ordered = best_first(decisions)
    found = next((one for one in ordered if one.pair.key == pair.key), None)
    if found is None:
        return JudgedOutcome(pair.key, pair.same, "none", None, None)
    ahead = [one for one in ordered[: ordered.index(found)] if one.pair.key not in true_keys]
    state = "automatic" if found.is_automatic else "queued" if found.tier is Tier.QUEUE else "none"
    return JudgedOutcome(pair.key, pair.same, state, round(found.pair.probability, 4), len(ahead) + 1)
