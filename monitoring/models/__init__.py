"""Samples of both systems and what they refer to."""

from monitoring.models.esmr import EsmrLocation, EsmrReport, EsmrSample
from monitoring.models.reference import Method, Parameter, Unit
from monitoring.models.smarts import SmartsLocation, SmartsReport, SmartsSample

__all__ = [
    "EsmrLocation",
    "EsmrReport",
    "EsmrSample",
    "Method",
    "Parameter",
    "SmartsLocation",
    "SmartsReport",
    "SmartsSample",
    "Unit",
]
