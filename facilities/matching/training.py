"""From judged pairs to a weights file, with figures from pairs that were not learned from.

The examples are all candidates of the eSMR facilities that have a judged pair: judged ones as judged,
the others as different sites, since whoever judged a facility looked at what lies near it. An unjudged
pair that a first fit finds likely is left out: nobody has said what it is. Every pair counts twice, with
its crosswalk row and, at half weight, as if it had none, so that one set of weights serves both.
"""

import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any

from facilities.matching.evaluation import Evaluation, JudgedPair, evaluate
from facilities.matching.index import MatchIndex
from facilities.matching.learning import Example, Learned, learn_weights, log_loss
from facilities.matching.records import PairKey
from facilities.matching.scoring import Weights
from facilities.matching.tiers import Decision

RIDGES = (0.3, 1.0, 3.0)
_FOLDS = 5
_WITHOUT_CROSSWALK_WEIGHT = 0.5
_UNKNOWN_FROM = 0.3  # probability in the first fit from which an unjudged pair is left out

Values = Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Feature values of all candidates of the judged facilities, in both views."""

    judged: Mapping[PairKey, bool]
    views: tuple[tuple[float, Mapping[PairKey, Values]], ...]  # (weight of the view, values by pair)
    left_out: frozenset[PairKey] = frozenset()

    @property
    def facilities(self) -> tuple[int, ...]:
        """ESMR facilities with a judged pair, in order."""
        return tuple(sorted({key.place_id for _, view in self.views for key in view}))

    def examples(self, facilities: Collection[int]) -> list[Example]:
        """Examples of some facilities."""
        return [
            Example(values, self.judged.get(key, False), weight)
            for weight, view in self.views
            for key, values in view.items()
            if key.place_id in facilities and key not in self.left_out
        ]


@dataclass(frozen=True, slots=True)
class CrossValidated:
    """Figures on facilities that were not learned from, with and without a crosswalk."""

    with_crosswalk: Evaluation
    without_crosswalk: Evaluation
    ridges: tuple[float, ...]  # chosen on the inner folds, one per outer fold


def gather(judged: Iterable[JudgedPair], with_crosswalk: MatchIndex, without_crosswalk: MatchIndex) -> TrainingSet:
    """The training set of judged pairs; those of records that the indexes do not have are passed over."""
    known = {
        pair.key: pair.same
        for pair in judged
        if pair.key.place_id in with_crosswalk.esmr and pair.key.enrollment in with_crosswalk.enrollments
    }
    places = sorted({key.place_id for key in known})
    views = tuple(
        (weight, _values(index, places, known))
        for weight, index in ((1.0, with_crosswalk), (_WITHOUT_CROSSWALK_WEIGHT, without_crosswalk))
    )
    everything = TrainingSet(known, views)
    first = learn_weights(everything.examples(frozenset(places)), ridge=1.0)
    unknown = frozenset(
        key for key, values in views[0][1].items() if key not in known and first.probability(values) > _UNKNOWN_FROM
    )
    return replace(everything, left_out=unknown)


def _values(index: MatchIndex, places: Sequence[int], judged: Collection[PairKey]) -> dict[PairKey, Values]:
    keys = {PairKey(place, key) for place in places for key in index.candidates_of(place)}.union(judged)
    return {key: index.score_pair(*key).values for key in sorted(keys)}


def choose_ridge(data: TrainingSet, facilities: Sequence[int], *, seed: int = 0) -> float:
    """The ridge penalty with the least loss on folds of the given facilities."""
    losses = {}
    for ridge in RIDGES:
        held_out = []
        for test in _folds(facilities, seed):
            learned = learn_weights(data.examples(frozenset(facilities) - test), ridge=ridge)
            held_out.append(log_loss(learned, data.examples(test)))
        losses[ridge] = fmean(held_out)
    return min(RIDGES, key=lambda ridge: (losses[ridge], ridge))


def cross_validate(
    judged: Sequence[JudgedPair],
    data: TrainingSet,
    with_crosswalk: MatchIndex,
    without_crosswalk: MatchIndex,
    thresholds: Weights,
    *,
    seed: int = 0,
) -> CrossValidated:
    """Nested cross-validation, grouped by eSMR facility: the penalty is chosen inside each outer fold.

    Only the thresholds of `thresholds` are used. Open candidates are counted per judged facility here.
    """
    decided: tuple[dict[int, list[Decision]], dict[int, list[Decision]]] = ({}, {})
    ridges = []
    for test in _folds(data.facilities, seed):
        rest = [place for place in data.facilities if place not in test]
        ridge = choose_ridge(data, rest, seed=seed)
        ridges.append(ridge)
        weights = _with_learned(thresholds, learn_weights(data.examples(frozenset(rest)), ridge=ridge))
        for into, index in zip(decided, (with_crosswalk, without_crosswalk), strict=True):
            into.update(index.reweighted(weights).match(test))
    count = len(data.facilities)
    with_it, without = (evaluate(judged, decisions, facilities=count) for decisions in decided)
    return CrossValidated(with_it, without, tuple(ridges))


def learn(
    judged: Sequence[JudgedPair],
    with_crosswalk: MatchIndex,
    without_crosswalk: MatchIndex,
    thresholds: Weights,
    *,
    version: str,
    about: Mapping[str, Any],
) -> Weights:
    """New weights from judged pairs, with cross-validated figures and `about` (dates of the data) beside them."""
    data = gather(judged, with_crosswalk, without_crosswalk)
    validated = cross_validate(judged, data, with_crosswalk, without_crosswalk, thresholds)
    ridge = choose_ridge(data, data.facilities)
    learned = learn_weights(data.examples(frozenset(data.facilities)), ridge=ridge)
    same = sum(data.judged.values())
    note = {
        **about,
        "method": "logistic regression, two columns per feature, weights at or above zero, ridge towards the"
        " expected weights (learning.EXPECTED); candidates that nobody judged count as different sites",
        "ridge": ridge,
        "pairs": {"same": same, "different": len(data.judged) - same, "facilities": len(data.facilities)},
        "examples": {"weighted": len(data.examples(frozenset(data.facilities))), "left_out": len(data.left_out)},
        "cross_validated": {
            "how": f"nested, {_FOLDS} folds grouped by eSMR facility, the penalty chosen inside each",
            "with_crosswalk": figures(validated.with_crosswalk),
            "without_crosswalk": figures(validated.without_crosswalk),
        },
    }
    return replace(_with_learned(thresholds, learned), version=version, learned=note)


def figures(evaluation: Evaluation) -> dict[str, Any]:
    """The measures of an evaluation for the weights file: value, counts and interval, no rows."""
    result: dict[str, Any] = {}
    for name in ("auto_precision", "auto_recall", "found_recall", "recall_at_1", "recall_at_5"):
        share = getattr(evaluation, name)
        result[name] = {
            "value": None if share.value is None else round(share.value, 3),
            "of": [share.count, share.total],
            "interval": None if share.interval is None else [round(end, 3) for end in share.interval],
        }
    return result


def _with_learned(thresholds: Weights, learned: Learned) -> Weights:
    return replace(thresholds, intercept=learned.intercept, features=learned.features)


def _folds(facilities: Sequence[int], seed: int) -> list[frozenset[int]]:
    """Facilities in folds, the same for the same facilities and seed."""
    shuffled = sorted(facilities)
    random.Random(seed).shuffle(shuffled)  # noqa: S311 # folds are no secret
    return [frozenset(shuffled[at::_FOLDS]) for at in range(_FOLDS)]
