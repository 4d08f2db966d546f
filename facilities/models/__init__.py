"""Canonical facilities, and what the two systems know of them."""

from facilities.models.enrollment import (
    ConstructionDetail,
    IndustrialDetail,
    Program,
    SmartsEnrollment,
    SupersededCertification,
)
from facilities.models.esmr import EsmrFacility
from facilities.models.facility import Facility
from facilities.models.reference import County, Region

__all__ = [
    "ConstructionDetail",
    "County",
    "EsmrFacility",
    "Facility",
    "IndustrialDetail",
    "Program",
    "Region",
    "SmartsEnrollment",
    "SupersededCertification",
]
