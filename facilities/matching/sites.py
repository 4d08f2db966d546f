"""Which enrollments are one site.

One canonical facility is a place with its discharger: successive permits, re-filings, an industrial
enrollment beside a no-exposure certification or a construction one. Tenants of one address are
different dischargers and stay apart, so an equal address alone joins nothing.
"""

from collections import defaultdict
from collections.abc import Iterable

from facilities.matching.compare_names import operator_agreement
from facilities.matching.compare_places import close_numbers
from facilities.matching.normalize_addresses import ParsedAddress
from facilities.matching.normalize_places import distance_km
from facilities.matching.normalize_words import likeness
from facilities.matching.prepared import PreparedEnrollment, PreparedEsmr
from facilities.matching.rarity import WordRarity
from facilities.matching.records import EnrollmentKey
from facilities.matching.word_matching import match_words

_AGREES = 0.8  # share of the operators' or names' words
_ONE_PLACE_KM = 0.3


def group_sites(enrollments: Iterable[PreparedEnrollment], rarity: WordRarity) -> dict[EnrollmentKey, EnrollmentKey]:
    """For every enrollment, the least key of its site; the same in any order of the input."""
    ordered = sorted(enrollments, key=lambda enrollment: enrollment.record.key)
    parents = {enrollment.record.key: enrollment.record.key for enrollment in ordered}

    def root(key: EnrollmentKey) -> EnrollmentKey:
        while parents[key] != key:
            parents[key] = parents[parents[key]]
            key = parents[key]
        return key

    together: dict[tuple[str, ...], list[PreparedEnrollment]] = defaultdict(list)
    for enrollment in ordered:
        for block in site_keys(enrollment):
            together[block].append(enrollment)
    for block in sorted(together):
        members = together[block]
        for at, one in enumerate(members):
            for other in members[at + 1 :]:
                first, second = root(one.record.key), root(other.record.key)
                if first != second and are_one_site(one, other, rarity):
                    parents[max(first, second)] = min(first, second)
    return {key: root(key) for key in parents}


def site_keys(enrollment: PreparedEnrollment) -> list[tuple[str, ...]]:
    """Keys that enrollments of one site share: the application, or the street address."""
    record, address = enrollment.record, enrollment.address
    keys: list[tuple[str, ...]] = [("application", record.key.program, record.key.app_id)] if record.key.app_id else []
    if address and address.street:
        place = (enrollment.city or enrollment.zip_code or "",) if address.number is None else ()
        keys.append(("street", str(address.number), address.street[0][:5], *place))
    return keys


def are_one_site(one: PreparedEnrollment, other: PreparedEnrollment, rarity: WordRarity) -> bool:
    """Whether two enrollments are one site: the same application, or place and discharger agree.

    Place: the same street address in one town, or one street without a number and coordinates within
    300 m. Discharger: the operators agree, or the names do. Names that number different plants never join.
    """
    if _numbers_differ(one, other):
        return False
    mine, theirs = one.record.key, other.record.key
    if mine.app_id and (mine.program, mine.app_id) == (theirs.program, theirs.app_id):
        return True
    return _same_place(one, other) and (_same_operator(one, other, rarity) or _same_name(one, other))


def may_be_one_site(one: PreparedEnrollment, other: PreparedEnrollment, rarity: WordRarity) -> bool:
    """Whether two enrollments need not be told apart before one of them is linked.

    Wider than `are_one_site`: dischargers at one street address are one place; and an old enrollment of a plant may
    give another gate. Of one operator, the street is then the same as far as it is given, or the names share a word
    that is not just the town's; and neither name has a word that the other record knows nothing of.
    """
    if _numbers_differ(one, other):
        return False
    if are_one_site(one, other, rarity) or _same_place(one, other):
        return True
    if not _same_operator(one, other, rarity) or one.name is None or other.name is None:
        return False
    words = match_words(one.name.words, other.name.words)
    left = [word for word in words.left if word not in other.context_words]
    left_other = [word for word in words.left_other if word not in one.context_words]
    own = [word for word, _ in words.matched if word not in one.place_words | other.place_words]
    if own and not left and not left_other:
        return True
    return _along_one_street(one, other) and not (left and left_other)


def are_one_plant(one: PreparedEsmr, other: PreparedEsmr) -> bool:
    """Whether two eSMR facilities are one plant under two ids, as far as a street address can tell."""
    if one.record.place_id == other.record.place_id:
        return True
    return same_street_address(one.address, other.address) and (one.city is None or one.city == other.city)


def same_street_address(one: ParsedAddress | None, other: ParsedAddress | None) -> bool:
    """Whether both give the same house number on the same street, misspelled or not."""
    if one is None or other is None or one.number is None or one.number != other.number:
        return False
    if one.direction and other.direction and one.direction != other.direction:
        return False
    return _same_street(one, other)


def _same_street(one: ParsedAddress, other: ParsedAddress) -> bool:
    return (
        bool(one.street)
        and len(one.street) == len(other.street)
        and all(likeness(mine, theirs) >= 0.9 for mine, theirs in zip(one.street, other.street, strict=True))
    )


def _same_place(one: PreparedEnrollment, other: PreparedEnrollment) -> bool:
    if one.address is None or other.address is None:
        return False
    if not _in_one_town(one, other):
        return False
    if one.address.number is not None or other.address.number is not None:
        return same_street_address(one.address, other.address)
    if one.point is None or other.point is None:
        return False
    return _same_street(one.address, other.address) and distance_km(one.point, other.point) <= _ONE_PLACE_KM


def _in_one_town(one: PreparedEnrollment, other: PreparedEnrollment) -> bool:
    return one.city == other.city or (one.zip_code is not None and one.zip_code == other.zip_code)


def _along_one_street(one: PreparedEnrollment, other: PreparedEnrollment) -> bool:
    """One street in one town, the house numbers close or missing."""
    mine, theirs = one.address, other.address
    if mine is None or theirs is None or not _in_one_town(one, other) or not _same_street(mine, theirs):
        return False
    return mine.number is None or theirs.number is None or close_numbers(mine.number, theirs.number)


def _same_operator(one: PreparedEnrollment, other: PreparedEnrollment, rarity: WordRarity) -> bool:
    if one.operator is None or other.operator is None:
        return False
    if one.operator.text.casefold() == other.operator.text.casefold():
        return True
    return operator_agreement(one.operator, other.operator, rarity) >= _AGREES


def _same_name(one: PreparedEnrollment, other: PreparedEnrollment) -> bool:
    if one.name is None or other.name is None:
        return False
    words = match_words(one.name.words, other.name.words)
    return bool(words.matched) and not words.left and not words.left_other


def _numbers_differ(one: PreparedEnrollment, other: PreparedEnrollment) -> bool:
    if one.name is None or other.name is None:
        return False
    mine, theirs = one.name.plant_numbers, other.name.plant_numbers
    return bool(mine and theirs and not mine & theirs)
