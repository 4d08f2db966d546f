"""What a change of some records touches: word counts, keys, sites, and the eSMR facilities to match again.

A pair matters if it is likely enough to be proposed, or to be a rival of one that is; only those are kept and can
change what becomes of other pairs. An eSMR facility has to be matched again if one of its pairs, or a rival of one, may
be another one than before and matters, before or after:

* of an enrollment that changed: the eSMR facilities whose pair with it mattered, or does now;
* of an eSMR facility that changed: itself, and those that have a pair that matters with any of its enrollments that do;
* a record that has a word whose rarity moved a step has changed as well.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from facilities.match_records import StoredEnrollment, StoredEsmr, read_enrollments, read_esmr
from facilities.matching.index import MatchIndex
from facilities.matching.prepared import PreparedEnrollment, PreparedEsmr, prepare_enrollment, prepare_esmr
from facilities.matching.rarity import WordRarity, counted_words, moved_words
from facilities.matching.sites import group_sites
from facilities.matching.stored_keys import site_numbers
from facilities.services import index_store
from facilities.services.index_store import Kept, enrollment_row, esmr_row

# Beyond this share of all enrollments, working out everything is the shorter way.
_MOST_TOUCHED = 0.3
_FEW = 1_000


@dataclass(slots=True)
class Changes:
    """What has changed, worked out but not written."""

    rarity: WordRarity
    word_counts: dict[str, int] = field(default_factory=dict)  # new counts of the words that changed
    enrollments: dict[int, tuple[StoredEnrollment, PreparedEnrollment]] = field(default_factory=dict)
    esmr: dict[int, tuple[StoredEsmr, PreparedEsmr]] = field(default_factory=dict)
    new_enrollments: set[int] = field(default_factory=set)
    kept_enrollments: dict[int, Kept] = field(default_factory=dict)
    kept_esmr: dict[int, Kept] = field(default_factory=dict)
    indexes: list[MatchIndex] = field(default_factory=list)  # what was scored on the way
    is_too_much: bool = False


def find_changes(enrollments: Collection[int], esmr: Collection[int], plants: Collection[int]) -> Changes:
    """Read the changed records, and those whose words have moved; `plants` are to be matched again in any case."""
    rarity = index_store.stored_rarity()
    scale = rarity.scale
    changes = Changes(rarity)
    changes.kept_enrollments = index_store.kept_enrollments(enrollments)
    changes.new_enrollments = set(enrollments) - changes.kept_enrollments.keys()
    _read_enrollments(changes, enrollments)
    before, after = _count_words(changes)
    changes.word_counts = after
    moved = moved_words(before, after)
    touched = index_store.enrollments_asking(moved) - changes.enrollments.keys()
    limit = max(_FEW, _MOST_TOUCHED * changes.rarity.records)
    if changes.rarity.scale != scale or len(touched) > limit:
        changes.is_too_much = True
        return changes
    changes.kept_enrollments |= index_store.kept_enrollments(touched)
    _read_enrollments(changes, touched)
    plants_touched = {*esmr, *plants, *index_store.esmr_asking(moved)}
    changes.kept_esmr = index_store.kept_esmr(plants_touched)
    changes.esmr = {stored.pk: (stored, prepare_esmr(stored.record)) for stored in read_esmr(plants_touched)}
    return changes


def _read_enrollments(changes: Changes, pks: Collection[int]) -> None:
    if pks:
        for stored in read_enrollments(pks):
            changes.enrollments[stored.pk] = (stored, prepare_enrollment(stored.record))


def _count_words(changes: Changes) -> tuple[dict[str, int], dict[str, int]]:
    """Counts of the changed enrollments' words before and after; `changes.rarity` becomes that of the new ones."""
    difference: Counter[str] = Counter()
    for kept in changes.kept_enrollments.values():
        difference.subtract(kept.words)
    for _, prepared in changes.enrollments.values():
        difference.update(counted_words(prepared))
    counts = changes.rarity.counts
    words = [word for word, number in difference.items() if number]
    before = {word: counts.get(word, 0) for word in words}
    for word in words:
        counts[word] += difference[word]
    after = {word: counts[word] for word in words}
    changes.rarity = WordRarity.of(counts, changes.rarity.records + len(changes.new_enrollments))
    return before, after


