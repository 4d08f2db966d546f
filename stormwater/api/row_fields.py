"""What a row of a list consists of: a public name, where the value comes from, its type and its meaning.

JSON, CSV, `fields=` and the OpenAPI document are all made from these.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.db import models
from django.db.models.expressions import Combinable

from stormwater.fields import NumericField, is_private


class Kind(Enum):
    """The type of a value: its JSON schema."""

    TEXT = {"type": "string"}
    INTEGER = {"type": "integer"}
    NUMBER = {"type": "number"}
    FLAG = {"type": "boolean"}
    DATE = {"type": "string", "format": "date"}
    TIMESTAMP = {"type": "string", "format": "date-time"}
    TEXTS = {"type": "array", "items": {"type": "string"}}
    INTEGERS = {"type": "array", "items": {"type": "integer"}}

    @property
    def schema(self) -> dict[str, Any]:
        """A fresh copy of the schema."""
        return dict(self.value)


@dataclass(frozen=True, slots=True, eq=False)
class RowField:
    """One field of a row."""

    name: str
    source: str | Combinable  # ORM path or expression, from the list's model
    kind: Kind
    description: str
    is_nullable: bool = True

    @property
    def schema(self) -> dict[str, Any]:
        """The field in the OpenAPI document."""
        schema = self.kind.schema
        if self.is_nullable:
            schema["type"] = [schema["type"], "null"]
        return schema | {"description": self.description}


# The first that fits: DateTimeField is a DateField.
_KINDS: tuple[tuple[type[models.Field[Any, Any]], Kind], ...] = (
    (models.DateTimeField, Kind.TIMESTAMP),
    (models.DateField, Kind.DATE),
    (models.BooleanField, Kind.FLAG),
    (NumericField, Kind.NUMBER),
    (models.FloatField, Kind.NUMBER),
    (models.IntegerField, Kind.INTEGER),
    (models.TextField, Kind.TEXT),
)
_INTERNAL = {"content_hash", "text_hash", "facility_place_id"}


def public_fields(
    model: type[models.Model],
    *,
    path: str = "",
    rename: Mapping[str, str] | None = None,
    leave_out: Collection[str] = (),
    is_optional: bool = False,
) -> tuple[RowField, ...]:
    """A field for each public column of a model; never one that holds personal contact data.

    Keys and hashes are left out. `path` leads from the list's model to this one, `rename` gives
    other public names, `is_optional` says that the related row may be missing.
    """
    return tuple(
        RowField(
            name=(rename or {}).get(field.name, field.name),
            source=f"{path}{field.name}",
            kind=kind_of(field),
            description=field.db_comment or "",
            is_nullable=field.null or is_optional,
        )
        for field in model._meta.concrete_fields
        if not (field.is_relation or field.primary_key or field.name in _INTERNAL or field.name in leave_out)
        and not is_private(field)
    )


def kind_of(field: models.Field[Any, Any]) -> Kind:
    """The kind of a model field's values."""
    return next(kind for known, kind in _KINDS if isinstance(field, known))


def own_number(description: str = "Our own number of the row; another after the database was rebuilt") -> RowField:
    """The primary key as a field."""
    return RowField("id", "pk", Kind.INTEGER, description, is_nullable=False)


PROVENANCE = (
    RowField("run", "run_id", Kind.INTEGER, "Run of the ledger that wrote the present values", is_nullable=False),
)
