"""Lines of the log: which run, task and request they belong to, and, where asked for, as JSON.

`log_context(run=12)` names what is being worked on; every record that this thread writes meanwhile carries it.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_context: ContextVar[dict[str, object]] = ContextVar("log_context")

# What every record has; whatever else is on it was put there by the line that logged, or by a filter.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "context", "names"}


@contextmanager
def log_context(**names: object) -> Iterator[None]:
    """Put names such as `run=12` on every record of the block; inner blocks add to outer ones."""
    token = _context.set(current_context() | names)
    try:
        yield
    finally:
        _context.reset(token)


def current_context() -> dict[str, object]:
    """What is being worked on, by name."""
    return dict(_context.get({}))


class ContextFilter(logging.Filter):
    """Puts the context on the record: once as a whole, for `JsonLines`, and once in words, for plain lines."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through."""
        names = current_context()
        vars(record)["names"] = names
        vars(record)["context"] = "".join(f" [{name} {value}]" for name, value in names.items())
        return True


class JsonLines(logging.Formatter):
    """One JSON object per record: time, level, logger, message, the context, and what `extra` gave."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line, whatever its message and error contain."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        extra = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        line |= extra | getattr(record, "names", {})
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        if record.stack_info:
            line["stack"] = record.stack_info
        return json.dumps(line, default=str)
