"""All records at once, filed by blocking keys: the whole matcher behind one object.

Built once over all records (seconds), it answers for a few of them in proportion to those few. Every
answer depends on the records alone, never on their order or on earlier questions.
"""

from collections import ChainMap, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from typing import TypeVar

from facilities.matching.blocking import Key, enrollment_keys, esmr_keys
from facilities.matching.direct import identifiers, shared_identifier
from facilities.matching.features import compare
from facilities.matching.prepared import PreparedEnrollment, PreparedEsmr, prepare_enrollment, prepare_esmr
from facilities.matching.rarity import WordRarity, asked_words, asked_words_of_esmr, count_words
from facilities.matching.records import EnrollmentKey, EnrollmentRecord, EsmrRecord, Pair, PairKey
from facilities.matching.scoring import Weights, evidence_of, log_odds, probability, score, shipped_weights
from facilities.matching.sites import are_one_plant, group_sites, may_be_one_site
from facilities.matching.tiers import Decision, Surroundings, Tier, ask_about_the_likeliest, decide
from facilities.matching.vetoes import find_vetoes

# Pairs kept to be met again as rivals: of those with their evidence some 2 KB each, of the unlikely ones 0.3 KB.
_MOST_SCORED = 50_000
_MOST_UNLIKELY = 200_000

Id = TypeVar("Id")
Prepared = TypeVar("Prepared")


