"""Where published values go: a contract's columns as assignments to a model's table."""

from django.apps import apps
from django.db import models

from facilities.lookup_sql import pacific_moment
from sync.contracts.base import Column, Kind
from sync.staging import stage_column


def table_of(label: str) -> str:
    """Table name of the model with this label, such as `monitoring.SmartsSample`."""
    model: type[models.Model] = apps.get_model(label)
    return model._meta.db_table


def stored_value(column: Column) -> str:
    """The value of a typed column (alias t) as its model field stores it."""
    name = f"t.{stage_column(column)}"
    return pacific_moment(name) if column.kind is Kind.ORACLE_TIMESTAMP else name


def assignments(columns: list[Column] | tuple[Column, ...]) -> dict[str, str]:
    """Model column -> expression over the typed table (alias t)."""
    return {column.field: stored_value(column) for column in columns}


def as_row(values: dict[str, str]) -> str:
    """The assignments as a select list that names every value."""
    return ", ".join(f"{expression} AS {name}" for name, expression in values.items())
