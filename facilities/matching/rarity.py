"""How rare a word is among the enrollments at hand, in steps, so that a new record seldom moves it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from facilities.matching.prepared import PreparedEnrollment, PreparedEsmr

_FULL_BITS = 14  # a word that one record in 16,384 has weighs 1
_LEAST_WEIGHT = 0.1
_FEW = 64  # a power of two, so that a word becomes common when it moves a step
_MANY = 512
_START = 5  # letters by which a cut or misspelled word is still met
# Weight by bits; a word in every record still weighs a little.
_WEIGHTS = tuple(max(_LEAST_WEIGHT, bits / _FULL_BITS) for bits in range(_FULL_BITS + 1))


@dataclass(slots=True)
class WordRarity:
    """Weights of words: bits of information, in whole steps, between 0.1 and 1.

    A step is a halving of the number of records with the word. The number of all records counts in
    steps as well, and never below 2^14: in a small database every word would seem common.
    """

    records: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    _scale: int = _FULL_BITS

    @classmethod
    def of(cls, counts: Counter[str], records: int) -> Self:
        """The rarity that these counts over so many records make."""
        return cls(records, counts, _scale(records))

    def add(self, enrollment: PreparedEnrollment) -> None:
        """Counts the words of an enrollment."""
        self.records += 1
        self._scale = _scale(self.records)
        self.counts.update(counted_words(enrollment))

    def remove(self, enrollment: PreparedEnrollment) -> None:
        """Takes the words of an enrollment out of the count."""
        self.records -= 1
        self._scale = _scale(self.records)
        self.counts.subtract(counted_words(enrollment))

    def weight(self, word: str) -> float:
        """Weight of a word: 1 for one that hardly any record has."""
        bits = self._scale - max(1, self.counts.get(word, 0)).bit_length() + 1  # as `bits`, asked for millions of times
        return _WEIGHTS[min(_FULL_BITS, max(0, bits))]

    def bits(self, word: str) -> int:
        """Whole bits of information in meeting the word."""
        return max(0, self._scale - max(1, self.counts.get(word, 0)).bit_length() + 1)

    def is_rare(self, word: str) -> bool:
        """Whether fewer than 64 records have the word: few enough to compare with them all."""
        return self.counts.get(word, 0) < _FEW

    def is_common(self, word: str) -> bool:
        """Whether 512 records and more have the word: too many to meet by it alone."""
        return self.counts.get(word, 0) >= _MANY

    @property
    def scale(self) -> int:
        """Bits of a word that one record has: when it moves, every word's rarity does."""
        return self._scale

    def how_common(self, word: str) -> int:
        """What staff read of it: fewer than so many enrollments have the word, a power of two."""
        return 1 << self.counts.get(word, 0).bit_length()

    def steps(self) -> Mapping[str, int]:
        """Bits of every word that some record has, to compare with those of an earlier run."""
        return {word: self.bits(word) for word, count in self.counts.items() if count > 0}


def _scale(records: int) -> int:
    """Bits of a word that one record has."""
    return max(_FULL_BITS, max(1, records).bit_length() - 1)


def count_words(enrollments: Iterable[PreparedEnrollment]) -> WordRarity:
    """Word counts over all enrollments."""
    rarity = WordRarity()
    for enrollment in enrollments:
        rarity.add(enrollment)
    return rarity


def words_of(enrollment: PreparedEnrollment) -> frozenset[str]:
    """The words of an enrollment that are counted: those that tell its name and operator from others."""
    return frozenset(enrollment.name.words if enrollment.name else ()).union(
        enrollment.operator.words if enrollment.operator else ()
    )


def start_of(word: str) -> str:
    """The first letters of a word, marked so that they are counted apart from whole words."""
    return f"{word[:_START]}-"


def counted_words(enrollment: PreparedEnrollment) -> frozenset[str]:
    """Words and beginnings of words, each once per enrollment."""
    return _with_starts(words_of(enrollment))


def asked_words(enrollment: PreparedEnrollment) -> frozenset[str]:
    """All words of an enrollment whose rarity is asked for: the counted ones, and those of its place."""
    return counted_words(enrollment) | _with_starts(enrollment.place_words)


def asked_words_of_esmr(esmr: PreparedEsmr) -> frozenset[str]:
    """Words of an eSMR facility whose rarity is asked for, with their beginnings."""
    words = frozenset(esmr.agency.words if esmr.agency else ()).union(*(name.words for name in esmr.names))
    return _with_starts(words | esmr.place_words)


def _with_starts(words: frozenset[str]) -> frozenset[str]:
    return words.union(map(start_of, words))


def moved_words(before: Mapping[str, int], now: Mapping[str, int]) -> frozenset[str]:
    """Words whose count moved a step; `before` and `now` are counts of the words that changed at all.

    None and one are told apart here, though both weigh the same: the sentences differ.
    """
    return frozenset(
        word for word in before.keys() | now.keys() if before.get(word, 0).bit_length() != now.get(word, 0).bit_length()
    )