class MatchIndex:
    """The matcher over a set of eSMR facilities and enrollments.

    `mappings` are the pairs of staff's mapping file. `rarity` is that of all enrollments, where only some are given;
    the answers are those of the whole for every eSMR facility whose candidates are all there, with the eSMR facilities
    that these meet. `known` are indexes over some of the same records with the same rarity and weights: what they have
    prepared and scored is not worked out again. A place id or an enrollment key that comes twice raises ValueError.
    """

    def __init__(
        self,
        esmr: Iterable[EsmrRecord],
        enrollments: Iterable[EnrollmentRecord],
        *,
        mappings: Collection[PairKey] = frozenset(),
        weights: Weights | None = None,
        rarity: WordRarity | None = None,
        known: Sequence["MatchIndex"] = (),
    ) -> None:
        prepared = ChainMap(*(index.enrollments for index in known))
        self.weights = weights or shipped_weights()
        self.mappings = frozenset(mappings)
        self.esmr: dict[int, PreparedEsmr] = _unique(
            (record.place_id, prepare_esmr(record)) for record in sorted(esmr, key=lambda record: record.place_id)
        )
        self.enrollments: dict[EnrollmentKey, PreparedEnrollment] = _unique(
            (record.key, prepared.get(record.key) or prepare_enrollment(record))
            for record in sorted(enrollments, key=lambda record: record.key)
        )
        self.rarity: WordRarity = rarity or count_words(self.enrollments.values())
        self._esmr_by_key = _filed((place, esmr_keys(one, self.rarity)) for place, one in self.esmr.items())
        # Filed only where an eSMR facility looks: most enrollments are near none.
        self._enrollments_by_key = _filed(
            (key, enrollment_keys(one, self.rarity) & self._esmr_by_key.keys()) for key, one in self.enrollments.items()
        )
        self._by_identifier = self._file_identifiers()
        self._scored: dict[PairKey, Pair] = {}
        self._unlikely: dict[PairKey, Pair] = {}  # without evidence and vetoes
        for index in known:
            self._scored |= index._scored
            self._unlikely |= index._unlikely

    def reweighted(self, weights: Weights) -> "MatchIndex":
        """The same records under other weights, without reading them again."""
        other = copy(self)
        other.weights = weights
        other._scored, other._unlikely = {}, {}
        return other

    def likely_candidates(self, place_id: int) -> list[EnrollmentKey]:
        """Candidates that may be proposed, or be the rival of one that is; the others change nothing for anyone."""
        shared = self._by_identifier[0].get(place_id, ())
        return [
            key
            for key in self.candidates_of(place_id)
            if key in shared or self._quick_pair(place_id, key).probability >= self.weights.queue_from
        ]

    def add_rivals(self, esmr: Iterable[EsmrRecord]) -> None:
        """Take in eSMR facilities that are not to be decided here, but may be rivals of those that are."""
        for record in esmr:
            one = self.esmr[record.place_id] = prepare_esmr(record)
            for key in esmr_keys(one, self.rarity):
                self._esmr_by_key.setdefault(key, []).append(record.place_id)
        self._by_identifier = self._file_identifiers()

    def enrollments_at_stake(self, place_ids: Iterable[int]) -> set[EnrollmentKey]:
        """Enrollments that eSMR facilities would be linked to by score, if no rival stood against it."""
        return {
            key
            for place in place_ids
            for key in self.candidates_of(place)
            if self._quick_pair(place, key).probability >= self.weights.automatic_from
        }

    def _file_identifiers(self) -> tuple[dict[int, set[EnrollmentKey]], dict[EnrollmentKey, set[int]]]:
        """Pairs that an identifier links, from both sides."""
        carried: dict[tuple[str, str], list[EnrollmentKey]] = defaultdict(list)
        for key, one in self.enrollments.items():
            for identifier in identifiers(wdid=key.wdid, npdes_number=one.record.npdes_number):
                carried[identifier].append(key)
        forward: dict[int, set[EnrollmentKey]] = defaultdict(set)
        backward: dict[EnrollmentKey, set[int]] = defaultdict(set)
        for place, facility in self.esmr.items():
            record = facility.record
            for identifier in identifiers(wdid=record.ciwqs_wdid, npdes_number=record.npdes_number):
                for key in carried.get(identifier, ()):
                    forward[place].add(key)
                    backward[key].add(place)
        for place, key in self.mappings:
            if place in self.esmr and key in self.enrollments:
                forward[place].add(key)
                backward[key].add(place)
        return forward, backward

    def candidates_of(self, place_id: int) -> list[EnrollmentKey]:
        """Enrollments that are compared with an eSMR facility, in the order of their keys."""
        found = set(self._by_identifier[0].get(place_id, ()))
        for key in esmr_keys(self.esmr[place_id], self.rarity):
            found.update(self._enrollments_by_key.get(key, ()))
        return sorted(found)

    def facilities_of(self, enrollment: EnrollmentKey) -> list[int]:
        """ESMR facilities that are compared with an enrollment, in the order of their ids."""
        found = set(self._by_identifier[1].get(enrollment, ()))
        for key in enrollment_keys(self.enrollments[enrollment], self.rarity):
            found.update(self._esmr_by_key.get(key, ()))
        return sorted(found)

    def score_pair(self, place_id: int, enrollment: EnrollmentKey) -> Pair:
        """Evidence, vetoes and probability of any pair, candidate or not."""
        key = PairKey(place_id, enrollment)
        known = self._scored.get(key)
        if known is None:
            mine, theirs = self.esmr[place_id], self.enrollments[enrollment]
            odds, evidence = score(compare(mine, theirs, self.rarity), self.weights)
            known = Pair(key, probability(odds), odds, evidence, find_vetoes(mine, theirs))
            self._scored[key] = known
        return known

    def _quick_pair(self, place_id: int, enrollment: EnrollmentKey) -> Pair:
        """The same, compared once; a pair too unlikely to be proposed comes without evidence and vetoes.

        As a rival such a pair is too far behind to matter, vetoed or not.
        """
        key = PairKey(place_id, enrollment)
        known = self._scored.get(key) or self._unlikely.get(key)
        if known is None:
            mine, theirs = self.esmr[place_id], self.enrollments[enrollment]
            compared = compare(mine, theirs, self.rarity)
            odds = log_odds(compared, self.weights)
            chance = probability(odds)
            if chance < self.weights.queue_from:
                known = self._unlikely[key] = Pair(key, chance, odds, (), ())
            else:
                evidence, vetoes = evidence_of(compared, self.weights), find_vetoes(mine, theirs)
                known = self._scored[key] = Pair(key, chance, odds, evidence, vetoes)
        return known

    def decide_pair(self, place_id: int, enrollment: EnrollmentKey) -> Decision:
        """Tier of any pair; one that shares no blocking key is none, whatever its score."""
        decisions = {one.pair.key.enrollment: one for one in self.decide_facility(place_id)}
        if enrollment in decisions:
            return decisions[enrollment]
        return Decision(self.score_pair(place_id, enrollment), Tier.NONE, "the records share nothing to meet by")

    def decide_facility(self, place_id: int, *, is_quick: bool = False) -> list[Decision]:
        """All candidates of an eSMR facility, the most likely first.

        With `is_quick`, those too unlikely to be proposed come without their evidence, in half the time; what is
        compared is kept, for the facilities that share an enrollment.
        """
        if len(self._scored) > _MOST_SCORED or len(self._unlikely) > _MOST_UNLIKELY:
            self._scored, self._unlikely = {}, {}
        pair_of = self._quick_pair if is_quick else self.score_pair
        pairs = [pair_of(place_id, key) for key in self.candidates_of(place_id)]
        decisions = []
        for pair in pairs:
            identifier = shared_identifier(
                self.esmr[place_id].record, self.enrollments[pair.key.enrollment].record, self.mappings
            )
            # Rivals matter only where a link is at stake.
            is_at_stake = identifier is None and pair.probability >= self.weights.automatic_from
            enrollment = pair.key.enrollment
            rivals = [pair_of(place, enrollment) for place in self.facilities_of(enrollment)] if is_at_stake else []
            surroundings = Surroundings(pairs if is_at_stake else [], rivals, self._same_site, self.same_plant)
            decisions.append(decide(pair, surroundings, self.weights, identifier))
        return ask_about_the_likeliest(decisions, self.weights.queue_most)

    def _same_site(self, one: EnrollmentKey, other: EnrollmentKey) -> bool:
        return one == other or may_be_one_site(self.enrollments[one], self.enrollments[other], self.rarity)

    def same_plant(self, one: int, other: int) -> bool:
        """Whether two place ids are one plant, as far as their addresses tell."""
        return are_one_plant(self.esmr[one], self.esmr[other])

    def match(self, place_ids: Iterable[int] | None = None) -> dict[int, list[Decision]]:
        """Decisions of the given eSMR facilities, or of all."""
        chosen = self.esmr if place_ids is None else sorted(set(place_ids))
        return {place: self.decide_facility(place) for place in chosen}

    def affected(
        self,
        *,
        place_ids: Iterable[int] = (),
        enrollments: Iterable[EnrollmentKey] = (),
        words_before: Mapping[str, int] | None = None,
    ) -> list[int]:
        """ESMR facilities whose decisions can differ after a change of some records.

        `place_ids` and `enrollments` are those that are new or changed; for what changed or vanished, pass also the
        facilities that had it as a candidate. `words_before` are the rarity steps of the earlier run
        (`rarity.steps()`): whoever has a word that moved a step is affected as well. Matching these
        again gives what matching all gives.
        """
        moved = self._moved_words(words_before)
        changed = {key for key in enrollments if key in self.enrollments}
        facilities = {place for place in place_ids if place in self.esmr}
        if moved:
            changed |= {key for key, one in self.enrollments.items() if not moved.isdisjoint(asked_words(one))}
            facilities |= {place for place, one in self.esmr.items() if not moved.isdisjoint(asked_words_of_esmr(one))}
        for key in changed:
            facilities.update(self.facilities_of(key))
        # A score that moved is a rival of other facilities' pairs with the same enrollments.
        near = {key for place in facilities for key in self.candidates_of(place)}
        return sorted(facilities.union(*(self.facilities_of(key) for key in near)))

    def _moved_words(self, before: Mapping[str, int] | None) -> frozenset[str]:
        if before is None:
            return frozenset()
        now, unseen = self.rarity.steps(), self.rarity.bits("")
        return frozenset(
            word for word in before.keys() | now.keys() if before.get(word, unseen) != now.get(word, unseen)
        )

    def sites(self) -> dict[EnrollmentKey, EnrollmentKey]:
        """For every enrollment, the least key of the enrollments of its site."""
        return group_sites(self.enrollments.values(), self.rarity)


def _unique(items: Iterable[tuple[Id, Prepared]]) -> dict[Id, Prepared]:
    found: dict[Id, Prepared] = {}
    for key, value in items:
        if key in found:
            raise ValueError(f"{key} comes twice")
        found[key] = value
    return found


def _filed(items: Iterable[tuple[Id, frozenset[Key]]]) -> dict[Key, list[Id]]:
    filed: dict[Key, list[Id]] = defaultdict(list)
    for record, keys in items:
        for key in keys:
            filed[key].append(record)
    return dict(filed)
