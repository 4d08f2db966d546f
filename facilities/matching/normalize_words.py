"""Words of a published text: folded, split, and abbreviations written out."""

import re
import unicodedata
from functools import lru_cache

import jellyfish

from facilities.matching.vocabulary import ABBREVIATIONS, GENERIC_WORDS, PHRASES, SPELLED_OUT

_NOT_WORD = re.compile(r"[^a-z0-9]+")
_ORDINAL_APART = re.compile(r"\b(\d+)\s+(st|nd|rd|th)\b")
# SMARTS cut names at 30 characters before about 2010: the last word may be a fragment.
_CUT_LENGTHS = range(28, 31)
_SORTED_CLASS_WORDS = sorted(GENERIC_WORDS)
_SHORTEST_ALIKE = 5  # letters; one letter more or less makes another word of a shorter one


def fold(text: str) -> str:
    """Lower-case ASCII without accents and apostrophes; `&` becomes `and`."""
    plain = text if text.isascii() else _fold_accents(text)
    return plain.lower().replace("'", "").replace("`", "").replace("&", " and ")


def _fold_accents(text: str) -> str:
    """ASCII letters for accented ones, a space for what has none (a dash, mojibake)."""
    decomposed = unicodedata.normalize("NFKD", text.translate({0x2018: "'", 0x2019: "'"}))
    return "".join(
        character if character.isascii() else "" if unicodedata.combining(character) else " "
        for character in decomposed
    )


def split_words(text: str) -> list[str]:
    """Words and numbers of a text in their order; `#3` gives `number`, `3`; `Men S` gives `mens`."""
    spaced = _ORDINAL_APART.sub(r"\1\2", _NOT_WORD.sub(" ", fold(text).replace("#", " number ")))
    words: list[str] = []
    letters = ""
    for word in [*spaced.split(), ""]:
        if len(word) == 1 and word.isalpha():
            letters += word
            continue
        if letters:
            words = _close_letters(words, letters)
            letters = ""
        if word:
            words.append(word)
    return words


def _close_letters(words: list[str], letters: str) -> list[str]:
    """Appends a run of single letters: a lone `s` belongs to the word before, `w r f` is one word."""
    if letters == "s" and words and words[-1].isalpha() and not words[-1].endswith("s"):
        return [*words[:-1], words[-1] + "s"]
    if len(letters) == 2:  # `w d` is an abbreviation of its own
        phrase = PHRASES.get((letters[0], letters[1]))
        return [*words, *(phrase or (letters,))]
    return [*words, letters]


def written_out(words: list[str]) -> list[str]:
    """Phrases joined and abbreviations replaced by their full words."""
    joined: list[str] = []
    at = 0
    while at < len(words):
        phrase = PHRASES.get((words[at], words[at + 1])) if at + 1 < len(words) else None
        joined.extend(phrase or ABBREVIATIONS.get(words[at]) or (words[at],))
        at += 2 if phrase else 1
    return _join_again(joined)


def _join_again(words: list[str]) -> list[str]:
    """`waste` `water` that abbreviations brought together."""
    result: list[str] = []
    for word in words:
        if word == "water" and result and result[-1] == "waste":
            result[-1] = "wastewater"
        else:
            result.append(word)
    return result


@lru_cache(maxsize=65536)
def as_class_word(word: str) -> str:
    """The class word that a word is a misspelling of (`wasterwater`), or the word itself."""
    if len(word) < 7 or word in GENERIC_WORDS or not word.isalpha():
        return word
    for known in SPELLED_OUT:
        if (
            word[0] == known[0]
            and abs(len(word) - len(known)) <= 1
            and jellyfish.damerau_levenshtein_distance(word, known) == 1
        ):
            return known
    return word


def is_cut(text: str) -> bool:
    """Whether a name is as long as those that were cut."""
    return len(text.strip()) in _CUT_LENGTHS


def complete_cut_word(text: str, words: list[str]) -> list[str]:
    """Completes or drops the last word of a name that was cut at 30 characters.

    A fragment that begins a class word becomes that word, a lone letter goes; any other stays, and
    compares as the beginning of a longer word.
    """
    if not is_cut(text) or len(words) < 2:
        return words
    last = words[-1]
    if last in GENERIC_WORDS or last in ABBREVIATIONS or last.isdigit():
        return words
    if len(last) == 1:
        return words[:-1]
    whole = _class_word_that_begins(last)
    return [*words[:-1], whole] if whole else words


@lru_cache(maxsize=8192)
def _class_word_that_begins(fragment: str) -> str | None:
    """The first class word that begins with a fragment."""
    return next((word for word in _SORTED_CLASS_WORDS if len(word) > len(fragment) and word.startswith(fragment)), None)


def has_likes(word: str) -> bool:
    """Whether another word can be like it: short words and numbers are only ever equal."""
    return len(word) >= _SHORTEST_ALIKE and word.isalpha()


@lru_cache(maxsize=262144)
def likeness(one: str, other: str) -> float:
    """How surely two words are one word: 1 equal, 0.9 a misspelling, 0.8 one with an ending more, 0 different."""
    if one == other:
        return 1.0
    if one[0] != other[0]:
        return 0.0
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) < _SHORTEST_ALIKE or not one.isalpha() or not other.isalpha():
        return 0.0
    if longer.startswith(shorter) and len(longer) - len(shorter) <= 2:
        return 0.8
    allowed = 1 if len(shorter) < 9 else 2
    if len(shorter) < 6 or len(longer) - len(shorter) > allowed:
        return 0.0
    return 0.9 if jellyfish.damerau_levenshtein_distance(one, other) <= allowed else 0.0
