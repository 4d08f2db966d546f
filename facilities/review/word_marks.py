"""Which words of two names or addresses differ, so that an eye finds them. Plain Python, no Django."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from facilities.matching.normalize_words import split_words, written_out
from facilities.matching.vocabulary import STOP_WORDS, STREET_SUFFIXES

_PIECES = re.compile(r"\S+|\s+")


class Piece(NamedTuple):
    """A stretch of a text, and whether the other text has nothing like it."""

    text: str
    differs: bool


def mark_differences(text: str, *others: str) -> tuple[Piece, ...]:
    """The text in pieces; a word differs if none of the other texts has it, abbreviations written out.

    `WWTP` and `Wastewater Treatment Plant` agree, and so do `Rd` and `Road`; words such as `of` never differ. Without
    another text there is nothing to differ from.
    """
    known = frozenset[str]().union(*(_forms(other) for other in others if other))
    pieces = (
        Piece(part, bool(known) and not part.isspace() and not _is_known(part, known)) for part in _PIECES.findall(text)
    )
    return _joined(pieces)


def _is_known(word: str, known: frozenset[str]) -> bool:
    return all(form in known or form in STOP_WORDS for form in _meaning(word))


def _meaning(word: str) -> list[str]:
    """What a single word stands for."""
    return [_street(form) for form in written_out(split_words(word))]


def _forms(text: str) -> frozenset[str]:
    """Every word of a text, as written and written out; `waste water` is `wastewater` as well as two words."""
    words = split_words(text)
    apart = (form for word in words for form in written_out([word]))
    forms = {_street(word) for word in (*words, *written_out(words), *apart)}
    if "wastewater" in forms:
        forms |= {"waste", "water"}
    return frozenset(forms)


def _street(word: str) -> str:
    return STREET_SUFFIXES.get(word, word)


def _joined(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Neighbours of one kind put together."""
    result: list[Piece] = []
    for piece in pieces:
        if result and result[-1].differs == piece.differs:
            result[-1] = Piece(result[-1].text + piece.text, piece.differs)
        else:
            result.append(piece)
    return tuple(result)
