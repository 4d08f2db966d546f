"""What staff's endpoints of duplicates and dismissals have in common."""

from typing import Any

INTEGER: dict[str, Any] = {"type": "integer"}
TEXT: dict[str, Any] = {"type": "string"}
HISTORY_SCHEMA: dict[str, Any] = {
    "type": "array",
    "items": {"type": "object"},
    "description": "All that was decided about it, the latest first",
}