def keep_changes(changes: Changes) -> tuple[set[int], set[int]]:
    """Write new keys, words and sites; returns eSMR facilities to match again, and enrollments whose site changed."""
    rows = [
        enrollment_row(pk, stored.fingerprint, prepared, changes.rarity, pk)
        for pk, (stored, prepared) in changes.enrollments.items()
    ]
    plant_rows = [
        esmr_row(pk, stored.fingerprint, prepared, changes.rarity) for pk, (stored, prepared) in changes.esmr.items()
    ]
    sites_before = index_store.kept_sites(list(changes.enrollments))
    members = index_store.groups_near(list(changes.enrollments), ())
    index_store.keep_enrollments(rows)
    index_store.set_sites(sites_before)
    index_store.keep_esmr(plant_rows)
    index_store.keep_word_counts(changes.word_counts)
    return _affected(changes), _regroup(changes, members, sites_before)


def _affected(changes: Changes) -> set[int]:
    """ESMR facilities to match again, when the new keys are written and the pairs are still those of the last run."""
    mattered = index_store.pairs_that_matter(list(changes.enrollments))
    affected = set(changes.esmr) | {plant for plant, _ in mattered} | _meeting_likely(changes)
    near = index_store.enrollments_paired_with(list(changes.esmr)) | _likely_enrollments(changes)
    return affected | index_store.plants_paired_with(near)


def _meeting_likely(changes: Changes) -> set[int]:
    """ESMR facilities that have a likely pair with a changed enrollment now."""
    kept = index_store.kept_enrollments(list(changes.enrollments))
    plants = list(read_esmr(index_store.esmr_meeting(_keys(one.keys for one in kept.values()))))
    index = MatchIndex(
        (stored.record for stored in plants),
        (stored.record for stored, _ in changes.enrollments.values()),
        rarity=changes.rarity,
    )
    changes.indexes.append(index)
    return {stored.pk for stored in plants if index.likely_candidates(stored.record.place_id)}


def _likely_enrollments(changes: Changes) -> set[int]:
    """Enrollments that have a likely pair with a changed eSMR facility now."""
    kept = index_store.kept_esmr(list(changes.esmr))
    enrollments = list(read_enrollments(index_store.enrollments_meeting(_keys(one.keys for one in kept.values()))))
    index = MatchIndex(
        (stored.record for stored, _ in changes.esmr.values()),
        (stored.record for stored in enrollments),
        rarity=changes.rarity,
        known=changes.indexes,
    )
    changes.indexes.append(index)
    likely = {key for place in index.esmr for key in index.likely_candidates(place)}
    return {stored.pk for stored in enrollments if stored.record.key in likely}


def _regroup(changes: Changes, members: set[int], sites_before: dict[int, int]) -> set[int]:
    """Group the sites of the changed enrollments and of all near them again; returns those whose site changed."""
    site_keys = _keys(site_numbers(prepared) for _, prepared in changes.enrollments.values())
    members |= index_store.groups_near(list(changes.enrollments), site_keys)
    prepared = {pk: prepared for pk, (_, prepared) in changes.enrollments.items()}
    missing = members - prepared.keys()
    if missing:
        prepared |= {stored.pk: prepare_enrollment(stored.record) for stored in read_enrollments(missing)}
    rows = {one.record.key: pk for pk, one in prepared.items()}
    before = index_store.kept_sites(list(prepared)) | sites_before
    sites = {rows[key]: rows[site] for key, site in group_sites(prepared.values(), changes.rarity).items()}
    moved = {pk: site for pk, site in sites.items() if before.get(pk) != site}
    index_store.set_sites(moved)
    return set(moved) | changes.new_enrollments


def _keys(lists: Iterable[Collection[int]]) -> set[int]:
    return {key for keys in lists for key in keys}
