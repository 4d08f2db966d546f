"""Violations on record, and what is computed from samples: findings, levels, and what they are judged by."""

from violations.models.computation import Computation, FindingChange
from violations.models.duplicates import (
    DismissalDecision,
    DismissalVerdict,
    DuplicateDecision,
    DuplicatePair,
    DuplicateVerdict,
    PairState,
    StaffDecision,
)
from violations.models.findings import EraLevel, Exceedance, Finding, Indeterminate, UnusableResults
from violations.models.links import InferredEnforcementLink
from violations.models.permit_limits import PermitLimit
from violations.models.reference import (
    Benchmark,
    Pollutant,
    PollutantAlias,
    QualifierClass,
    StatisticAlias,
    UnitConversion,
)
from violations.models.regulatory import VIOLATION_WORDS, InspectionViolation, RegulatoryViolation
from violations.models.summaries import FacilitySummary, FindingCount, StaleRecord
from violations.models.unified import UnifiedFinding

__all__ = [
    "VIOLATION_WORDS",
    "Benchmark",
    "Computation",
    "DismissalDecision",
    "DismissalVerdict",
    "DuplicateDecision",
    "DuplicatePair",
    "DuplicateVerdict",
    "EraLevel",
    "Exceedance",
    "FacilitySummary",
    "Finding",
    "FindingChange",
    "FindingCount",
    "Indeterminate",
    "InferredEnforcementLink",
    "InspectionViolation",
    "PairState",
    "PermitLimit",
    "Pollutant",
    "PollutantAlias",
    "QualifierClass",
    "RegulatoryViolation",
    "StaffDecision",
    "StaleRecord",
    "StatisticAlias",
    "UnifiedFinding",
    "UnitConversion",
    "UnusableResults",
]
