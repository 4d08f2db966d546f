"""How rare a word is among the enrollments at hand, in steps, so that a new record seldom moves it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from facilities.matching.prepared import PreparedEnrollment

_FULL_BITS = 14  # a word that one record in 16,384 has weighs 1
_LEAST_WEIGHT = 0.1


@dataclass(slots=True)
class WordRarity:
    """Weights of words: bits of information, in whole steps, between 0.1 and 1.

    A step is a halving of the number of records with the word. The number of all records counts in
    steps as well, and never below 2^14: in a small database every word would seem common.
    """

    records: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, enrollment: PreparedEnrollment) -> None:
        """Counts the words of an enrollment."""
        self.records += 1
        self.counts.update(words_of(enrollment))

    def remove(self, enrollment: PreparedEnrollment) -> None:
        """Takes the words of an enrollment out of the count."""
        self.records -= 1
        self.counts.subtract(words_of(enrollment))

    def weight(self, word: str) -> float:
        """Weight of a word: 1 for one that hardly any record has."""
        return min(1.0, max(_LEAST_WEIGHT, self.bits(word) / _FULL_BITS))

    def bits(self, word: str) -> int:
        """Whole bits of information in meeting the word."""
        return self._scale - max(1, self.counts.get(word, 0)).bit_length() + 1

    def how_common(self, word: str) -> int:
        """Number of enrollments with the word, for staff to read."""
        return self.counts.get(word, 0)

    def steps(self) -> Mapping[str, int]:
        """Bits of every word that some record has, to compare with those of an earlier run."""
        return {word: self.bits(word) for word, count in self.counts.items() if count > 0}

    @property
    def _scale(self) -> int:
        return max(_FULL_BITS, max(1, self.records).bit_length() - 1)


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
