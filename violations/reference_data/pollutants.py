"""Pollutants, and the parameter names under which they are published.

Groups: 40 CFR 123.45 appendix A, read from EPA's parameter reference and not from the regulation's
own list. Group I counts as serious from 40 % over a permit limit, Group II from 20 % (California
Water Code 13385(h)). pH, coliform, temperature and flow are in neither.
"""

from typing import NamedTuple

MG_L, SU, NTU = "mg/L", "SU", "NTU"
GROUP_I, GROUP_II = "I", "II"


class PollutantRow(NamedTuple):
    """A pollutant; values outside of `low` to `high` cannot be."""

    key: str
    name: str
    unit: str = MG_L
    group: str | None = None
    is_metal: bool = False
    low: str | None = "0"
    high: str | None = None


POLLUTANTS = (
    PollutantRow("ph", "pH", SU, high="14"),
    PollutantRow("tss", "Total suspended solids", group=GROUP_I),
    PollutantRow("oil_grease", "Oil and grease", group=GROUP_I),
    PollutantRow("zinc", "Zinc, total", group=GROUP_II, is_metal=True),
    PollutantRow("copper", "Copper, total", group=GROUP_II, is_metal=True),
    PollutantRow("cyanide", "Cyanide, total", group=GROUP_II),
    PollutantRow("lead", "Lead, total", group=GROUP_II, is_metal=True),
    PollutantRow("cod", "Chemical oxygen demand", group=GROUP_I),
    PollutantRow("aluminum", "Aluminum, total", group=GROUP_I, is_metal=True),
    PollutantRow("iron", "Iron, total", group=GROUP_I, is_metal=True),
    PollutantRow("nitrate_nitrite_n", "Nitrate plus nitrite as N", group=GROUP_I),
    PollutantRow("phosphorus", "Phosphorus, total as P", group=GROUP_I),
    PollutantRow("ammonia_n", "Ammonia, total as N", group=GROUP_I),
    PollutantRow("magnesium", "Magnesium, total", group=GROUP_I, is_metal=True),
    PollutantRow("arsenic", "Arsenic, total", group=GROUP_II, is_metal=True),
    PollutantRow("cadmium", "Cadmium, total", group=GROUP_II, is_metal=True),
    PollutantRow("nickel", "Nickel, total", group=GROUP_II, is_metal=True),
    PollutantRow("mercury", "Mercury, total", group=GROUP_II, is_metal=True),
    PollutantRow("selenium", "Selenium, total", group=GROUP_II, is_metal=True),
    PollutantRow("silver", "Silver, total", group=GROUP_II, is_metal=True),
    PollutantRow("bod5", "Biochemical oxygen demand, 5 days", group=GROUP_I),
    PollutantRow("turbidity", "Turbidity", NTU),
    # Known to permit limits alone.
    PollutantRow("nitrate_n", "Nitrate as N"),
    PollutantRow("nitrite_n", "Nitrite as N"),
    PollutantRow("nitrogen", "Nitrogen, total as N", group=GROUP_I),
    PollutantRow("hardness", "Hardness, total as CaCO3", group=GROUP_I),
    PollutantRow("tds", "Total dissolved solids", group=GROUP_I),
    PollutantRow("chloride", "Chloride", group=GROUP_I),
    PollutantRow("sulfate", "Sulfate, total", group=GROUP_I),
    PollutantRow("chlorine_residual", "Chlorine, total residual", group=GROUP_II),
)


class AliasRow(NamedTuple):
    """A parameter name, casefolded, without commas and double spaces.

    Factors from an ion to its element (NO3 to N and so on) are ratios of molar masses. Of a sample that has
    several of a pollutant's names, the one of the lowest `preference` counts: as the limit has it before another form.
    """

    name: str
    pollutant: str
    factor: str = "1"
    preference: int = 0
    is_confirmed: bool = True


NO3, NO2, NH3, PO4 = "0.2259", "0.3045", "0.8224", "0.3261"
_METALS = tuple(row.key for row in POLLUTANTS if row.is_metal)

ALIASES = (
    AliasRow("ph", "ph"),
    AliasRow("total suspended solids (tss)", "tss"),
    AliasRow("total suspended solids", "tss"),
    AliasRow("oil and grease", "oil_grease"),
    AliasRow("oil & grease", "oil_grease"),
    AliasRow("chemical oxygen demand (cod)", "cod"),
    AliasRow("chemical oxygen demand", "cod"),
    AliasRow("biochemical oxygen demand (bod) (5-day @ 20 deg. c)", "bod5"),
    AliasRow("cyanide total", "cyanide"),
    AliasRow("cyanide total (as cn)", "cyanide", preference=1),
    AliasRow("nitrite plus nitrate (as n)", "nitrate_nitrite_n"),
    AliasRow("nitrate plus nitrite (as n)", "nitrate_nitrite_n", preference=1),
    AliasRow("phosphorus total (as p)", "phosphorus"),
    AliasRow("phosphorus total (as po4)", "phosphorus", PO4, preference=1),
    AliasRow("ammonia total (as n)", "ammonia_n"),
    AliasRow("ammonia total (as nh3)", "ammonia_n", NH3, preference=1),
    AliasRow("turbidity", "turbidity"),
    AliasRow("nitrate total (as n)", "nitrate_n"),
    AliasRow("nitrate total (as no3)", "nitrate_n", NO3, preference=1),
    AliasRow("nitrite total (as n)", "nitrite_n"),
    AliasRow("nitrite total (as no2)", "nitrite_n", NO2, preference=1),
    AliasRow("nitrogen total (as n)", "nitrogen"),
    AliasRow("hardness total (as caco3)", "hardness"),
    AliasRow("total dissolved solids (tds)", "tds"),
    AliasRow("total dissolved solids", "tds"),
    AliasRow("chloride", "chloride"),
    AliasRow("sulfate total (as so4)", "sulfate"),
    AliasRow("sulfate", "sulfate"),
    AliasRow("chlorine total residual", "chlorine_residual"),
    *(AliasRow(f"{metal} total", metal) for metal in _METALS),
    # Counts as total, once per sample: accepted practice, no text was read.
    *(AliasRow(f"{metal} total recoverable", metal, preference=1, is_confirmed=False) for metal in _METALS),
)
