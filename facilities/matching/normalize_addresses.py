"""Street addresses, taken apart.

Written for how both systems publish them: one line, US order, descriptions ("End of Carver Rd"),
highways, corners, PO boxes.
"""

import re
from dataclasses import dataclass

from facilities.matching.normalize_names import is_blank
from facilities.matching.normalize_words import fold
from facilities.matching.vocabulary import DIRECTIONS, ORDINALS, STREET_SUFFIXES, UNIT_WORDS, as_words

_PO_BOX = re.compile(r"\bp\s*\.?\s*o\.?\s*box\s*(\d+)|\bbox\s+(\d+)\s*$")
_ORDINAL = re.compile(r"^(\d+)(st|nd|rd|th)$")
_CORNER = re.compile(r"\s(?:and|at|@)\s|(?<=[a-z])\s*/\s*(?=[a-z])")
_CORNER_OF = re.compile(r"^.*\b(?:corner|intersection) of\b")
_ORDINAL_APART = re.compile(r"\b(\d+)\s+(st|nd|rd|th)\b")
_NOT_WORD = re.compile(r"[^a-z0-9/@ -]+")
_FILLER = as_words(
    """end of the off along near behind corner intersection between miles mile mi from and at in to on
    adjacent approximately approx side just past cr"""
)
_NUMBERED_ROADS = frozenset({"hwy", "ave", "rd", "st"})


@dataclass(frozen=True, slots=True)
class ParsedAddress:
    """A street address. `number` is None for a description, a corner or a road without a number."""

    text: str
    number: int | None
    direction: str | None
    street: tuple[str, ...]  # words of the name, without direction and suffix
    suffix: str | None
    crossing: tuple[str, ...] = ()  # the other street of a corner
    po_box: str | None = None

    @property
    def streets(self) -> tuple[tuple[str, ...], ...]:
        """The street, and for a corner the other one."""
        return tuple(street for street in (self.street, self.crossing) if street)


def parse_address(text: str | None) -> ParsedAddress | None:
    """The parts of a street address, or None where nothing names a street."""
    if text is None or is_blank(text):
        return None
    folded = _NOT_WORD.sub(" ", fold(text).replace(",", " , ").split(" , ")[0])
    box = _PO_BOX.search(folded)
    if box:
        folded = folded[: box.start()]
    folded = _CORNER_OF.sub(" ", _ORDINAL_APART.sub(r"\1\2", folded))
    parts = [part for part in _CORNER.split(folded) if part.strip()]
    number, words = _take_number(parts[0].split()) if parts else (None, [])
    direction, street, suffix = _street(words)
    crossing = _street(parts[1].split())[1] if len(parts) > 1 else ()
    po_box = (box[1] or box[2]) if box else None
    if not street and not po_box:
        return None
    return ParsedAddress(text.strip(), number, direction, street, suffix, crossing, po_box)


def _take_number(words: list[str]) -> tuple[int | None, list[str]]:
    """The house number and the words after it; `87 075` and `87-075` are one number of the desert cities."""
    if not words:
        return None, []
    first = words[0]
    if re.fullmatch(r"\d{2}-\d{3}", first):
        return int(first.replace("-", "")), words[1:]
    match = re.match(r"(\d+)(?:-\d+|[a-z])?$", first)
    if not match or len(words) == 1:
        return None, words
    if len(words) > 2 and re.fullmatch(r"\d{3}", words[1]) and len(first) == 2:
        return int(first + words[1]), words[2:]
    if words[1] in {"mile", "miles", "mi"}:  # "2 miles east of ..." numbers no house
        return None, words[2:]
    return int(match[1]), words[1:]


def _street(words: list[str]) -> tuple[str | None, tuple[str, ...], str | None]:
    """Direction, name and suffix of a street: `S 5th Ave` is s, (5,), ave; `State Hwy 49` is (hwy, 49)."""
    kept = _until_unit([_plain(word) for word in words if word not in _FILLER and word != "-"])
    suffix_at = next((at for at in range(len(kept) - 1, 0, -1) if kept[at] in STREET_SUFFIXES), None)
    road = next((at for at, word in enumerate(kept) if STREET_SUFFIXES.get(word) in _NUMBERED_ROADS), None)
    if road is not None and road + 1 < len(kept) and kept[road + 1].rstrip("nsew").isdigit():
        return None, (STREET_SUFFIXES[kept[road]], kept[road + 1].rstrip("nsew")), None
    suffix = STREET_SUFFIXES[kept[suffix_at]] if suffix_at is not None else None
    name = kept[:suffix_at] if suffix_at is not None else kept
    direction = None
    if len(name) > 1 and name[0] in DIRECTIONS:
        direction, name = DIRECTIONS[name[0]], name[1:]
    elif len(name) > 1 and name[-1] in DIRECTIONS:
        direction, name = DIRECTIONS[name[-1]], name[:-1]
    while len(name) > 1 and name[0] in DIRECTIONS:  # "North N. Main"
        name = name[1:]
    if len(name) > 1 and STREET_SUFFIXES.get(name[0]) == "ave":  # "Avenida Pico", "Ave Pico"
        suffix, name = "ave", name[1:]
    return direction, tuple(name), suffix


def _plain(word: str) -> str:
    """A word of a street's name: ordinals as their number."""
    match = _ORDINAL.match(word)
    return match[1] if match else ORDINALS.get(word, word)


def _until_unit(words: list[str]) -> list[str]:
    """The words before a suite, unit or building."""
    stop = next((at for at, word in enumerate(words) if at > 0 and word in UNIT_WORDS), len(words))
    return words[:stop]
