"""Which words of one text are words of another."""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from facilities.matching.normalize_words import has_likes, likeness

_CUT_LIKENESS = 0.7


class MatchedWords(NamedTuple):
    """Words of `one` that `other` has, with how alike they are, and what is left of both."""

    matched: tuple[tuple[str, float], ...]
    left: tuple[str, ...]
    left_other: tuple[str, ...]


def match_words(one: Sequence[str], other: Sequence[str], cut: str | None = None) -> MatchedWords:
    """Pairs equal words first, then misspelled and cut ones; each word counts once.

    `cut` is a word of `other` that is known to be the beginning of a longer one, however short.
    """
    if not other or not one:
        return MatchedWords((), tuple(one), tuple(other))
    theirs = list(other)
    matched: list[tuple[str, float]] = []
    rest: list[str] = []
    for word in one:
        if word in theirs:
            theirs.remove(word)
            matched.append((word, 1.0))
        else:
            rest.append(word)
    left: list[str] = []
    for word in rest:
        near = [(_alike(word, known, cut), known) for known in theirs if known[0] == word[0]]
        alike, best = max(near, default=(0.0, ""))
        if alike > 0:
            theirs.remove(best)
            matched.append((word, alike))
        else:
            left.append(word)
    return MatchedWords(tuple(matched), tuple(left), tuple(theirs))


def _alike(word: str, known: str, cut: str | None) -> float:
    if known == cut and len(known) >= 2 and word.startswith(known):
        return _CUT_LIKENESS
    return likeness(word, known)


def unexplained(
    words: Sequence[str], context: Collection[str], initials: Collection[str], short: Collection[str] = ()
) -> tuple[str, ...]:
    """Words that neither stand in the other record's context, nor abbreviate it, nor are abbreviated there.

    `initials` are those of the other record, `short` its words that are initials of this one.
    """
    if not words:
        return ()
    letters = frozenset[str]().union(*short)
    return tuple(
        word
        for word in words
        if word not in context
        and word not in initials
        and word[0] not in letters
        and not (has_likes(word) and any(known[0] == word[0] and likeness(word, known) for known in context))
    )


def total_weight(words: Sequence[str], weight: Callable[[str], float]) -> float:
    """Sum of the words' weights."""
    return sum(weight(word) for word in words)


def quoted(words: Sequence[str], most: int = 3) -> str:
    """Words for a sentence: `elk`, `river` and 2 more."""
    shown = ", ".join(words[:most])
    return f"{shown} and {len(words) - most} more" if len(words) > most else shown


def counted(number: int, noun: str) -> str:
    """`one rare word`, `two rare words`."""
    names = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five"}
    return f"{names.get(number, str(number))} {noun}{'' if number == 1 else 's'}"
