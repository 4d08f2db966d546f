"""What staff's endpoints of duplicates and dismissals have in common."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from stormwater.api.problems import ProblemError
from stormwater.errors import UserError

TAG = "For staff"
INTEGER: dict[str, Any] = {"type": "integer"}
TEXT: dict[str, Any] = {"type": "string"}
HISTORY_SCHEMA: dict[str, Any] = {
    "type": "array",
    "items": {"type": "object"},
    "description": "All that was decided about it, the latest first",
}


@contextmanager
def refused_as_conflict() -> Iterator[None]:
    """What a decision is refused for is a 409 with its sentence; that there is something to decide was looked up."""
    try:
        yield
    except UserError as error:
        raise ProblemError(409, str(error)) from error
