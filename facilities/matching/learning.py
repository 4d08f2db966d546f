"""Learns the weights from judged pairs: logistic regression in plain Python.

Each feature has two columns, its agreeing and its disagreeing part. Weights stay at or above zero, so
that no agreement can ever count against a pair, and a ridge penalty keeps them small where the pairs
say little: the penalty is on the distance from what practice expects (`EXPECTED`), so that a feature that
the pairs at hand do not test keeps a sensible weight. The result does not depend on the order of the examples.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log

from facilities.matching.features import FEATURES
from facilities.matching.scoring import FeatureWeight, probability

_ROUNDS = 40  # Newton steps; it takes about ten
_SWEEPS = 200
_CLOSE = 1e-7
_DIGITS = 6
_CURVATURE_FLOOR = 1e-6

# Log-odds at full agreement and at full disagreement, before any pair is seen.
EXPECTED: Mapping[str, FeatureWeight] = {
    "name_words": FeatureWeight(2.5, 0.0),
    "name_differences": FeatureWeight(0.0, 2.5),
    "name_in_place": FeatureWeight(2.0, 0.0),
    "initials": FeatureWeight(1.0, 0.0),
    "operator": FeatureWeight(2.0, 1.0),
    "plant_number": FeatureWeight(1.0, 2.0),
    "address": FeatureWeight(2.5, 1.5),
    "distance": FeatureWeight(1.5, 1.5),
    "city": FeatureWeight(0.5, 1.0),
    "county": FeatureWeight(0.25, 1.0),
    "region": FeatureWeight(0.25, 1.5),
    "site_kind": FeatureWeight(1.0, 2.0),
    "industry_code": FeatureWeight(1.5, 1.5),
}

Row = tuple[tuple[int, float], ...]  # (column, value) of what is not zero; column 0 is the intercept


@dataclass(frozen=True, slots=True)
class Example:
    """A judged pair: its feature values, whether it is one site, and how much it counts."""

    values: Mapping[str, float | None]
    same: bool
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned: the intercept and the weights by feature."""

    intercept: float
    features: Mapping[str, FeatureWeight]

    def probability(self, values: Mapping[str, float | None]) -> float:
        """Probability that a pair with these values is one site."""
        return probability(
            self.intercept + sum(self.features[name].contribution(values[name]) for name in sorted(values))
        )


def learn_weights(examples: Iterable[Example], *, ridge: float = 0.3) -> Learned:
    """Weights that make the examples most likely, less the penalty on each one's square from the expected.

    Raises ValueError unless there are examples of both sorts.
    """
    rows = _grouped(examples)
    if {same for _, same in rows} != {True, False}:
        raise ValueError("learning needs pairs that are the same site and pairs that are not")
    columns = 1 + 2 * len(FEATURES)
    expected = [0.0] * columns
    for at, name in enumerate(FEATURES):
        expected[1 + 2 * at : 3 + 2 * at] = EXPECTED[name].agreement, EXPECTED[name].disagreement
    weights = list(expected)
    for _ in range(_ROUNDS):
        updated = _newton_step(rows, weights, expected, ridge)
        moved = max(abs(new - old) for new, old in zip(updated, weights, strict=True))
        weights = updated
        if moved < _CLOSE:
            break
    features = {
        name: FeatureWeight(agreement=weights[1 + 2 * at], disagreement=weights[2 + 2 * at])
        for at, name in enumerate(FEATURES)
    }
    return Learned(weights[0], features)


def log_loss(learned: Learned, examples: Iterable[Example]) -> float:
    """Mean negative log-likelihood per unit of weight; lower is better."""
    total = weight = 0.0
    for example in examples:
        chance = min(1 - 1e-9, max(1e-9, learned.probability(example.values)))
        total -= example.weight * log(chance if example.same else 1 - chance)
        weight += example.weight
    return total / weight


def _grouped(examples: Iterable[Example]) -> dict[tuple[Row, bool], float]:
    """Equal examples as one, in a fixed order."""
    grouped: Counter[tuple[Row, bool]] = Counter()
    for example in examples:
        grouped[_row(example.values), example.same] += example.weight  # type: ignore[assignment]  # counts are floats
    return {key: float(grouped[key]) for key in sorted(grouped)}


def _row(values: Mapping[str, float | None]) -> Row:
    """The columns of an example."""
    row = [(0, 1.0)]
    for at, name in enumerate(FEATURES):
        value = values[name]
        if value is not None and value > 0:
            row.append((1 + 2 * at, round(value, _DIGITS)))
        elif value is not None and value < 0:
            row.append((2 + 2 * at, round(value, _DIGITS)))
    return tuple(row)


def _newton_step(
    rows: Mapping[tuple[Row, bool], float], weights: list[float], expected: list[float], ridge: float
) -> list[float]:
    """Minimum of the quadratic model at `weights`, by coordinate descent with weights kept above zero."""
    size = len(weights)
    gradient = [0.0] * size
    curvature = [[0.0] * size for _ in range(size)]
    for (row, same), count in rows.items():
        chance = probability(sum(weights[column] * value for column, value in row))
        slope = count * (chance - same)
        bend = count * max(_CURVATURE_FLOOR, chance * (1 - chance))
        for column, value in row:
            gradient[column] += slope * value
            line = curvature[column]
            for other, other_value in row:
                line[other] += bend * value * other_value
    for column in range(1, size):
        gradient[column] += ridge * (weights[column] - expected[column])
        curvature[column][column] += ridge
    return _descend(weights, gradient, curvature)


def _descend(weights: list[float], gradient: list[float], curvature: list[list[float]]) -> list[float]:
    """Coordinate descent on gradient and curvature at `weights`."""
    found = list(weights)
    for _ in range(_SWEEPS):
        moved = 0.0
        for column, line in enumerate(curvature):
            if line[column] <= 0:
                continue
            slope = gradient[column] + sum(
                bend * (new - old) for bend, new, old in zip(line, found, weights, strict=True) if bend
            )
            new = found[column] - slope / line[column]
            if column:
                new = max(0.0, new)
            moved = max(moved, abs(new - found[column]))
            found[column] = new
        if moved < _CLOSE:
            break
    return found
