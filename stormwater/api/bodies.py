"""Bodies of requests that write: a JSON object whose members are declared, checked before anything is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.core.exceptions import RequestDataTooBig
from rest_framework.request import Request

from stormwater.api.filters import MAX_INTEGER
from stormwater.api.problems import ParameterError, ProblemError, unknown_name, wrong_parameters

MAX_NOTE = 2000


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a body: a text, or a whole number where `is_number`."""

    name: str
    description: str
    is_required: bool = False
    is_number: bool = False
    choices: Sequence[str] = ()
    max_length: int = MAX_NOTE

    @property
    def schema(self) -> dict[str, Any]:
        """The member in the OpenAPI document."""
        if self.is_number:
            return {"type": "integer", "minimum": 0, "maximum": MAX_INTEGER, "description": self.description}
        if self.choices:
            return {"type": "string", "enum": list(self.choices), "description": self.description}
        least = {"minLength": 1} if self.is_required else {}
        return {"type": "string", "maxLength": self.max_length, **least, "description": self.description}

    def why_not(self, value: Any) -> str:
        """What is wrong with a value; empty if nothing is."""
        if self.is_number:
            is_fit = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_INTEGER
            return "" if is_fit else f"Must be a whole number from 0 to {MAX_INTEGER}."
        if not isinstance(value, str) or "\x00" in value:
            return "Must be a text without NUL characters."
        if self.choices:
            return "" if value in self.choices else f"Must be one of: {', '.join(self.choices) or 'nothing'}."
        if self.is_required and not value.strip():
            return "Must not be empty."
        return "" if len(value) <= self.max_length else f"Must be at most {self.max_length} characters."


def read_body(request: Request, members: Sequence[Member]) -> dict[str, Any]:
    """The body's members; those that may be missing and are missing are left out.

    Raises a 400 that names each wrong one, and a 413 for a body larger than Django takes.
    """
    try:
        content = request._request.body
    except RequestDataTooBig as error:
        raise ProblemError(413, "The body is too large.") from error
    try:
        given = orjson.loads(content) if content.strip() else {}
    except orjson.JSONDecodeError as error:
        raise ProblemError(400, f"The body is not JSON: {error}.") from error
    if not isinstance(given, dict):
        raise ProblemError(400, "The body must be a JSON object.")
    known = {member.name: member for member in members}
    errors = [unknown_name(name[:100], name, list(known), "member") for name in given if name not in known]
    errors += [
        ParameterError(member.name, "Must be given.")
        for member in members
        if member.is_required and member.name not in given
    ]
    for name, value in given.items():
        if name in known and (message := known[name].why_not(value)):
            errors.append(ParameterError(name, message))
    if errors:
        raise wrong_parameters(errors)
    return given
