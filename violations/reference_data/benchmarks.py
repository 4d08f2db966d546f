"""Benchmarks of the general permits and of federal secondary treatment.

The values of the stormwater orders come from a practitioner's guide with partial cross-checks, not
from the orders themselves: unconfirmed.
"""

from typing import NamedTuple

IGP_PERMIT = "Industrial General Permit, Order 2014-0057-DWQ as amended by 2015-0122-DWQ and 2018-0028-DWQ"
CGP_2009 = "Construction General Permit, Order 2009-0009-DWQ"
CGP_2022 = "Construction General Permit, Order 2022-0057-DWQ"
SECONDARY = "Federal secondary treatment, 40 CFR 133.102"
_GUIDE = "Practitioner's guide, partially cross-checked"
_INDUSTRIAL = "Industrial enrollments (WDID), all outfalls together"
_SITES = "Construction enrollments of Risk Level 2 or 3, or of unknown risk"
_WORKS = "Publicly owned treatment works; a permit can have other limits"


class BenchmarkRow(NamedTuple):
    """A number to compare with; days are ISO texts."""

    rule: str
    pollutant: str
    low: str | None
    high: str | None
    unit: str
    statistic: str
    permit: str
    section: str
    valid_from: str | None
    valid_to: str | None
    applies_to: str
    source: str
    is_confirmed: bool = False


_ANNUAL = {
    "tss": "100", "oil_grease": "15", "zinc": "0.26", "copper": "0.0332", "cyanide": "0.022", "lead": "0.262",
    "cod": "120", "aluminum": "0.75", "iron": "1", "nitrate_nitrite_n": "0.68", "phosphorus": "2",
    "ammonia_n": "2.14", "magnesium": "0.064", "arsenic": "0.15", "cadmium": "0.0053", "nickel": "1.02",
    "mercury": "0.0014", "selenium": "0.005", "silver": "0.0183", "bod5": "30",
}  # fmt: skip
_INSTANTANEOUS = {"ph": ("6.0", "9.0", "SU"), "tss": (None, "400", "mg/L"), "oil_grease": (None, "25", "mg/L")}
_CONSTRUCTION = (
    ("cgp_ph_nal", "ph", "6.5", "8.5", "SU"),
    ("cgp_turbidity_nal", "turbidity", None, "250", "NTU"),
)
# The 2009 order goes on for those who enrolled under it, until the last day before 2025-09-01.
_ORDERS = ((CGP_2009, None, "2025-08-31"), (CGP_2022, "2023-09-01", None))
_TREATMENT = (
    ("secondary_treatment_monthly", "bod5", None, "30", "mg/L", "monthly_average", "133.102(a)(1)"),
    ("secondary_treatment_weekly", "bod5", None, "45", "mg/L", "weekly_average", "133.102(a)(2)"),
    ("secondary_treatment_monthly", "tss", None, "30", "mg/L", "monthly_average", "133.102(b)(1)"),
    ("secondary_treatment_weekly", "tss", None, "45", "mg/L", "weekly_average", "133.102(b)(2)"),
    ("secondary_treatment_ph", "ph", "6.0", "9.0", "SU", "analytical", "133.102(c)"),
)

BENCHMARKS = (
    *(
        BenchmarkRow(
            "igp_annual_nal", key, None, high, "mg/L", "annual_average", IGP_PERMIT, "Table 2", "2015-07-01", None,
            _INDUSTRIAL, _GUIDE,
        )
        for key, high in _ANNUAL.items()
    ),
    *(
        BenchmarkRow(
            "igp_instantaneous_nal", key, low, high, unit, "instantaneous", IGP_PERMIT, "Table 2", "2015-07-01", None,
            _INDUSTRIAL, _GUIDE,
        )
        for key, (low, high, unit) in _INSTANTANEOUS.items()
    ),
    *(
        BenchmarkRow(
            rule, key, low, high, unit, "daily_average", order, "Numeric action levels", first, last, _SITES, _GUIDE
        )
        for order, first, last in _ORDERS
        for rule, key, low, high, unit in _CONSTRUCTION
    ),
    *(
        BenchmarkRow(
            rule, key, low, high, unit, statistic, SECONDARY, section, None, None, _WORKS,
            "The regulation as summarized in the domain's notes",
        )
        for rule, key, low, high, unit, statistic, section in _TREATMENT
    ),
)  # fmt: skip
