"""Reads: what staff decide about findings, as the API shows it to them: pairs, exceedances, their history."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from violations.models import DismissalDecision, DuplicateDecision, DuplicatePair, Exceedance, PairState


def list_open_pairs() -> QuerySet[DuplicatePair]:
    """All pairs that the rules propose and nobody has decided."""
    return DuplicatePair.objects.filter(state=PairState.PROBABLE, is_proposed=True).order_by()


def find_pair(number: int) -> DuplicatePair | None:
    """A pair by its number, decided or not, with both records."""
    return DuplicatePair.objects.select_related("violation", "exceedance__pollutant").filter(pk=number).first()


def find_exceedance(public_id: str) -> Exceedance | None:
    """A finding by its public id, also one that no longer stands."""
    return Exceedance.objects.select_related("pollutant").filter(public_id=public_id).first()


def describe_pair(pair: DuplicatePair) -> dict[str, Any]:
    """A pair with both records and all that was decided about it, the latest first."""
    violation = pair.violation
    return {
        "id": pair.pk,
        "version": pair.version,
        "state": pair.state,
        "is_proposed": pair.is_proposed,
        "score": pair.score,
        "reasons": pair.reasons,
        "changed_at": pair.changed_at,
        "violation": {
            "violation_id": violation.violation_id,
            "wdid": violation.wdid,
            "type": violation.violation_type,
            "status": violation.status,
            "occurrence_date": violation.occurrence_date,
            "description": violation.description,
        },
        "exceedance": _finding(pair.exceedance),
        "decisions": _history(pair.decisions.order_by("-pk")),
    }


def describe_exceedance(exceedance: Exceedance) -> dict[str, Any]:
    """A finding as staff judge it, with the hash of its inputs and all that was decided about it, the latest first."""
    return {
        **_finding(exceedance),
        "inputs": exceedance.inputs_hash,
        "stands": exceedance.went_at is None and not exceedance.is_dismissed,
        "went_at": exceedance.went_at,
        "decisions": _history(exceedance.dismissals.order_by("-pk")),
    }


def _finding(exceedance: Exceedance) -> dict[str, Any]:
    return {
        "id": exceedance.public_id,
        "rule": exceedance.rule,
        "pollutant": exceedance.pollutant.key,
        "period_start": exceedance.period_start,
        "period_end": exceedance.period_end,
        "value": exceedance.value,
        "limit": exceedance.limit_text,
        "unit": exceedance.unit,
        "is_dismissed": exceedance.is_dismissed,
    }


def _history(decisions: Iterable[DuplicateDecision | DismissalDecision]) -> list[dict[str, Any]]:
    return [
        {
            "id": decision.pk,
            "verdict": decision.verdict,
            "reason": decision.reason,
            "decided_by": decision.reviewer_name,
            "decided_at": decision.decided_at,
            "is_live": decision.is_live,
            "reverts": decision.reverts_id,
        }
        for decision in decisions
    ]
