"""From evidence to a probability: a sum of log-odds, one term per feature, so that each can be shown."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import exp
from typing import Any, Self

from facilities.matching.features import FEATURES, Compared
from facilities.matching.records import Evidence


@dataclass(frozen=True, slots=True)
class FeatureWeight:
    """Log-odds at full agreement (value 1) and, as a positive number, at full disagreement (value -1)."""

    agreement: float
    disagreement: float

    def contribution(self, value: float | None) -> float:
        """Log-odds of a value; a missing one says nothing."""
        if value is None:
            return 0.0
        return value * (self.agreement if value > 0 else self.disagreement)


@dataclass(frozen=True, slots=True)
class Weights:
    """Learned weights and thresholds, with how they came about."""

    version: str
    intercept: float  # log-odds of a pair that shares a blocking key, before any evidence
    features: Mapping[str, FeatureWeight]
    automatic_from: float  # probability
    queue_from: float
    margin: float  # log-odds that the best other site must stay behind
    queue_most: int  # open candidates of one eSMR facility
    learned: Mapping[str, Any]

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Reads a weights file; raises ValueError where it does not fit the features of this code."""
        data = json.loads(text)
        given = set(data["features"])
        if given != set(FEATURES):
            raise ValueError(f"weights and features differ: {', '.join(sorted(given ^ set(FEATURES)))}")
        features = {name: FeatureWeight(**weight) for name, weight in data["features"].items()}
        if any(weight.agreement < 0 or weight.disagreement < 0 for weight in features.values()):
            raise ValueError("a weight is negative: agreement never lowers a score")
        thresholds = data["thresholds"]
        if not 0 < thresholds["queue_from"] < thresholds["automatic_from"] < 1:
            raise ValueError("thresholds must rise from 0 through queue_from and automatic_from to 1")
        return cls(
            version=data["version"],
            intercept=data["intercept"],
            features=features,
            automatic_from=thresholds["automatic_from"],
            queue_from=thresholds["queue_from"],
            margin=thresholds["margin_log_odds"],
            queue_most=thresholds["queue_most"],
            learned=data["learned"],
        )

    def to_json(self) -> str:
        """The weights file, readable and the same for the same weights."""
        data = {
            "version": self.version,
            "intercept": round(self.intercept, 4),
            "features": {
                name: {
                    "agreement": round(self.features[name].agreement, 4),
                    "disagreement": round(self.features[name].disagreement, 4),
                }
                for name in FEATURES
            },
            "thresholds": {
                "automatic_from": self.automatic_from,
                "queue_from": self.queue_from,
                "margin_log_odds": self.margin,
                "queue_most": self.queue_most,
            },
            "learned": self.learned,
        }
        return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


@cache
def shipped_weights() -> Weights:
    """The weights in the repository."""
    return Weights.from_json(files("facilities.matching").joinpath("weights.json").read_text("utf-8"))


def score(compared: Sequence[Compared], weights: Weights) -> tuple[float, tuple[Evidence, ...]]:
    """Log-odds of what the features found (in the order of `FEATURES`), and each one's share of it."""
    return log_odds(compared, weights), evidence_of(compared, weights)


def log_odds(compared: Sequence[Compared], weights: Weights) -> float:
    """Log-odds of what the features found."""
    features = weights.features
    return weights.intercept + sum(
        features[feature].contribution(value) for feature, (value, _) in zip(FEATURES, compared, strict=True)
    )


def evidence_of(compared: Sequence[Compared], weights: Weights) -> tuple[Evidence, ...]:
    """Each feature's value, sentence, and share of the log-odds."""
    return tuple(
        Evidence(feature, value, detail, weights.features[feature].contribution(value))
        for feature, (value, detail) in zip(FEATURES, compared, strict=True)
    )


def probability(log_odds: float) -> float:
    """Probability of log-odds."""
    if log_odds >= 0:
        return 1 / (1 + exp(-log_odds))
    return exp(log_odds) / (1 + exp(log_odds))
