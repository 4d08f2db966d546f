"""Reads: regulatory violations, as the public API shows them."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet

from stormwater.api.searching import has_words
from violations.models import VIOLATION_WORDS, InspectionViolation, RegulatoryViolation


def list_regulatory_violations() -> QuerySet[RegulatoryViolation]:
    """Published violations of the regulatory record."""
    return RegulatoryViolation.objects.order_by().filter(removed_by=None)


def search_violations(text: str) -> Q:
    """Condition on violations: the words occur in description or memo."""
    return has_words(VIOLATION_WORDS, text)


def load_inspections(violation_ids: Sequence[int]) -> Mapping[int, dict[str, Any]]:
    """The published inspection that found each of some violations, for those that one has found."""
    links = InspectionViolation.objects.filter(violation_id__in=violation_ids, inspection__removed_by=None)
    names = ("inspection_id", "inspection_date", "purpose", "status")
    rows = links.values_list("violation_id", *(f"inspection__{name}" for name in names))
    return {violation: dict(zip(names, values, strict=True)) for violation, *values in rows}
