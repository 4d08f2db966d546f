"""Keys by which records that may be one site meet.

A pair is compared if the records share any key. Each key alone loses pairs (an address is misspelled,
a coordinate is wrong, a name is generic); together they keep them. What is common in town (any firm at
a street, any firm within a kilometre that has a word beginning alike) meets by narrow keys; wastewater plants
also by wide ones.
"""

from collections.abc import Iterator
from itertools import pairwise

from facilities.matching.normalize_addresses import ParsedAddress
from facilities.matching.prepared import PreparedEnrollment, PreparedEsmr
from facilities.matching.rarity import WordRarity, start_of

Key = tuple[str, ...]

NARROW_CELL = 0.01  # degrees, about 1 km
WIDE_CELL = 0.03  # about 3 km: with the cells around it, farther than most published coordinates are off
_PREFIX = 5
_LEAST_INITIALS = 4
_FEW_LETTERS = 3


def enrollment_keys(enrollment: PreparedEnrollment, rarity: WordRarity) -> frozenset[Key]:
    """Keys under which an enrollment is filed."""
    return frozenset(_enrollment_keys(enrollment, rarity))


def esmr_keys(esmr: PreparedEsmr, rarity: WordRarity) -> frozenset[Key]:
    """Keys under which an eSMR facility looks for enrollments."""
    return frozenset(_esmr_keys(esmr, rarity))


def _enrollment_keys(enrollment: PreparedEnrollment, rarity: WordRarity) -> Iterator[Key]:
    for address in (enrollment.address, enrollment.second_address):
        yield from _address_keys(address)
    region = enrollment.region[0] if enrollment.region else "?"
    name = enrollment.name.words if enrollment.name else ()
    operator = enrollment.operator.words if enrollment.operator else ()
    for word in {*name, *operator}:
        yield from _rare_word_keys(word, region, rarity)
    for words in (name, operator):
        yield from _pair_keys(words, region)
    if enrollment.point:
        for start in _starts({*name, *operator, *enrollment.all_initials()}):
            yield "cell", *_cell(enrollment.point, NARROW_CELL), start
    if enrollment.is_wastewater:
        yield from _plant_keys(enrollment, {*name, *operator, *enrollment.place_words}, region, rarity)


def _plant_keys(enrollment: PreparedEnrollment, words: set[str], region: str, rarity: WordRarity) -> Iterator[Key]:
    """The wide keys of a wastewater plant."""
    for word in words:
        yield from _plant_word_keys(word, region, rarity)
    for initials in enrollment.all_initials():
        yield "plant's initials", region, initials
    if enrollment.point:
        yield "plant's cell", *_cell(enrollment.point, WIDE_CELL)
    if enrollment.zip_code:
        yield "plant's zip", enrollment.zip_code


def _esmr_keys(esmr: PreparedEsmr, rarity: WordRarity) -> Iterator[Key]:
    yield from _address_keys(esmr.address)
    for region in (esmr.region[0], "?") if esmr.region else "?123456789":
        yield from _esmr_word_keys(esmr, region, rarity)
    city = esmr.city.split() if esmr.city else ()
    starts = _starts({*esmr.initials, *city, *(word for words in _texts(esmr) for word in words)}) | {""}
    for point in (esmr.point, esmr.outfall):
        if point:
            for cell in _cells_around(point, NARROW_CELL):
                for start in starts:
                    yield "cell", *cell, start
            for cell in _cells_around(point, WIDE_CELL):
                yield "plant's cell", *cell
    if esmr.zip_code:
        yield "plant's zip", esmr.zip_code


def _esmr_word_keys(esmr: PreparedEsmr, region: str, rarity: WordRarity) -> Iterator[Key]:
    """Keys of names, agency and city in one region."""
    texts = _texts(esmr)
    for words in texts:
        yield from _pair_keys(words, region)
        for word in words:
            yield from _rare_word_keys(word, region, rarity)
    city = esmr.city.split() if esmr.city else ()
    for word in {*city, *(word for words in texts for word in words)}:
        yield from _plant_word_keys(word, region, rarity)
        if len(word) >= _LEAST_INITIALS:
            yield "plant's initials", region, word
    for initials in esmr.initials:
        if len(initials) >= _LEAST_INITIALS:
            yield "plant's word", region, initials


def _texts(esmr: PreparedEsmr) -> list[tuple[str, ...]]:
    """The words of its names and of its agency."""
    return [*(name.words for name in esmr.names), esmr.agency.words if esmr.agency else ()]


def _address_keys(address: ParsedAddress | None) -> Iterator[Key]:
    """House number with the beginning of the street."""
    if address and address.number is not None and address.street:
        yield "address", str(address.number), address.street[0][:_PREFIX]


def _rare_word_keys(word: str, region: str, rarity: WordRarity) -> Iterator[Key]:
    """A rare word, and its beginning where that is rare too: a cut or misspelled word keeps it."""
    if rarity.is_rare(word):
        yield "rare word", region, word
        if rarity.is_rare(start_of(word)):
            yield "rare start", region, start_of(word)


def _plant_word_keys(word: str, region: str, rarity: WordRarity) -> Iterator[Key]:
    """A word of a wastewater plant unless it is very common, and its beginning where that is rare."""
    if not rarity.is_common(word):
        yield "plant's word", region, word
    if rarity.is_rare(start_of(word)):
        yield "plant's start", region, start_of(word)


def _pair_keys(words: tuple[str, ...], region: str) -> Iterator[Key]:
    """Two words side by side, neither of which need be rare."""
    for one, other in pairwise(words):
        yield "two words", region, one[:_PREFIX], other[:_PREFIX]


def _starts(words: set[str]) -> set[str]:
    """First letters of words, by which firms of one neighborhood meet; of none, nothing."""
    return {word[:_FEW_LETTERS] for word in words} or {""}


def _cell(point: tuple[float, float], size: float) -> tuple[str, str]:
    return str(int(point[0] // size)), str(int(point[1] // size))


def _cells_around(point: tuple[float, float], size: float) -> Iterator[tuple[str, str]]:
    """The point's cell and the eight around it."""
    row, column = int(point[0] // size), int(point[1] // size)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            yield str(row + down), str(column + right)
