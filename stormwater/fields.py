"""Model fields for values as they were published: open text, exact numbers, never an empty string.

Every published cell may be missing, and missing is null. Codes are open text: a value that
nobody has seen before must not stop a sync.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.checks import CheckMessage
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class NumericField(models.DecimalField):
    """PostgreSQL `numeric` without a precision: keeps every published digit and adds none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_digits"] = None
        kwargs["decimal_places"] = None
        super().__init__(*args, **kwargs)

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """Skip DecimalField's demand for a precision; keep the checks of any field."""
        return models.Field.check(self, **kwargs)

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "numeric"

    def to_python(self, value: Any) -> Decimal | None:
        """Convert to Decimal. A float goes through its shortest text, so that 0.1 stays 0.1."""
        if isinstance(value, float):
            value = str(value)
        return super().to_python(value)


_PRIVATE_MARK = " (personal contact data: never public)"


def _comment(column: str, private: bool) -> str:
    return f"{column} as published" + (_PRIVATE_MARK if private else "")


def is_private(field: models.Field[Any, Any]) -> bool:
    """Whether the column holds personal contact data, which staff may see and the public never."""
    return (field.db_comment or "").endswith(_PRIVATE_MARK)


def published_text(column: str, *, private: bool = False) -> models.TextField[str | None, str | None]:
    """Text of the published `column`; null where the publisher wrote NA, NaN or nothing."""
    return models.TextField(null=True, blank=True, db_comment=_comment(column, private))


def published_numeric(column: str) -> NumericField:
    """Exact number; never NaN, which would sort above every number."""
    return NumericField(null=True, blank=True, db_comment=_comment(column, private=False))


def published_integer(column: str) -> models.IntegerField[int | None, int | None]:
    """Whole number."""
    return models.IntegerField(null=True, blank=True, db_comment=_comment(column, private=False))


def published_flag(column: str) -> models.BooleanField[bool | None, bool | None]:
    """Y or N."""
    return models.BooleanField(null=True, blank=True, db_comment=_comment(column, private=False))


def published_date(column: str) -> models.DateField[Any, Any]:
    """Calendar date."""
    return models.DateField(null=True, blank=True, db_comment=_comment(column, private=False))


def published_timestamp(column: str) -> models.DateTimeField[Any, Any]:
    """Moment; the publisher writes Pacific time without saying so."""
    return models.DateTimeField(null=True, blank=True, db_comment=f"{column} as published, read as Pacific time")


def published_coordinate(column: str) -> models.FloatField[float | None, float | None]:
    """Decimal degrees (WGS 84), inside California's box; null if the published pair was not."""
    return models.FloatField(null=True, blank=True, db_comment=f"{column}, degrees, sign repaired, inside California")
