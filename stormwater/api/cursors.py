"""Cursors: where a page begins, as an opaque text that only this service can make.

A cursor is signed, and bound to what it was made for: the list, its filters and its order. The
size of pages may change on the way.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from django.utils.crypto import constant_time_compare, salted_hmac

from stormwater.api.problems import ParameterError, wrong_parameters

PARAMETER = "cursor"
_SALT = "stormwater.api.cursors"
_SIGNATURE_BYTES = 16
_MAX_LENGTH = 4000  # a key is at most a name and a number


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place between two rows: beside the row with this key, on the way forward or back.

    `is_inclusive` says on which side of that row: a page that turned out empty is left by the row that it began after.
    """

    key: tuple[Any, ...]  # the row's sort value, if the order has one, and its primary key
    is_backwards: bool
    is_inclusive: bool = False


def encode_cursor(cursor: Cursor, binding: str) -> str:
    """The cursor as text, for the list, filters and order that `binding` stands for."""
    payload = json.dumps(
        [binding, cursor.is_backwards, cursor.is_inclusive, *cursor.key], separators=(",", ":")
    ).encode()
    return base64.urlsafe_b64encode(_signature(payload) + payload).decode().rstrip("=")


def decode_cursor(text: str, binding: str) -> Cursor:
    """The cursor that a text means. Raises a 400 for a text that is none, or was made for something else."""
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        content = b""
    signature, payload = content[:_SIGNATURE_BYTES], content[_SIGNATURE_BYTES:]
    if len(text) > _MAX_LENGTH or not constant_time_compare(signature, _signature(payload)):
        raise wrong_parameters([ParameterError(PARAMETER, "Is not a cursor of this service. Take it from `next`.")])
    made_for, is_backwards, is_inclusive, *key = json.loads(payload)
    if made_for != binding:
        message = "Was made for another list, other filters or another order. Start again without it."
        raise wrong_parameters([ParameterError(PARAMETER, message)])
    return Cursor(tuple(key), is_backwards, is_inclusive)


def _signature(payload: bytes) -> bytes:
    return salted_hmac(_SALT, payload, algorithm="sha256").digest()[:_SIGNATURE_BYTES]
