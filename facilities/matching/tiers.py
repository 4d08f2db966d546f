"""From scores to tiers: direct, automatic by score, a person's queue, or nothing.

Precision comes first. A link is made by score only if the probability is high, nothing vetoes it, more
than a weak name speaks for it, and no other site is nearly as likely: neither another enrollment's
site for this eSMR facility, nor another eSMR plant for this enrollment.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from facilities.matching.records import EnrollmentKey, Pair, PairKey
from facilities.matching.scoring import Weights

_STRONG_NAME = 0.6
_WHOLE_NAME = 0.9


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
        asks = pair.probability >= weights.automatic_from
        return (Tier.QUEUE if asks else Tier.NONE), f"vetoed: {pair.vetoes[0].detail}"
    if pair.probability < weights.automatic_from:
        return Tier.QUEUE, "not certain enough to link without a person"
    if lead is not None and lead < weights.margin:
        return Tier.QUEUE, "another site is nearly as likely"
    if not is_well_founded(pair.values):
        return Tier.QUEUE, "too little besides a common name speaks for it"
    return Tier.FUZZY, "likely, and no other site comes near"


def is_well_founded(values: Mapping[str, float | None]) -> bool:
    """Whether more than a weak name speaks for a pair, and nothing says that the sites are of different kinds.

    The address, the operator or two rare words of the name must agree, and another of these, a common word, the
    street or nearness besides. Where the eSMR side has a name and a region only, the whole name must be rare and agree.
    """
    value = {feature: found or 0.0 for feature, found in values.items()}
    if value["site_kind"] <= -1.0 or value["industry_code"] <= -1.0:
        return False
    strong = [value["address"] >= 0.5, value["operator"] >= 0.5, value["name_words"] >= _STRONG_NAME]
    # At the very address, the town's name is enough.
    common_word = value["name_words"] >= (0.15 if value["address"] >= 0.9 else 0.3)
    near = value["distance"] >= 0.7 or (value["operator"] >= 0.5 and value["address"] >= 0.4)
    if sum(strong) >= 2 or (any(strong) and near) or (any(strong[:2]) and common_word):
        return True
    is_all_that_is_known = values["address"] is None and values["operator"] is None and values["distance"] is None
    is_whole_name = value["name_words"] >= _WHOLE_NAME and value["name_differences"] == 0.0
    return is_all_that_is_known and is_whole_name and value["region"] >= 1.0


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


def ask_about_the_likeliest(decisions: Iterable[Decision], most: int) -> list[Decision]:
    """Decisions of one eSMR facility, best first; beyond `most` open ones a person is not asked."""
    result = []
    open_ones = 0
    for decision in best_first(decisions):
        open_ones += decision.tier is Tier.QUEUE
        if decision.tier is Tier.QUEUE and open_ones > most:
            decision = replace(decision, tier=Tier.NONE, reason=f"{most} others are likelier")  # noqa: PLW2901 # of the loop
        result.append(decision)
    return result


def best_first(decisions: Iterable[Decision]) -> list[Decision]:
    """Decisions by probability, ties by key, so that the order is always the same."""
    return sorted(decisions, key=lambda decision: (-decision.pair.log_odds, decision.pair.key))
