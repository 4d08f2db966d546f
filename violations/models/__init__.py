"""Violations on record, and what is computed from samples: findings, levels, and what they are judged by."""

from violations.models.computation import Computation, FindingChange
from violations.models.findings import EraLevel, Exceedance, Finding, Indeterminate, UnusableResults
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
    "EraLevel",
    "Exceedance",
    "FacilitySummary",
    "Finding",
    "FindingChange",
    "FindingCount",
    "Indeterminate",
    "InspectionViolation",
    "PermitLimit",
    "Pollutant",
    "PollutantAlias",
    "QualifierClass",
    "RegulatoryViolation",
    "StaleRecord",
    "StatisticAlias",
    "UnifiedFinding",
    "UnitConversion",
    "UnusableResults",
]
