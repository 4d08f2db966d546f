"""Staff's endpoints of dismissals: a computed exceedance as it is judged, its dismissal, and the undo of that."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404
from rest_framework.request import Request

from stormwater.api.bodies import Member
from stormwater.api.staff import StaffAnswerView, StaffDecisionView, StaffUndoView, user_of
from stormwater.api.views import both_ways
from violations.api.staff_parts import HISTORY_SCHEMA, INTEGER, TEXT
from violations.deciding import dismiss_exceedance, undo_dismissal
from violations.models import DismissalDecision, Exceedance
from violations.selectors.staff import describe_exceedance, find_exceedance

DISMISS = "violations.dismiss_exceedance"
_DATE = {**TEXT, "format": "date"}
_FLAG = {"type": "boolean"}
_EXCEEDANCE = {
    "id": TEXT,
    "rule": TEXT,
    "pollutant": TEXT,
    "period_start": _DATE,
    "period_end": _DATE,
    "value": {"type": "number"},
    "limit": {**TEXT, "description": "A number, or a range such as 6-9"},
    "unit": TEXT,
    "is_dismissed": {**_FLAG, "description": "Dismissed as it is now"},
    "inputs": {**TEXT, "description": "Stands for the results that it was made of; a dismissal names it"},
    "stands": {**_FLAG, "description": "The samples say so, and nobody has dismissed it as it is now"},
    "went_at": {"type": ["string", "null"], "format": "date-time", "description": "Since when the samples do not"},
    "decisions": HISTORY_SCHEMA,
}
_DECIDED = {
    "decision": {**INTEGER, "description": "Number of the decision, for an undo"},
    "verdict": TEXT,
    "exceedance": {"type": "object", "description": "How the finding stands now"},
}


class ExceedanceForStaffView(StaffAnswerView):
    """One exceedance."""

    permission = "violations.view_exceedance"
    operation = "staff_exceedance"
    title = "One exceedance as staff judge it, with its dismissals"
    described = _EXCEEDANCE

    def get_answer(self, request: Request, **path_parts: Any) -> Mapping[str, Any]:
        """The exceedance."""
        return describe_exceedance(_exceedance(path_parts["key"]))


class DismissView(StaffDecisionView):
    """A dismissal."""

    permission = DISMISS
    operation = "staff_exceedance_dismissal"
    title = "Dismiss an exceedance: it stays, marked, until its inputs change"
    described = _DECIDED
    members = (
        Member("reason", "Why it does not stand, for others to understand", is_required=True),
        Member(
            "inputs",
            "The exceedance's `inputs` as the reviewer saw them; 409 if they are others now",
            is_required=True,
            max_length=100,
        ),
    )

    def decide(self, request: Request, body: Mapping[str, Any], **path_parts: Any) -> Mapping[str, Any]:
        """Dismiss."""
        decision = dismiss_exceedance(
            exceedance_id=_exceedance(path_parts["key"]).pk,
            reason=body["reason"],
            reviewer=user_of(request),
            expected_inputs=body["inputs"],
        )
        return _decided(decision)


class UndoDismissalView(StaffUndoView):
    """A dismissal taken back."""

    permission = DISMISS
    decisions = DismissalDecision
    kind = "dismissal"
    operation = "staff_dismissal_undo"
    title = "Take a dismissal back: the exceedance stands again"
    described = _DECIDED
    members = (Member("reason", "Why, in the reviewer's words"),)

    def undo(self, number: int, request: Request, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Undo."""
        return _decided(undo_dismissal(decision_id=number, reviewer=user_of(request), reason=body.get("reason", "")))


def _exceedance(public_id: str) -> Exceedance:
    exceedance = find_exceedance(public_id)
    if exceedance is None:
        raise Http404(f"There is no exceedance {public_id[:100]!r}.")
    return exceedance


def _decided(decision: DismissalDecision) -> dict[str, Any]:
    return {
        "decision": decision.pk,
        "verdict": decision.verdict,
        "exceedance": describe_exceedance(_exceedance(decision.exceedance.public_id)),
    }


urlpatterns = [
    *both_ways("staff/exceedances/<str:key>", ExceedanceForStaffView.as_view(), name="staff_exceedance"),
    *both_ways("staff/exceedances/<str:key>/dismissal", DismissView.as_view(), name="staff_exceedance_dismissal"),
    *both_ways("staff/dismissals/<int:number>/undo", UndoDismissalView.as_view(), name="staff_dismissal_undo"),
]
