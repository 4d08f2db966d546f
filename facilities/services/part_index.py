"""The matcher over a few eSMR facilities and all that they meet, with the answers of the whole."""

from collections.abc import Collection, Sequence

from facilities.match_records import read_enrollments, read_esmr
from facilities.matching.index import MatchIndex
from facilities.matching.rarity import WordRarity
from facilities.matching.records import EnrollmentKey, PairKey
from facilities.services import index_store
from facilities.services.proposals import known_enrollments, staff_mappings


def part_index(
    plants: Collection[int],
    rarity: WordRarity,
    also: Collection[int] = (),
    known: Sequence[MatchIndex] = (),
) -> tuple[MatchIndex, dict[int, int], dict[EnrollmentKey, int]]:
    """The index that decides the pairs of these eSMR facilities (rows) as the index of everything would.

    It holds the enrollments that they meet, those of their stored pairs and of `also`, and the other eSMR facilities
    that meet an enrollment which is about to be linked: its rivals. Returns also the rows of all that it holds, by
    place id and by key. What the matcher keeps must be of the present records; `known` as in `MatchIndex`.
    """
    mappings = staff_mappings()
    keys = {key for kept in index_store.kept_esmr(plants).values() for key in kept.keys}
    wanted = index_store.enrollments_meeting(keys) | known_enrollments(plants) | set(also)
    wanted |= {enrollment for plant, enrollment, _, _ in mappings if plant in plants}
    enrollments = list(read_enrollments(wanted))
    rows = {stored.record.key: stored.pk for stored in enrollments}
    esmr = list(read_esmr(plants))
    index = MatchIndex(
        (stored.record for stored in esmr),
        (stored.record for stored in enrollments),
        mappings=[PairKey(place_id, key) for _, _, place_id, key in mappings],
        rarity=rarity,
        known=known,
    )
    at_stake = {rows[key] for key in index.enrollments_at_stake(list(index.esmr))}
    rival_keys = {key for kept in index_store.kept_enrollments(at_stake).values() for key in kept.keys}
    rivals = index_store.esmr_meeting(rival_keys) - set(plants)
    rivals |= {plant for plant, enrollment, _, _ in mappings if enrollment in at_stake and plant not in plants}
    strangers = list(read_esmr(rivals))
    index.add_rivals(stored.record for stored in strangers)
    return index, {stored.record.place_id: stored.pk for stored in (*esmr, *strangers)}, rows
