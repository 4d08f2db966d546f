"""Staff pages of violations on record, of computed findings, and of what findings are judged by."""

from violations.admin import findings, reference, regulatory

__all__ = ["findings", "reference", "regulatory"]
