"""Staff pages of violations on record, of computed findings, and of what findings are judged by."""

from violations.admin import duplicates, findings, reference, regulatory, unified

__all__ = ["duplicates", "findings", "reference", "regulatory", "unified"]
