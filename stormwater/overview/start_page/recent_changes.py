"""The last changes of the regulatory record, a sentence per record."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import Model
from django.urls import reverse

from enforcement.models import EnforcementAction
from stormwater.admin.naming import labels_of
from sync.models import RecordChange
from sync.selectors import list_latest_changes
from violations.models import RegulatoryViolation

MOST = 6
# A change is of one field, and a record that is changed is changed in a few.
FIELDS_EACH = 6
LONGEST_VALUE = 60
MOST_FIELDS = 3


@dataclass(frozen=True, slots=True)
class _Kept:
    """How a dataset's records are called, and the field that holds their id."""

    name: str
    model: type[Model]
    key: str


RECORD: Mapping[str, _Kept] = {
    "smarts_violations": _Kept("Violation", RegulatoryViolation, "violation_id"),
    "smarts_enforcement_actions": _Kept("Enforcement action", EnforcementAction, "enforcement_id"),
}


@dataclass(frozen=True, slots=True)
class RecentChange:
    """What one run changed in one record."""

    changed_at: datetime | None
    run: int
    record: str  # `Violation 812345`
    place: str  # where it is, as published
    words: str  # `status: Potential → Dismissed`
    address: str  # of the record's page; empty for who may not see it


def list_recent_changes(seen: Iterable[str], most: int = MOST) -> list[RecentChange]:
    """The records that were changed last, newest first; four queries.

    `seen` has the labels of the models whose pages the reader may see.
    """
    groups: list[tuple[int, str, list[RecordChange]]] = []
    for slug in RECORD:
        changes = list_latest_changes(slug, most * FIELDS_EACH)
        groups += [(fields[0].pk, slug, fields) for fields in _by_record(changes)]
    latest = sorted(groups, reverse=True, key=lambda group: group[0])[:most]
    facts = {
        slug: _facts(kept, [fields[0].record_key for _, of, fields in latest if of == slug])
        for slug, kept in RECORD.items()
    }
    return [_tell(RECORD[slug], fields, facts[slug], seen) for _, slug, fields in latest]


def _by_record(changes: Sequence[RecordChange]) -> Iterable[list[RecordChange]]:
    """The fields that one run changed in one record, together: they are written one after the other."""
    for _, fields in groupby(changes, key=lambda change: (change.run_id, change.record_key, change.kind)):
        yield list(fields)


def _facts(kept: _Kept, keys: Sequence[str]) -> dict[str, tuple[int, str, str]]:
    """Key -> number, name of the place, WDID."""
    rows = kept.model._default_manager.filter(**{f"{kept.key}__in": keys})
    found = rows.values_list(kept.key, "pk", "place_name", "wdid")
    return {key: (pk, place or "", wdid or "") for key, pk, place, wdid in found}


def _tell(
    kept: _Kept, fields: list[RecordChange], facts: Mapping[str, tuple[int, str, str]], seen: Iterable[str]
) -> RecentChange:
    first = fields[0]
    pk, place, wdid = facts.get(first.record_key, (None, "", ""))
    meta = kept.model._meta
    may_see = pk is not None and meta.label in seen
    return RecentChange(
        changed_at=first.run.finished_at,
        run=first.run_id,
        record=f"{kept.name} {first.record_key}",
        place=", ".join(part for part in (place, wdid) if part),
        words=_in_words(kept, fields),
        address=reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[pk]) if may_see else "",
    )


def _in_words(kept: _Kept, fields: list[RecordChange]) -> str:
    """What changed."""
    kind = fields[0].kind
    if kind == RecordChange.Kind.REMOVED:
        return "no longer in the file"
    if kind == RecordChange.Kind.RETURNED:
        return "in the file again"
    labels: dict[str, Any] = labels_of(kept.model)
    told = [_field_in_words(labels.get(one.field, one.field), one) for one in reversed(fields)]
    more = len(told) - MOST_FIELDS
    return "; ".join(told[:MOST_FIELDS]) + (f"; {more} more" if more > 0 else "")


def _field_in_words(label: str, change: RecordChange) -> str:
    old, new = change.old_value or "nothing", change.new_value or "nothing"
    if max(len(old), len(new)) > LONGEST_VALUE:
        return f"{label} reworded" if change.old_value and change.new_value else f"{label} {_filled(change)}"
    return f"{label}: {old} → {new}"


def _filled(change: RecordChange) -> str:
    return "added" if change.new_value else "emptied"
