"""What is kept of a record between two runs, so that a small change is found without preparing all records.

A record is kept as numbers that it shares with the records it is compared with, one number per blocking key,
identifier or site key. Two keys may share a number: then a record too many is looked at, never one too few.
"""

import json
from collections.abc import Iterable
from functools import cache, lru_cache
from hashlib import md5
from importlib.resources import files
from typing import Any
from uuid import UUID
from zlib import crc32

from facilities.matching.blocking import enrollment_keys, esmr_keys
from facilities.matching.direct import identifiers
from facilities.matching.prepared import PreparedEnrollment, PreparedEsmr
from facilities.matching.rarity import WordRarity
from facilities.matching.sites import site_keys

_SIGN = 1 << 31
_POINT_DIGITS = 3  # about 100 m


def enrollment_numbers(enrollment: PreparedEnrollment, rarity: WordRarity) -> list[int]:
    """Numbers under which an enrollment meets eSMR facilities, in order."""
    record = enrollment.record
    return numbers(
        [*enrollment_keys(enrollment, rarity), *identifiers(wdid=record.key.wdid, npdes_number=record.npdes_number)]
    )


def site_numbers(enrollment: PreparedEnrollment) -> list[int]:
    """Numbers under which an enrollment meets others of its site, in order."""
    return numbers(("site", *key) for key in site_keys(enrollment))


def esmr_numbers(esmr: PreparedEsmr, rarity: WordRarity) -> list[int]:
    """Numbers under which an eSMR facility looks for enrollments, in order."""
    record = esmr.record
    return numbers([*esmr_keys(esmr, rarity), *identifiers(wdid=record.ciwqs_wdid, npdes_number=record.npdes_number)])


def numbers(keys: Iterable[tuple[str, ...]]) -> list[int]:
    """One signed 32-bit number per key, each once."""
    return sorted({crc32("\x1f".join(key).encode()) - _SIGN for key in keys})


def evidence_hash(esmr: PreparedEsmr, enrollment: PreparedEnrollment) -> UUID:
    """Hash of what both records say, in the spelling that the comparisons read.

    It changes when a record says something else, never because other records or the weights changed, so that a
    decided pair is shown again only where the person would see something new.
    """
    told = f"{_told(esmr)}\n{_told(enrollment)}"
    return UUID(hex=md5(told.encode(), usedforsecurity=False).hexdigest())


@lru_cache(maxsize=64)
def _told(prepared: PreparedEsmr | PreparedEnrollment) -> str:
    """Everything of a prepared record but the record as published and what is gathered from the other parts."""
    told = {
        field: _plain(getattr(prepared, field))
        for field in prepared.__slots__
        if field not in {"record", "place_words", "context_words", "initials", "kinds"}
    }
    return json.dumps(told | {"npdes_number": prepared.record.npdes_number}, sort_keys=True)


def _plain(value: Any) -> Any:
    """A value as JSON has it; names and addresses without their text as published."""
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, float):
        return round(value, _POINT_DIGITS)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if hasattr(value, "__slots__"):
        return {field: _plain(getattr(value, field)) for field in value.__slots__ if field != "text"}
    return value


@cache
def matcher_version() -> str:
    """Hash of the matcher's code and weights: what was kept by another version is worked out anew."""
    folder = files("facilities.matching")
    digest = md5(usedforsecurity=False)
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith((".py", ".json")):
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
