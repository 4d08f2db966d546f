"""Canonical facilities, what the two systems know of them, and how the two were matched."""

from facilities.models.candidate import CandidateState, Conflict, MatchCandidate, MatchSkip, Tier
from facilities.models.crosswalk import CrosswalkEntry
from facilities.models.decision import MACHINE_RULES, AwaitedDecision, MatchDecision, ReasonCode, Rule, Verdict
from facilities.models.enrollment import (
    ConstructionDetail,
    IndustrialDetail,
    Program,
    SmartsEnrollment,
    SupersededCertification,
)
from facilities.models.esmr import EsmrFacility
from facilities.models.facility import Facility
from facilities.models.matcher import (
    IndexedEnrollment,
    IndexedEsmrFacility,
    IndexedPair,
    MatcherRun,
    MatchWord,
    StalePlant,
)
from facilities.models.reference import County, Region

__all__ = [
    "MACHINE_RULES",
    "AwaitedDecision",
    "CandidateState",
    "Conflict",
    "ConstructionDetail",
    "County",
    "CrosswalkEntry",
    "EsmrFacility",
    "Facility",
    "IndexedEnrollment",
    "IndexedEsmrFacility",
    "IndexedPair",
    "IndustrialDetail",
    "MatchCandidate",
    "MatchDecision",
    "MatchSkip",
    "MatchWord",
    "MatcherRun",
    "Program",
    "ReasonCode",
    "Region",
    "Rule",
    "SmartsEnrollment",
    "StalePlant",
    "SupersededCertification",
    "Tier",
    "Verdict",
]
