"""Reads: the review queue and its pairs, as the API shows them to staff.

A pair of the blind sample is judged without the machine's verdict: what would tell it is null until it is decided.
"""

from typing import Any

from django.db.models import Case, Field, Q, QuerySet, Value, When

from facilities.models import MatchCandidate
from facilities.selectors.blind import IS_BLIND, is_blind_pair
from facilities.selectors.pairs import history_of_plant
from facilities.selectors.queue import open_pairs


def list_open_pairs() -> QuerySet[MatchCandidate]:
    """All pairs that a person is asked about."""
    return open_pairs().order_by()


def is_blind() -> Case:
    """Whether a pair is to be judged without the machine's verdict."""
    return Case(When(IS_BLIND, then=Value(True)), default=Value(False))


def unless_blind(column: str) -> Case:
    """A column that tells of the machine's verdict; null for a pair that is judged blind."""
    field = MatchCandidate._meta.get_field(column)
    assert isinstance(field, Field)  # noqa: S101 - a column of its own
    return Case(When(IS_BLIND, then=Value(None)), default=column, output_field=field)


def seen(**conditions: Any) -> Q:
    """Condition on pairs by what tells of the machine's verdict: those that are judged blind meet none."""
    return Q(**conditions) & ~IS_BLIND


def find_pair(number: int) -> MatchCandidate | None:
    """A pair by its number, whether it is in the queue or not, with both its records."""
    return (
        MatchCandidate.objects.select_related(
            "esmr_facility__region", "esmr_facility__facility", "enrollment__county", "enrollment__facility", "assignee"
        )
        .filter(pk=number)
        .first()
    )


def describe_pair(pair: MatchCandidate) -> dict[str, Any]:
    """A pair with both records, the evidence and all that was decided about it, the latest first."""
    blind = is_blind_pair(pair)
    plant, enrollment = pair.esmr_facility, pair.enrollment
    verdict: dict[str, Any] = {
        name: None if blind else getattr(pair, name)
        for name in ("tier", "reason", "probability", "log_odds", "base", "lead", "rank", "evidence", "vetoes", "state")
    }
    return {
        "id": pair.pk,
        "version": pair.version,
        "is_queued": pair.is_queued,
        "is_blind": blind,
        **verdict,
        "conflict": pair.conflict,
        "conflict_reason": pair.conflict_reason,
        "assignee": pair.assignee and pair.assignee.get_username(),
        "esmr_facility": {
            "place_id": plant.place_id,
            "name": plant.name,
            "region": plant.region and plant.region.code,
            "latitude": plant.latitude,
            "longitude": plant.longitude,
            # That of the enrollment where the machine linked them.
            "facility_id": None if blind or plant.facility is None else plant.facility.public_id,
        },
        "enrollment": {
            "id": enrollment.pk,
            "program": enrollment.program,
            "app_id": enrollment.app_id,
            "wdid": enrollment.wdid,
            "status": enrollment.status,
            "site_name": enrollment.site_name,
            "operator_name": enrollment.operator_name,
            "site_address": enrollment.site_address,
            "site_city": enrollment.site_city,
            "county": enrollment.county and enrollment.county.name,
            "latitude": enrollment.latitude,
            "longitude": enrollment.longitude,
            "facility_id": enrollment.facility and enrollment.facility.public_id,
        },
        "decisions": [
            {
                "id": decision.pk,
                "verdict": decision.verdict,
                "is_of_plant": decision.enrollment_id is None,
                "decided_by": decision.decided_by,
                "decided_at": decision.decided_at,
                "reason_code": decision.reason_code,
                "note": decision.note,
                "is_live": decision.is_live,
                "reverts": decision.reverts_id,
            }
            for decision in history_of_plant(pair.esmr_facility_id, pair.enrollment_id)
            if not (blind and decision.is_by_machine)
        ],
    }
