"""Why a pair has its score: one bar per feature, from the evidence that is stored. Plain Python, no Django."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import exp
from typing import Any

# What staff call the features of `facilities.matching.features`.
FEATURE_WORDS: Mapping[str, str] = {
    "name_words": "Words of the name",
    "name_differences": "Words left over",
    "name_in_place": "Name and place",
    "initials": "Initials",
    "operator": "Operator",
    "plant_number": "Plant number",
    "address": "Street address",
    "distance": "Distance",
    "city": "City",
    "county": "County",
    "region": "Region",
    "site_kind": "Kind of site",
    "industry_code": "Industry code",
}
_NOTHING = 0.05  # log-odds that would be shown as 0.0
_MIDDLE = 50.0  # percent of a bar's width where nothing speaks for or against


@dataclass(frozen=True, slots=True)
class Bar:
    """A feature that speaks for or against the pair.

    `left` and `width` are percent of the drawing, whose middle is neutral; `times` says how much the odds change.
    """

    label: str
    sentence: str
    points: str  # log-odds with their sign
    times: str
    left: float
    width: float

    @property
    def speaks_for(self) -> bool:
        """Whether it makes the pair likelier."""
        return self.left >= _MIDDLE


@dataclass(frozen=True, slots=True)
class Silent:
    """A feature that counts for nothing, or next to it, and why."""

    label: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Score:
    """Everything behind a score: the start, what speaks for and against (the strongest first), and what is silent."""

    chance: str
    start: str
    total: str
    bars: tuple[Bar, ...]
    silent: tuple[Silent, ...]


def explain_score(
    evidence: Iterable[Mapping[str, Any]], *, base: float, log_odds: float, probability: float, is_direct: bool = False
) -> Score:
    """Bars of a stored evidence. `base` and all contributions add up to `log_odds`."""
    told = sorted(evidence, key=lambda one: -abs(one["contribution"]))
    spoken = [one for one in told if abs(one["contribution"]) >= _NOTHING]
    largest = max((abs(one["contribution"]) for one in spoken), default=1.0)
    return Score(
        chance="an identifier says so" if is_direct else chance_in_words(probability),
        start=signed(base),
        total=signed(log_odds),
        bars=tuple(_bar(one, largest) for one in spoken),
        silent=tuple(Silent(feature_in_words(one["feature"]), one["detail"]) for one in told if one not in spoken),
    )


def strongest(evidence: Iterable[Mapping[str, Any]], most: int = 2) -> tuple[list[str], list[str]]:
    """The features that speak most for a pair, and those that speak most against it, in words."""
    told = sorted(evidence, key=lambda one: -abs(one["contribution"]))
    spoken = [one for one in told if abs(one["contribution"]) >= _NOTHING]
    speaks_for = [feature_in_words(one["feature"]).lower() for one in spoken if one["contribution"] > 0]
    against = [feature_in_words(one["feature"]).lower() for one in spoken if one["contribution"] < 0]
    return speaks_for[:most], against[:most]


def feature_in_words(feature: str) -> str:
    """What staff call a feature; one that this version does not know keeps its name."""
    return FEATURE_WORDS.get(feature, feature.replace("_", " ").capitalize())


def chance_in_words(probability: float) -> str:
    """A probability as a person says it, never 0 or 100 percent."""
    percent = 100 * probability
    if percent < 1:
        return "under 1 % likely"
    return "over 99 % likely" if percent > 99 else f"{percent:.0f} % likely"


def signed(points: float) -> str:
    """Log-odds with a sign and one decimal."""
    return f"{points:+.1f}"


def _bar(one: Mapping[str, Any], largest: float) -> Bar:
    points = one["contribution"]
    width = _MIDDLE * abs(points) / largest
    return Bar(
        label=feature_in_words(one["feature"]),
        sentence=one["detail"],
        points=signed(points),
        times=_times(points),
        left=round(_MIDDLE if points > 0 else _MIDDLE - width, 2),
        width=round(width, 2),
    )


def _times(points: float) -> str:
    """How much a contribution multiplies or divides the odds."""
    factor = exp(abs(points))
    number = f"{factor:.1f}" if factor < 10 else f"{factor:.0f}"
    return f"odds × {number}" if points > 0 else f"odds ÷ {number}"  # noqa: RUF001 # the signs of arithmetic
