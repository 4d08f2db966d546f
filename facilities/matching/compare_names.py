"""Comparisons of names and operators.

Every comparison returns (value, sentence): a value in -1..1, above zero for agreement, or None where
a side says nothing; the weights turn it into log-odds.
"""

from functools import lru_cache
from typing import NamedTuple

from facilities.matching.normalize_names import ParsedName, ParsedOperator, initials_among
from facilities.matching.prepared import PreparedEnrollment, PreparedEsmr
from facilities.matching.rarity import WordRarity
from facilities.matching.word_matching import (
    MatchedWords,
    counted,
    match_words,
    quoted,
    total_weight,
    unexplained,
)

Compared = tuple[float | None, str]
_FULL_AGREEMENT = 1.5  # weight of agreeing words that counts as full: about two rare ones
_RARE = 0.55
_ONE_SIDED = 0.25
_WEAK_PLACE = 0.4  # a word that is also the town's or county's name says less


class NameMatch(NamedTuple):
    """The eSMR name that fits an enrollment's name best, and how their words fall."""

    name: ParsedName
    words: MatchedWords
    agreement: float
    left: tuple[str, ...]
    left_other: tuple[str, ...]
    conflict: float


def best_name_match(esmr: PreparedEsmr, enrollment: PreparedEnrollment, rarity: WordRarity) -> NameMatch | None:
    """Compares each name of the eSMR facility with the enrollment's and takes the best."""
    if enrollment.name is None:
        return None
    matches = [_name_match(name, enrollment.name, esmr, enrollment, rarity) for name in esmr.names]
    return max(matches, key=lambda match: match.agreement - match.conflict, default=None)


def _name_match(
    name: ParsedName, other: ParsedName, esmr: PreparedEsmr, enrollment: PreparedEnrollment, rarity: WordRarity
) -> NameMatch:
    words = match_words(name.words, other.words, other.cut)
    places = esmr.place_words | enrollment.place_words
    agreement = sum(
        alike * rarity.weight(word) * (_WEAK_PLACE if word in places else 1.0) for word, alike in words.matched
    )
    mine_short = initials_among(words.left, enrollment.name, enrollment.operator)
    theirs_short = esmr.initials.intersection(words.left_other)
    left = unexplained(words.left, enrollment.context_words, mine_short, theirs_short)
    left_other = unexplained(words.left_other, esmr.context_words, theirs_short, mine_short)
    one, two = total_weight(left, rarity.weight), total_weight(left_other, rarity.weight)
    conflict = min(one, two) + _ONE_SIDED * min(1.0, abs(one - two))
    return NameMatch(name, words, agreement, left, left_other, conflict)


def compare_name_words(match: NameMatch | None, rarity: WordRarity) -> Compared:
    """Words that both names share, rare ones weighing more; 1 is about two rare words.

    Missing: a name is absent, or has none but class words ("Wastewater Treatment Plant").
    """
    if match is None or not match.name.words or not (match.words.matched or match.words.left_other):
        return None, "a name says nothing of its own"
    if not match.words.matched:
        return 0.0, "names share no word of their own"
    shared = [word for word, _ in match.words.matched]
    rare = sum(rarity.weight(word) >= _RARE for word in shared)
    how = counted(rare, "rare word") if rare else counted(len(shared), "common word")
    known = ", ".join(f"{word} in under {rarity.how_common(word)} enrollments" for word in shared[:3])
    sentence = f"name agrees on {how} ({known})"
    return min(1.0, match.agreement / _FULL_AGREEMENT), sentence


def compare_name_differences(match: NameMatch | None) -> Compared:
    """Words of both names that the other record has nowhere, not in operator, city or street; -1 is full.

    Words left on one side only weigh a quarter. Missing: as for the shared words.
    """
    if match is None or not match.name.words or not (match.words.matched or match.words.left_other):
        return None, "a name says nothing of its own"
    if match.conflict == 0:
        return 0.0, "no word of either name is unaccounted for"
    parts = [quoted(words) for words in (match.left, match.left_other) if words]
    return -min(1.0, match.conflict), f"words of one name only: {' against '.join(parts)}"


def compare_name_with_place(
    esmr: PreparedEsmr, match: NameMatch | None, enrollment: PreparedEnrollment, rarity: WordRarity
) -> Compared:
    """Words of the eSMR name that stand in the enrollment's operator or city instead of its name.

    "Oak Town WWTP" against "Wastewater Treatment Plant" in Oak Town. Value as for shared words.
    Missing: agency or city are known and compared themselves, the eSMR name has no words of its own, or all
    of them are in the enrollment's name.
    """
    if esmr.agency is not None or esmr.city is not None:
        return None, "agency and city are compared themselves"
    left = match.words.left if match else ()
    if not left:
        return None, "no word of the eSMR name is left to look for"
    city = enrollment.city.split() if enrollment.city else ()
    places = {*city, *(enrollment.operator.words if enrollment.operator else ())}
    found = match_words(left, sorted(places)).matched
    if not found:
        return 0.0, f"operator and city do not have {quoted(left)}"
    weight = sum(alike * rarity.weight(word) for word, alike in found)
    return min(1.0, weight / _FULL_AGREEMENT), f"operator or city has {quoted([word for word, _ in found])}"


