"""`/api/facilities/match`: what the matcher makes of one pair of an eSMR facility and an enrollment."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.http import Http404, QueryDict
from rest_framework.request import Request

from facilities.models import CandidateState, MatchDecision, Tier
from facilities.selectors.pairs import (
    FacilityMatch,
    IndexBehindError,
    NoSuchRecordError,
    SeveralEnrollmentsError,
    match_facility,
    match_stamp,
)
from stormwater.api.caching import Tier as CacheTier
from stormwater.api.families import Family
from stormwater.api.filters import MAX_INTEGER, MAX_TEXT
from stormwater.api.openapi import AnswerSchema, Parameter
from stormwater.api.problems import ParameterError, ProblemError, wrong_parameters
from stormwater.api.selectors import DataVersions
from stormwater.api.views import AnswerView

# Between a publish and the matcher's next run a pair is judged by reading all records. No more than this for anyone
# who asks: it takes about a second and a hundred megabytes.
MOST_TO_READ = 20_000

_TEXT = {"type": "string", "minLength": 1, "maxLength": MAX_TEXT}
_STRING, _NUMBER = {"type": "string"}, {"type": "number"}
_EVIDENCE = {
    "type": "object",
    "required": ["feature", "value", "contribution", "detail"],
    "properties": {
        "feature": _STRING,
        "value": {"type": ["number", "null"]},
        "contribution": {**_NUMBER, "description": "Its share of the log-odds"},
        "detail": {**_STRING, "description": "The comparison in a sentence"},
    },
}
_VETO = {"type": "object", "required": ["name", "detail"], "properties": {"name": _STRING, "detail": _STRING}}
_DECISION = {
    "type": ["object", "null"],
    "description": "The decision in force; null where there is none",
    "properties": {
        "verdict": _STRING,
        "decided_by": {**_STRING, "description": "A person, or the rule by which the machine decided"},
        "decided_at": {"type": "string", "format": "date-time"},
        "reason_code": _STRING,
    },
}


@dataclass(frozen=True, slots=True)
class _Pair:
    """The pair that is asked about."""

    esmr_id: int
    wdid: str | None
    app_id: str | None

    def as_arguments(self) -> dict[str, Any]:
        return {"esmr_id": self.esmr_id, "wdid": self.wdid, "app_id": self.app_id}


class MatchView(AnswerView):
    """One pair, explained."""

    operation = "match"
    title = "Whether an eSMR facility and an enrollment are one site: tier, confidence, evidence, vetoes"
    tag = "Facilities"
    families = (Family.FACILITIES,)
    datasets = ("smarts_industrial_facilities", "smarts_construction_facilities", "esmr")
    tier = CacheTier.HOT
    may_be_missing = True
    parameters = (
        Parameter(
            "esmr_id",
            {"type": "integer", "minimum": 1, "maximum": MAX_INTEGER},
            "CIWQS place id of the eSMR facility",
            is_required=True,
        ),
        Parameter("wdid", _TEXT, "WDID of the enrollment, with or without its space. This or app_id, or both"),
        Parameter("app_id", _TEXT, "APP_ID of the enrollment"),
    )
    described = {
        "esmr_id": {"type": "integer"},
        "program": _STRING,
        "app_id": _STRING,
        "wdid": _STRING,
        "tier": {"type": "string", "enum": list(Tier.values)},
        "confidence": {**_NUMBER, "description": "Probability that both are one site; 1 where an identifier says so"},
        "reason": _STRING,
        "base": {**_NUMBER, "description": "Log-odds of any pair that is compared"},
        "log_odds": {**_NUMBER, "description": "Sum of base and contributions"},
        "evidence": {"type": "array", "items": _EVIDENCE},
        "vetoes": {"type": "array", "items": _VETO, "description": "Reasons against any link by the machine"},
        "model_version": _STRING,
        "state": {
            "type": ["string", "null"],
            "enum": [*CandidateState.values, None],
            "description": "How the pair stands; null where it was never proposed",
        },
        "conflict": {**_STRING, "description": "Why a likely link waits for a person; empty where there is none"},
        "decision": _DECISION,
    }
    schema = AnswerSchema()

    def entity_tag(self, request: Request, versions: DataVersions) -> str:
        """With how the pair stands: most decisions change no list, and so no data version."""
        pair, errors = _read_pair(request.query_params)
        etag = super().entity_tag(request, versions)
        if pair is None or errors:
            return etag
        stamp = match_stamp(**pair.as_arguments())
        return f'W/"{sha256(f"{etag} {stamp}".encode()).hexdigest()[:32]}"'

    def get_answer(self, request: Request, **path_parts: str) -> Mapping[str, Any]:
        """The explanation. 404 for an id that is not there."""
        pair, errors = _read_pair(request.query_params)
        if pair is None or errors:
            raise wrong_parameters(errors)
        try:
            found = match_facility(**pair.as_arguments(), most_to_read=MOST_TO_READ)
        except NoSuchRecordError as error:
            raise Http404(str(error)) from error
        except SeveralEnrollmentsError as error:
            names = [name for name in ("wdid", "app_id") if getattr(pair, name) is None]
            raise wrong_parameters(
                [ParameterError(name, str(error)) for name in names or ["wdid", "app_id"]]
            ) from error
        except IndexBehindError as error:
            detail = "Records have just changed, and the matcher has not looked at them yet. Try again in some minutes."
            raise ProblemError(503, detail, headers={"Retry-After": "300"}) from error
        return _as_public(found)


def _read_pair(given: QueryDict) -> tuple[_Pair | None, list[ParameterError]]:
    """The pair that the parameters name, and what is wrong with them."""
    errors = []
    text = given.get("esmr_id", "")
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_INTEGER))
    number = int(text) if is_number else 0
    if not 1 <= number <= MAX_INTEGER:
        errors.append(ParameterError("esmr_id", f"Must be given: a whole number from 1 to {MAX_INTEGER}."))
    ids = {name: given.get(name) or None for name in ("wdid", "app_id")}
    if not any(ids.values()):
        message = "Is needed, or the other of wdid and app_id: one names the enrollment."
        errors += [ParameterError(name, message) for name in ids]
    for name, value in ids.items():
        if value is not None and (len(value) > MAX_TEXT or "\x00" in value):
            errors.append(ParameterError(name, f"Must be at most {MAX_TEXT} characters, none of them NUL."))
    return (None, errors) if errors else (_Pair(number, ids["wdid"], ids["app_id"]), [])


def _as_public(found: FacilityMatch) -> dict[str, Any]:
    """The answer without the name of whoever decided."""
    answer = found.as_dict()
    if found.decision is not None:
        answer["decision"] = _public_decision(found.decision)
    return answer


def _public_decision(decision: MatchDecision) -> dict[str, Any]:
    return {
        "verdict": decision.verdict,
        "decided_by": str(decision.get_rule_display()),
        "decided_at": decision.decided_at,
        "reason_code": decision.reason_code,
    }
