"""Names of plants and organizations, taken apart: which words, which numbers, which kind."""

import re
from dataclasses import dataclass
from functools import lru_cache

from facilities.matching.normalize_words import as_class_word, complete_cut_word, is_cut, split_words, written_out
from facilities.matching.vocabulary import (
    GENERIC_WORDS,
    OPERATOR_KINDS,
    ROMAN_NUMERALS,
    SITE_KINDS,
    STOP_WORDS,
)

# A number after one of these counts plants; after the others, it counts districts or service areas.
_COUNTS_PLANTS = frozenset({"plant", "facility", "unit", "number", "works", "station", "phase", "well", "site", "pond"})
_COUNTS_AREAS = frozenset({"district", "area", "zone", "csa", "county", "department", "company"})
_COUNTING = re.compile(r"[1-9]\d{0,2}[a-z]?")
_KIND_OF_OPERATOR = {word: kind for kind, marks in OPERATOR_KINDS.items() for word in marks}
_KINDS_BY_WORD: dict[str, list[tuple[str, frozenset[str]]]] = {}
for _kind, _marks in SITE_KINDS.items():
    for _mark in _marks:
        _KINDS_BY_WORD.setdefault(min(_mark), []).append((_kind, _mark))
_MAX_INITIALS = 7
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
    in_order: tuple[str, ...]  # all words but numbers
    cut: str | None = None  # the last word, where the name was cut at 30 characters and that word is none of the trade

    @property
    def initials(self) -> frozenset[str]:
        """Initials of every run of three or more words."""
        return initials_of(self.in_order)


@dataclass(frozen=True, slots=True)
class ParsedOperator:
    """An operator or agency as the comparisons read it."""

    text: str
    words: tuple[str, ...]
    all_words: frozenset[str]
    kinds: frozenset[str]
    in_order: tuple[str, ...]

    @property
    def initials(self) -> frozenset[str]:
        """Initials of every run of three or more words."""
        return initials_of(self.in_order)


def parse_name(text: str | None) -> ParsedName | None:
    """The parts of a facility's name, or None where there is none."""
    if is_blank(text):
        return None
    assert text is not None
    words = _full_words(text)
    plant_numbers, area_numbers, rest = take_numbers(words)
    return ParsedName(
        text=text.strip(),
        words=_distinctive(rest),
        all_words=frozenset(words),
        plant_numbers=plant_numbers,
        area_numbers=area_numbers,
        kinds=site_kinds(frozenset(words)),
        in_order=tuple(rest),
        cut=words[-1] if is_cut(text) and words and words[-1] not in GENERIC_WORDS else None,
    )


def parse_operator(text: str | None) -> ParsedOperator | None:
    """The parts of an operator's name, or None where there is none (non-filers have none)."""
    if is_blank(text) or text is None or text.lower().startswith("not available"):
        return None
    words = _full_words(text)
    return ParsedOperator(
        text=text.strip(),
        words=_distinctive(words),
        all_words=frozenset(words),
        kinds=frozenset(_KIND_OF_OPERATOR[word] for word in words if word in _KIND_OF_OPERATOR),
        in_order=tuple(words),
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


def site_kinds(words: frozenset[str]) -> frozenset[str]:
    """Kinds of site that the words of a name state; an outfall only where nothing else is said."""
    kinds = {kind for word in words for kind, mark in _KINDS_BY_WORD.get(word, ()) if mark <= words}
    if "wastewater plant" in kinds and words & {"wastewater", "sewage", "sewer"}:
        kinds.discard("drinking-water plant")
    if kinds > {"outfall"}:
        kinds.discard("outfall")
    return frozenset(kinds)


@lru_cache(maxsize=65536)
def initials_of(words: tuple[str, ...]) -> frozenset[str]:
    """Initials of every run of three to seven words; `wastewater` counts as one letter and as two."""
    counted = [word for word in words if word not in STOP_WORDS and word.isalpha()]
    letters = [word[0] for word in counted]
    doubled = ["ww" if word == "wastewater" else word[0] for word in counted]
    return frozenset(
        "".join(run[start : start + length])
        for run in ([letters] if letters == doubled else [letters, doubled])
        for start in range(len(run))
        for length in range(3, _MAX_INITIALS + 1)
        if start + length <= len(run)
    )


def _full_words(text: str) -> list[str]:
    """Every word of a name, written out and with misspelled class words mended."""
    words = written_out(complete_cut_word(text, split_words(text)))
    return [as_class_word(word) for word in words]


def _distinctive(words: list[str]) -> tuple[str, ...]:
    """The words that are not generic, in their order, each once."""
    return tuple(dict.fromkeys(word for word in words if word not in GENERIC_WORDS and len(word) > 1))
