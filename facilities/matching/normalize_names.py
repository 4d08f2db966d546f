"""Names of plants and organizations, taken apart: which words, which numbers, which kind."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from facilities.matching.normalize_words import as_class_word, complete_cut_word, is_cut, split_words, written_out
from facilities.matching.vocabulary import (
    GENERIC_WORDS,
    OPERATOR_KINDS,
    ROMAN_NUMERALS,
    SEWAGE_WORDS,
    SITE_KINDS,
    STOP_WORDS,
)

WASTEWATER = "wastewater plant"
DRINKING_WATER = "drinking-water plant"

# A number after one of these counts plants; after the others, it counts districts or service areas.
_COUNTS_PLANTS = frozenset({"plant", "facility", "unit", "number", "works", "station", "phase", "well", "site", "pond"})
_COUNTS_AREAS = frozenset({"district", "area", "zone", "csa", "county", "department", "company"})
_COUNTING = re.compile(r"[1-9]\d{0,2}[a-z]?")
_KIND_OF_OPERATOR = {word: kind for kind, marks in OPERATOR_KINDS.items() for word in marks}
_KINDS_BY_WORD: dict[str, list[tuple[str, frozenset[str]]]] = {}
for _kind, _marks in SITE_KINDS.items():
    for _mark in _marks:
        _KINDS_BY_WORD.setdefault(min(_mark), []).append((_kind, _mark))
_MIN_INITIALS, _MAX_INITIALS = 3, 7
_BLANK = frozenset({"", "na", "none", "unknown", "not available"})


@dataclass(frozen=True, slots=True)
class ParsedName:
    """A name as the comparisons read it."""

    text: str
    words: tuple[str, ...]  # those that say which plant it is, in their order, each once
    all_words: frozenset[str]
    plant_numbers: frozenset[str]
    area_numbers: frozenset[str]
    kinds: frozenset[str]
    letters: tuple[str, ...]  # first letters of all words but numbers, in a row
    cut: str | None = None  # the last word, where the name was cut at 30 characters and that word is none of the trade

    @property
    def initials(self) -> frozenset[str]:
        """Initials of every run of three or more words."""
        return initials_of(self.letters)


@dataclass(frozen=True, slots=True)
class ParsedOperator:
    """An operator or agency as the comparisons read it."""

    text: str
    words: tuple[str, ...]
    all_words: frozenset[str]
    kinds: frozenset[str]
    letters: tuple[str, ...]

    @property
    def initials(self) -> frozenset[str]:
        """Initials of every run of three or more words."""
        return initials_of(self.letters)


def parse_name(text: str | None) -> ParsedName | None:
    """The parts of a facility's name, or None where there is none."""
    if text is None or is_blank(text):
        return None
    words = _full_words(text)
    plant_numbers, area_numbers, rest = take_numbers(words)
    return ParsedName(
        text=text.strip(),
        words=_distinctive(rest),
        all_words=frozenset(words),
        plant_numbers=plant_numbers,
        area_numbers=area_numbers,
        kinds=site_kinds(words),
        letters=letters_of(rest),
        cut=words[-1] if is_cut(text) and words and words[-1] not in GENERIC_WORDS else None,
    )


@lru_cache(maxsize=8192)
def parse_operator(text: str | None) -> ParsedOperator | None:
    """The parts of an operator's name, or None where there is none (non-filers have none)."""
    if text is None or is_blank(text) or text.lower().startswith("not available"):
        return None
    words = _full_words(text)
    return ParsedOperator(
        text=text.strip(),
        words=_distinctive(words),
        all_words=frozenset(words),
        kinds=frozenset(_KIND_OF_OPERATOR[word] for word in words if word in _KIND_OF_OPERATOR),
        letters=letters_of(words),
    )


def is_blank(text: str | None) -> bool:
    """Whether a text says nothing."""
    return text is None or text.strip().lower() in _BLANK


def take_numbers(words: list[str]) -> tuple[frozenset[str], frozenset[str], list[str]]:
    """Numbers that count plants, numbers that count districts or areas, and the other words.

    `Plant No. 2`, `Unit II` and `WWRF #3` count plants, `CSA 18` and `Sanitary District No. 1` do not.
    A number before a word (`20 Mule`) belongs to the name and stays a word.
    """
    plants: set[str] = set()
    areas: set[str] = set()
    rest: list[str] = []
    for at, word in enumerate(words):
        number = _number(word)
        before = _noun_before(words, at)
        if number is None or not before:
            rest.append(word)
        elif before in _COUNTS_AREAS:
            areas.add(number)
        elif before in _COUNTS_PLANTS:
            plants.add(number)
        else:
            rest.append(word)
    return frozenset(plants), frozenset(areas), rest


def _number(word: str) -> str | None:
    """A counting number (`2`, `44a`, a roman numeral from two up); a code such as `012` is none."""
    return word if _COUNTING.fullmatch(word) else ROMAN_NUMERALS.get(word)


def _noun_before(words: list[str], at: int) -> str:
    """The word that a number counts: the one before it, or before `number`, over other numbers."""
    before = at - 1
    while before >= 0 and (_number(words[before]) is not None or words[before] in STOP_WORDS):
        before -= 1
    if before >= 1 and words[before] == "number" and words[before - 1] in _COUNTS_AREAS:
        return words[before - 1]
    return words[before] if before >= 0 else ""


def site_kinds(words: list[str]) -> frozenset[str]:
    """Kinds of site that the words of a name state; an outfall only where nothing else is said.

    "Water treatment" side by side is drinking water, unless a word of sewage stands beside it.
    """
    present = frozenset(words)
    kinds = {kind for word in present for kind, mark in _KINDS_BY_WORD.get(word, ()) if mark <= present}
    if present & SEWAGE_WORDS:
        kinds.discard(DRINKING_WATER)
    elif ("water", "treatment") in pairwise(words):
        kinds = kinds - {WASTEWATER} | {DRINKING_WATER}
    if kinds > {"outfall"}:
        kinds.discard("outfall")
    return frozenset(kinds)


def letters_of(words: Iterable[str]) -> tuple[str, ...]:
    """First letters of the words in a row; a second row where `wastewater` counts as two letters."""
    counted = [word for word in words if word not in STOP_WORDS and word.isalpha()]
    letters = "".join(word[0] for word in counted)
    doubled = "".join("ww" if word == "wastewater" else word[0] for word in counted)
    return (letters,) if letters == doubled else (letters, doubled)


def initials_of(rows: Iterable[str]) -> frozenset[str]:
    """Every run of three to seven letters of `letters_of`."""
    return frozenset(
        row[start : start + length]
        for row in rows
        for start in range(len(row))
        for length in range(_MIN_INITIALS, _MAX_INITIALS + 1)
        if start + length <= len(row)
    )


def initials_among(words: Iterable[str], *texts: ParsedName | ParsedOperator | None) -> frozenset[str]:
    """Those of the words that are initials of one of the texts."""
    short = [word for word in words if _MIN_INITIALS <= len(word) <= _MAX_INITIALS]
    if not short:
        return frozenset()
    return frozenset(word for word in short for text in texts if text and any(word in row for row in text.letters))


def _full_words(text: str) -> list[str]:
    """Every word of a name, written out and with misspelled class words mended."""
    words = written_out(complete_cut_word(text, split_words(text)))
    return [as_class_word(word) for word in words]


def _distinctive(words: list[str]) -> tuple[str, ...]:
    """The words that are not generic, in their order, each once."""
    return tuple(dict.fromkeys(word for word in words if word not in GENERIC_WORDS and len(word) > 1))
