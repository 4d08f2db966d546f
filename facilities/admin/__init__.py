"""Staff pages of facilities and of what was matched, one module per concern."""

from facilities.admin import matching, records

__all__ = ["matching", "records"]
