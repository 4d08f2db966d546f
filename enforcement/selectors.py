"""Reads: enforcement actions and inspections, as the public API shows them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.apps import apps
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet

from enforcement.models import ENFORCEMENT_WORDS, INSPECTION_WORDS, EnforcementAction, Inspection
from stormwater.api.searching import has_words

_VIOLATION = ("violation_id", "violation_type", "status", "priority", "occurrence_date", "description")


def list_enforcement_actions() -> QuerySet[EnforcementAction]:
    """Published enforcement actions."""
    return EnforcementAction.objects.order_by().filter(removed_by=None)


def list_inspections() -> QuerySet[Inspection]:
    """Published inspections."""
    return Inspection.objects.order_by().filter(removed_by=None)


def search_enforcement_actions(text: str) -> Q:
    """Condition on enforcement actions: the words occur in description or corrective action."""
    return has_words(ENFORCEMENT_WORDS, text)


def search_inspections(text: str) -> Q:
    """Condition on inspections: the words occur in notes or follow-up action."""
    return has_words(INSPECTION_WORDS, text)


def violation_ids_of_inspection() -> ArraySubquery:
    """VIOLATION_IDs of the published violations that an inspection found."""
    found = _links().filter(inspection=OuterRef("pk"))
    return ArraySubquery(found.order_by("violation__violation_id").values("violation__violation_id"))


def load_violations(inspection_ids: Sequence[int]) -> Mapping[int, list[dict[str, Any]]]:
    """The published violations that some inspections found, in few words each."""
    links = _links().filter(inspection_id__in=inspection_ids).order_by("inspection_id", "violation__violation_id")
    rows: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for inspection, *values in links.values_list("inspection_id", *(f"violation__{name}" for name in _VIOLATION)):
        rows[inspection].append(dict(zip(_VIOLATION, values, strict=True)))
    return rows


def _links() -> QuerySet[Any]:
    # By its label: the links belong to the violations, which know of inspections, not the other way round.
    model = apps.get_model("violations", "InspectionViolation")
    return model._default_manager.order_by().filter(violation__removed_by=None)
