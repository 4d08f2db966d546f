"""The machine's view of a whole database, before any person has decided: tiers, and what conflicts hold back."""

from collections.abc import Mapping
from dataclasses import replace

from facilities.matching.index import MatchIndex
from facilities.matching.joining import Link, SitePair, join, number_sites
from facilities.matching.records import PairKey
from facilities.matching.tiers import Decision, Tier


def match_whole(index: MatchIndex) -> dict[int, list[Decision]]:
    """Decisions of every eSMR facility, where a link that would join two plants waits for a person."""
    decisions = index.match()
    held_back = _held_back(index, decisions)
    return {
        place: [
            replace(one, tier=Tier.QUEUE, reason="would join two plants") if one.pair.key in held_back else one
            for one in of_facility
        ]
        for place, of_facility in decisions.items()
    }


def _held_back(index: MatchIndex, decisions: Mapping[int, list[Decision]]) -> set[PairKey]:
    sites = index.sites()
    numbers = number_sites((key, key, site) for key, site in sites.items())
    pairs: dict[tuple[float | str | int, ...], PairKey] = {
        (one.tier != Tier.DIRECT, -one.pair.log_odds, one.pair.key.place_id, *one.pair.key.enrollment): one.pair.key
        for of_facility in decisions.values()
        for one in of_facility
        if one.is_automatic
    }
    links = [Link(SitePair(key.place_id, numbers[key.enrollment]), order) for order, key in pairs.items()]
    conflicts = join(links, (), index.same_plant).conflicts
    return {pairs[conflict.link.order] for conflict in conflicts if conflict.link is not None}
