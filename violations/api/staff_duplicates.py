"""Staff's endpoints of duplicates: the open pairs, one pair, whether it is one event, and the undo of that."""

from collections.abc import Mapping
from typing import Any

from django.db.models import F, Q
from django.http import Http404
from rest_framework.request import Request

from facilities.api.shared_filters import county_filter, region_filter, wdid_filter
from stormwater.api.bodies import Member
from stormwater.api.filters import RANGE, Filter
from stormwater.api.keyset import BY_NUMBER, Ordering
from stormwater.api.listing import Listing
from stormwater.api.row_fields import Kind, RowField
from stormwater.api.staff import TAG, StaffAnswerView, StaffDecisionView, StaffUndoView, staff_list_urls, user_of
from stormwater.api.views import both_ways
from violations.api.finding_parts import pollutant_filter
from violations.api.staff_parts import HISTORY_SCHEMA, INTEGER, TEXT
from violations.deciding import decide_duplicate, undo_duplicate_decision
from violations.models import DuplicateDecision, DuplicateVerdict
from violations.selectors.staff import describe_pair, find_pair, list_open_pairs

VIEW, DECIDE = "violations.view_duplicatepair", "violations.decide_duplicatepair"
_REASON = Member("reason", "Why, in the reviewer's words")
_PAIR = {
    "id": INTEGER,
    "version": {**INTEGER, "description": "To be named by a verdict"},
    "state": {**TEXT, "description": "How it stands: probable, confirmed or rejected"},
    "is_proposed": {"type": "boolean", "description": "The rules propose it still"},
    "score": {"type": "number", "description": "What speaks for one event, 0 to 1; no probability"},
    "reasons": {"type": "array", "items": TEXT},
    "changed_at": {**TEXT, "format": "date-time"},
    "violation": {"type": "object", "description": "The record of the Water Boards"},
    "exceedance": {"type": "object", "description": "The computed finding"},
    "decisions": HISTORY_SCHEMA,
}
_DECIDED = {
    "decision": {**INTEGER, "description": "Number of the decision, for an undo"},
    "verdict": TEXT,
    "pair": {"type": "object", "description": "How the pair stands now"},
}

DUPLICATES = Listing(
    name="staff_duplicates",
    row_name="ProbableDuplicate",
    path="staff/duplicates",
    tag=TAG,
    title="Pairs that are probably one event",
    description="Violations on record and computed exceedances that are probably one event, and that nobody has "
    "decided. Both stay as they are, whatever is decided.",
    rows=list_open_pairs,
    families=frozenset(),
    datasets=(),
    is_for_staff=True,
    fields=(
        RowField("id", "pk", Kind.INTEGER, "Number of the pair", is_nullable=False),
        RowField(
            "version", "version", Kind.INTEGER, "Counts up with every change; a verdict names it", is_nullable=False
        ),
        RowField("score", "score", Kind.NUMBER, "What speaks for one event, 0 to 1; no probability", is_nullable=False),
        RowField("violation_id", "violation__violation_id", Kind.TEXT, "VIOLATION_ID of the record", is_nullable=False),
        RowField("wdid", "violation__wdid", Kind.TEXT, "WDID of the record"),
        RowField("violation_type", "violation__violation_type", Kind.TEXT, "Type of the record, as published"),
        RowField("occurrence_date", "violation__occurrence_date", Kind.DATE, "Day that the record gives"),
        RowField("description", "violation__description", Kind.TEXT, "What the record says"),
        RowField("exceedance_id", "exceedance__public_id", Kind.TEXT, "Public id of the exceedance", is_nullable=False),
        RowField("rule", "exceedance__rule", Kind.TEXT, "Rule of the exceedance", is_nullable=False),
        RowField("pollutant", "exceedance__pollutant__key", Kind.TEXT, "Pollutant of the exceedance"),
        RowField("period_start", "exceedance__period_start", Kind.DATE, "First day of its period", is_nullable=False),
        RowField("period_end", "exceedance__period_end", Kind.DATE, "Last day of its period", is_nullable=False),
        RowField("changed_at", "changed_at", Kind.TIMESTAMP, "When the pair last changed", is_nullable=False),
    ),
    filters=(
        Filter("violation_id", "VIOLATION_ID of the record", path="violation__violation_id"),
        Filter("exceedance_id", "Public id of the exceedance", path="exceedance__public_id"),
        wdid_filter("violation__wdid"),
        county_filter("violation__enrollment__county_id"),
        region_filter("violation__region_id"),
        pollutant_filter().with_condition(lambda key: Q(exceedance__pollutant__key=key)),
        Filter("score", "What speaks for one event", "score", Kind.NUMBER, RANGE),
    ),
    orderings=(BY_NUMBER, Ordering("score", "By what speaks for one event", F("score"), float, float)),
)


class DuplicateView(StaffAnswerView):
    """One pair."""

    permission = VIEW
    operation = "staff_duplicate"
    title = "One pair: both records, what speaks for one event, decisions"
    described = _PAIR

    def get_answer(self, request: Request, **path_parts: Any) -> Mapping[str, Any]:
        """The pair."""
        return _pair(path_parts["number"])


class DecideDuplicateView(StaffDecisionView):
    """A verdict about a pair."""

    permission = DECIDE
    operation = "staff_duplicate_decision"
    title = "Decide whether a pair is one event"
    described = _DECIDED
    members = (
        Member(
            "verdict",
            "confirmed: one event; rejected: two",
            is_required=True,
            choices=(DuplicateVerdict.CONFIRMED.value, DuplicateVerdict.REJECTED.value),
        ),
        Member(
            "version", "The pair's version as the reviewer saw it; 409 if it is another now",
            is_required=True, is_number=True,
        ),
        _REASON,
    )  # fmt: skip

    def decide(self, request: Request, body: Mapping[str, Any], **path_parts: Any) -> Mapping[str, Any]:
        """Decide."""
        number: int = path_parts["number"]
        _pair(number)
        decision = decide_duplicate(
            pair_id=number,
            verdict=body["verdict"],
            reviewer=user_of(request),
            expected_version=body["version"],
            reason=body.get("reason", ""),
        )
        return _decided(decision)


class UndoDuplicateView(StaffUndoView):
    """A decision about a pair taken back."""

    permission = DECIDE
    decisions = DuplicateDecision
    operation = "staff_duplicate_decision_undo"
    title = "Take back a decision about a pair"
    described = _DECIDED
    members = (_REASON,)

    def undo(self, number: int, request: Request, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Undo."""
        return _decided(
            undo_duplicate_decision(decision_id=number, reviewer=user_of(request), reason=body.get("reason", ""))
        )


def _pair(number: int) -> dict[str, Any]:
    pair = find_pair(number)
    if pair is None:
        raise Http404(f"There is no pair {number}: it is no longer proposed, or never was.")
    return describe_pair(pair)


def _decided(decision: DuplicateDecision) -> dict[str, Any]:
    return {"decision": decision.pk, "verdict": decision.verdict, "pair": _pair(decision.pair_id)}


urlpatterns = [
    *staff_list_urls(DUPLICATES, VIEW),
    *both_ways("staff/duplicates/<int:number>", DuplicateView.as_view(), name="staff_duplicate"),
    *both_ways(
        "staff/duplicates/<int:number>/decision", DecideDuplicateView.as_view(), name="staff_duplicate_decision"
    ),
    *both_ways(
        "staff/duplicate-decisions/<int:number>/undo",
        UndoDuplicateView.as_view(),
        name="staff_duplicate_decision_undo",
    ),
]
