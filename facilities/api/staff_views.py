"""Staff's endpoints of matching: one pair with its evidence, a verdict, and its undo."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404
from rest_framework.request import Request

from facilities.api.staff_queue import QUEUE
from facilities.models import MatchDecision, ReasonCode, Verdict
from facilities.selectors.staff import describe_pair, find_pair
from facilities.services.decisions import (
    Decided,
    ReasonMissingError,
    decide_candidate,
    undo_decision,
)
from stormwater.api.bodies import Member
from stormwater.api.problems import ParameterError, wrong_parameters
from stormwater.api.staff import StaffAnswerView, StaffDecisionView, StaffUndoView, staff_list_urls, user_of
from stormwater.api.views import both_ways

_INTEGER, _STRING, _FLAG = {"type": "integer"}, {"type": "string"}, {"type": "boolean"}
_TEXT_OR_NULL, _NUMBER_OR_NULL = {"type": ["string", "null"]}, {"type": ["number", "null"]}
_OBJECTS = {"type": "array", "items": {"type": "object"}}
_NOTE = Member("note", "Why, in the reviewer's words")
_DECIDED = {
    "decision": {**_INTEGER, "description": "Number of the decision, for an undo"},
    "verdict": _STRING,
    "is_joined": {
        **_FLAG,
        "description": "Whether it has reached the facilities already; if not, the matcher's next run brings it there",
    },
    "pair": {"type": ["object", "null"], "description": "How the pair stands now; null for a decision about a plant"},
}


class PairView(StaffAnswerView):
    """One pair."""

    permission = "facilities.view_matchcandidate"
    operation = "staff_match"
    title = "One pair: both records, evidence, vetoes, decisions"
    described = {
        "id": _INTEGER,
        "version": {**_INTEGER, "description": "To be named by a verdict"},
        "is_queued": _FLAG,
        "is_blind": {**_FLAG, "description": "To be judged without the machine's verdict, which is null here"},
        **dict.fromkeys(("tier", "reason", "state", "assignee"), _TEXT_OR_NULL),
        **dict.fromkeys(("probability", "log_odds", "base", "lead", "rank"), _NUMBER_OR_NULL),
        "evidence": {"type": ["array", "null"], "items": {"type": "object"}},
        "vetoes": {"type": ["array", "null"], "items": {"type": "object"}},
        "conflict": _STRING,
        "conflict_reason": _STRING,
        "esmr_facility": {"type": "object"},
        "enrollment": {"type": "object"},
        "decisions": _OBJECTS,
    }

    def get_answer(self, request: Request, **path_parts: Any) -> Mapping[str, Any]:
        """The pair."""
        return _pair(path_parts["number"])


class DecideView(StaffDecisionView):
    """A verdict about a pair."""

    permission = "facilities.decide_matchcandidate"
    operation = "staff_match_decision"
    title = "Decide a pair"
    described = _DECIDED
    members = (
        Member(
            "verdict",
            "What is decided",
            is_required=True,
            choices=(Verdict.MATCH.value, Verdict.NO_MATCH.value, Verdict.UNSURE.value),
        ),
        Member(
            "version", "The pair's version as the reviewer saw it; 409 if it is another now",
            is_required=True, is_number=True,
        ),
        Member(
            "reason_code",
            "Why, in a word; needed to go against the machine",
            choices=tuple(code for code in ReasonCode.values if code),
        ),
        _NOTE,
    )  # fmt: skip

    def decide(self, request: Request, body: Mapping[str, Any], **path_parts: Any) -> Mapping[str, Any]:
        """Decide."""
        number: int = path_parts["number"]
        _pair(number)
        try:
            decided = decide_candidate(
                candidate_id=number,
                verdict=body["verdict"],
                reviewer=user_of(request),
                expected_version=body["version"],
                reason_code=body.get("reason_code", ""),
                note=body.get("note", ""),
            )
        except ReasonMissingError as error:
            raise wrong_parameters([ParameterError("reason_code", str(error))]) from error
        return _as_answer(decided, number)


class UndoView(StaffUndoView):
    """A decision taken back."""

    permission = "facilities.decide_matchcandidate"
    decisions = MatchDecision
    operation = "staff_decision_undo"
    title = "Take a decision back"
    described = _DECIDED
    members = (_NOTE,)

    def undo(self, number: int, request: Request, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Undo."""
        decided = undo_decision(decision_id=number, reviewer=user_of(request), note=body.get("note", ""))
        return _as_answer(decided, _number_of_pair(decided.decision))


def _pair(number: int) -> dict[str, Any]:
    pair = find_pair(number)
    if pair is None:
        raise Http404(f"There is no pair {number}.")
    return describe_pair(pair)


def _number_of_pair(decision: MatchDecision) -> int | None:
    enrollment = decision.enrollment
    if enrollment is None:
        return None
    found = enrollment.match_candidates.filter(esmr_facility=decision.esmr_facility_id)
    return found.values_list("pk", flat=True).first()


def _as_answer(decided: Decided, number: int | None) -> dict[str, Any]:
    return {
        "decision": decided.decision.pk,
        "verdict": decided.decision.verdict,
        "is_joined": decided.is_joined,
        "pair": None if number is None else _pair(number),
    }


urlpatterns = [
    *staff_list_urls(QUEUE, "facilities.view_matchcandidate"),
    *both_ways("staff/matches/<int:number>", PairView.as_view(), name="staff_match"),
    *both_ways("staff/matches/<int:number>/decision", DecideView.as_view(), name="staff_match_decision"),
    *both_ways("staff/decisions/<int:number>/undo", UndoView.as_view(), name="staff_decision_undo"),
]
