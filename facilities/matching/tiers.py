"""From scores to tiers: direct, automatic by score, a person's queue, or nothing.

Precision comes first. A link is made by score only if the probability is high, nothing vetoes it, more
than a weak name speaks for it, and no other site is nearly as likely: neither another enrollment's
site for this eSMR facility, nor another eSMR plant for this enrollment.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from facilities.matching.records import EnrollmentKey, Pair, PairKey
from facilities.matching.scoring import Weights

_STRONG_NAME = 0.9


class Tier(StrEnum):
    """How a pair came to be linked, or why it is not."""

    DIRECT = "direct"
    FUZZY = "fuzzy"
    QUEUE = "queue"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Decision:
    """What the machine makes of a pair."""

    pair: Pair
    tier: Tier
    reason: str
    runner_up: PairKey | None = None  # the most likely pair of another site, on either side
    lead: float | None = None  # log-odds ahead of it

    @property
    def is_automatic(self) -> bool:
        """Whether the machine links the pair."""
        return self.tier in {Tier.DIRECT, Tier.FUZZY}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a pair is weighed against."""

    of_facility: Sequence[Pair]  # all scored pairs of its eSMR facility
    of_enrollment: Sequence[Pair]  # all scored pairs of its enrollment
    same_site: Callable[[EnrollmentKey, EnrollmentKey], bool]
    same_plant: Callable[[int, int], bool]


def decide(pair: Pair, surroundings: Surroundings, weights: Weights, identifier: str | None = None) -> Decision:
    """Tier of one pair, the same whatever the order of its surroundings."""
    if identifier is not None:
        return Decision(pair, Tier.DIRECT, identifier)
    rival = runner_up(pair, surroundings)
    lead = pair.log_odds - rival.log_odds if rival else None
    tier, reason = _tier(pair, lead, weights)
    return Decision(pair, tier, reason, rival.key if rival else None, lead)


def _tier(pair: Pair, lead: float | None, weights: Weights) -> tuple[Tier, str]:
    if pair.probability < weights.queue_from:
        return Tier.NONE, "not likely enough to ask a person"
    if pair.vetoes:
        if pair.probability >= weights.automatic_from:
            return Tier.QUEUE, f"alike, but vetoed: {pair.vetoes[0].detail}"
        return Tier.NONE, f"vetoed: {pair.vetoes[0].detail}"
    if pair.probability < weights.automatic_from:
        return Tier.QUEUE, "not certain enough to link without a person"
    if lead is not None and lead < weights.margin:
        return Tier.QUEUE, "another site is nearly as likely"
    if not is_well_founded(pair.values):
        return Tier.QUEUE, "a name alone speaks for it"
    return Tier.FUZZY, "likely, and no other site comes near"


def is_well_founded(values: Mapping[str, float | None]) -> bool:
    """Whether more than a weak name speaks for a pair.

    Two of name, operator, address and nearness must agree; or, where the eSMR side has a name and a
    region only, all of two rare words with nothing against them.
    """
    agreeing = sum(
        (values[feature] or 0.0) >= enough
        for feature, enough in (("name_words", 0.3), ("operator", 0.5), ("address", 0.5), ("distance", 0.7))
    )
    if agreeing >= 2:
        return True
    name, differences = values["name_words"] or 0.0, values["name_differences"] or 0.0
    return name >= _STRONG_NAME and differences == 0.0 and (values["region"] or 0.0) >= 1.0


def runner_up(pair: Pair, surroundings: Surroundings) -> Pair | None:
    """The most likely pair that would link either record of this one to another site."""
    rivals = [
        other
        for other in surroundings.of_facility
        if not other.vetoes and not surroundings.same_site(pair.key.enrollment, other.key.enrollment)
    ]
    rivals += [
        other
        for other in surroundings.of_enrollment
        if not other.vetoes and not surroundings.same_plant(pair.key.place_id, other.key.place_id)
    ]
    return min(rivals, key=lambda other: (-other.log_odds, other.key), default=None)


def best_first(decisions: Iterable[Decision]) -> list[Decision]:
    """Decisions by probability, ties by key, so that the order is always the same."""
    return sorted(decisions, key=lambda decision: (-decision.pair.log_odds, decision.pair.key))