def compare_initials(esmr: PreparedEsmr, enrollment: PreparedEnrollment) -> Compared:
    """A word of one record that is the initials of the other: "OTPUD" for Oak Town Public Utility District.

    Value: 1 for five letters and more, 0.75 for four, 0.4 for three. Missing: no such word.
    """
    mine = [*(word for name in esmr.names for word in name.words), *(esmr.agency.words if esmr.agency else ())]
    found = set(initials_among(mine, enrollment.name, enrollment.operator))
    for text in (enrollment.name, enrollment.operator):
        if text is not None:
            found |= esmr.initials.intersection(text.words)
    if not found:
        return None, "no initials to compare"
    longest = min(found, key=lambda word: (-len(word), word))
    return {3: 0.4, 4: 0.75}.get(len(longest), 1.0), f"{longest.upper()} is short for the other's name"


def compare_operators(esmr: PreparedEsmr, enrollment: PreparedEnrollment, rarity: WordRarity) -> Compared:
    """Operator against agency: 1 the same words and kind of organization, -1 nothing in common.

    An operator can also be named in the enrollment's name. Missing: agency or operator is absent.
    """
    if esmr.agency is None or enrollment.operator is None:
        return None, "agency or operator is not known"
    value, shared = operator_comparison(esmr.agency, enrollment.operator, rarity)
    as_name = enrollment.name
    if value < 0.5 and as_name is not None:
        other = ParsedOperator(as_name.text, as_name.words, as_name.all_words, frozenset(), as_name.letters)
        in_name, shared_name = operator_comparison(esmr.agency, other, rarity)
        if 0.8 * in_name > value:
            value = 0.8 * in_name
            if value > 0 and not shared_name:
                return value, "the enrollment's name is short for agency"
            if value > 0:
                return value, f"agency is named in the enrollment's name ({quoted(shared_name)})"
    if value <= 0:
        return value, f"agency and operator differ ({esmr.agency.text} / {enrollment.operator.text})"
    return value, f"operator agrees with agency ({quoted(shared)})" if shared else "operator is short for agency"


def operator_comparison(one: ParsedOperator, other: ParsedOperator, rarity: WordRarity) -> tuple[float, list[str]]:
    """Share of the words' weight that agrees, less where the kinds of organization differ."""
    words, left, left_other = _operator_words(one, other)
    shared = [word for word, _ in words.matched]
    agreeing = sum(alike * rarity.weight(word) for word, alike in words.matched)
    explained = (len(words.left) - len(left)) + (len(words.left_other) - len(left_other))
    different = 0.5 * (total_weight(left, rarity.weight) + total_weight(left_other, rarity.weight))
    if not agreeing and not explained:
        return (-1.0, shared) if one.words and other.words else (0.0, shared)
    share = (agreeing + explained) / (agreeing + explained + different)
    if one.kinds and other.kinds and not one.kinds & other.kinds:
        share *= 0.5
    return share, shared


@lru_cache(maxsize=4096)
def _operator_words(
    one: ParsedOperator, other: ParsedOperator
) -> tuple[MatchedWords, tuple[str, ...], tuple[str, ...]]:
    """How the words of two operators fall, and what is left of each; an operator near a plant has many sites there."""
    words = match_words(one.words, other.words)
    left = unexplained(words.left, (), initials_among(words.left, other))
    left_other = unexplained(words.left_other, (), initials_among(words.left_other, one))
    return words, left, left_other


def compare_numbers(match: NameMatch | None, enrollment: PreparedEnrollment) -> Compared:
    """Numbers that count plants ("Plant No. 2"): 1 equal, -0.5 one side only; different ones are a veto.

    Missing: neither name has one.
    """
    if match is None or enrollment.name is None:
        return None, "a name is not known"
    mine, theirs = match.name.plant_numbers, enrollment.name.plant_numbers
    if not mine and not theirs:
        return None, "no plant is numbered"
    if mine & theirs:
        return 1.0, f"both are number {quoted(sorted(mine & theirs))}"
    if mine and theirs:
        return -1.0, f"number {quoted(sorted(mine))} against {quoted(sorted(theirs))}"
    return -0.5, f"only one name is numbered ({quoted(sorted(mine | theirs))})"


def operator_agreement(one: ParsedOperator, other: ParsedOperator, rarity: WordRarity) -> float:
    """How far two organizations' names agree, as in `compare_operators`."""
    return operator_comparison(one, other, rarity)[0]
