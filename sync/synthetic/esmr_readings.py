"""What wastewater plants report: results of laboratories, and values that they calculated themselves."""

import math
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache

from sync.synthetic.cells import Cell, flaws_of, meaning_of, number, quoted
from sync.synthetic.readings import POOL, Reading
from sync.synthetic.streams import stream

BOD = "Biochemical Oxygen Demand (BOD) (5-day @ 20 Deg. C)"
TSS = "Total Suspended Solids (TSS)"
AMEL, MONTHLY_MEAN, AWEL = "Average Monthly (AMEL)", "Monthly Average (Mean)", "Average Weekly (AWEL)"
LEVELS = (0.4, 0.8, 1.0, 1.3, 2.2)

_COLUMNS = (
    "parameter", "analytical_method_code", "analytical_method", "calculated_method", "qualifier", "result", "units",
    "mdl", "ml", "rl",
)  # fmt: skip
_NULLS = ("NA", "NA", "NA", "NA", "NA", "NaN", "NA", "NaN", "NaN", "NaN")


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """A line of a report: a parameter, and how its value comes about."""

    parameter: str
    unit: str
    typical: float
    spread: float
    digits: int = 2
    method: tuple[str | None, str | None] = (None, None)
    base: str | None = None
    mdl: float | None = None
    rl: float | None = None


_SM = "STANDARDME"
LAB_BOD = Item(BOD, "mg/L", 9, 0.5, 1, (_SM, "Standard Method (20th) 5210 B: 5-Day BOD Test"), None, 1, 2)
LAB_TSS = Item(TSS, "mg/L", 9, 0.6, 1, (_SM, "Standard Method (20th) 2540 D: Total Suspended Solids"), None, 0.5, 2)
INFLUENT_BOD = replace(LAB_BOD, typical=220)
INFLUENT_TSS = replace(LAB_TSS, typical=240)
LAB_PH = Item("pH", "SU", 7.2, 0.2, 1, ("E150.1", "pH, Electrometric"))
LAB_AMMONIA = Item(
    "Ammonia, Total (as N)",
    "mg/L",
    1.2,
    1.2,
    2,
    (_SM, "Standard Method (19th) 4500-NH: Nitrogen (Ammonia)"),
    None,
    0.04,
    0.1,
)
LAB_NITRATE = Item(
    "Nitrate, Total (as N)",
    "mg/L",
    6,
    0.6,
    2,
    ("INORGANICA", "Inorganic Anions by Ion Chromatography"),
    None,
    0.02,
    0.1,
)
LAB_COPPER = Item("Copper, Total Recoverable", "ug/L", 6, 0.6, 1, ("E200.8", "Metals by ICP-MS"), None, 0.2, 0.5)
LAB_CHLORINE = Item(
    "Chlorine, Total Residual", "mg/L", 0.03, 1.0, 3, ("DATAUNAVAI", "Data Unavailable"), None, 0.01, 0.05
)
LAB_DISSOLVED_OXYGEN = Item("Dissolved Oxygen", "mg/L", 8, 0.2, 1, ("DATAUNAVAI", "Data Unavailable"))
LAB_TDS = Item("Total Dissolved Solids (TDS)", "mg/L", 700, 0.4, 0, (_SM, "Standard Method 2540 C: TDS"), None, 5, 10)
LAB_TURBIDITY = Item("Turbidity", "NTU", 1.2, 0.7, 2, ("E180.1", "Turbidity by Nephelometry"))
LAB_SOLIDS = Item("Percent Solids", "%", 18, 0.2, 1, ("DATAUNAVAI", "Data Unavailable"))
FLOW = Item("Flow", "MGD", 4, 0.9, 3, base="Daily Average (Mean)")
FLOW_MONTH = Item("Flow", "MGD", 4, 0.8, 3, base=MONTHLY_MEAN)
BOD_LOAD = Item(BOD, "lb/day", 300, 0.8, 0, base="Daily Discharge")
TSS_LOAD = Item(TSS, "lb/day", 300, 0.8, 0, base="Daily Discharge")
BOD_MONTH = Item(BOD, "mg/L", 11, 0.35, 1, base=AMEL)
TSS_MONTH = Item(TSS, "mg/L", 11, 0.35, 1, base=MONTHLY_MEAN)
BOD_WEEK = Item(BOD, "mg/L", 12, 0.45, 1, base=AWEL)
TSS_WEEK = Item(TSS, "mg/L", 12, 0.45, 1, base=AWEL)
BOD_MASS = Item(BOD, "lb/day", 300, 0.5, 0, base=AMEL)
REMOVAL = Item("BOD5, Percent Removal", "%", 95, 0.02, 0, base=MONTHLY_MEAN)
PH_LOWEST = Item("pH", "SU", 7.0, 0.1, 1, base="Instantaneous Minimum (IMIN)")
PH_HIGHEST = Item("pH", "SU", 7.5, 0.1, 1, base="Instantaneous Maximum (IMAX)")
DAILY_MAXIMUM = Item("Ammonia, Total (as N)", "mg/L", 1.5, 1.0, 2, base="Daily Maximum")
DAY_AVERAGE = Item("Turbidity", "NTU", 1.2, 0.6, 2, base="24-hour Average")
MONTHLY_LOAD = Item("Ammonia, Total (as N)", "lb/day", 40, 0.9, 0, base="Monthly Discharge")


def esmr_reading(
    item: Item, qualifier: str | None, result: Cell, *, unit: str | None = "", mdl: Cell = None, rl: Cell = None
) -> Reading:
    """A reading of an item; the unit is the item's own if none is given."""
    unit = item.unit if unit == "" else unit
    code, name = item.method
    cells = (item.parameter, code, name, item.base, qualifier, result, unit, mdl, rl, rl)
    text = ",".join(null if cell is None else quoted(cell) for cell, null in zip(cells, _NULLS, strict=True))
    meant, limit = meaning_of(result), meaning_of(rl)
    return Reading(
        text,
        item.parameter,
        qualifier,
        None if meant is None else Decimal(meant),
        unit,
        None if limit is None else Decimal(limit),
        item.method,
        item.base,
        tuple(flaws_of(_COLUMNS, cells)),
    )


@dataclass(frozen=True, slots=True)
class EsmrPools:
    """Readings to choose from."""

    seed: int

    def of(self, item: Item, level: int) -> list[Reading]:
        """Readings of an item at one of the LEVELS."""
        return _pool(self.seed, item, level)


@cache
def _pool(seed: int, item: Item, level: int) -> list[Reading]:
    rng = stream(seed, "esmr pool", item.parameter, item.base, item.unit, item.typical, level)
    mdl = None if item.mdl is None else number(item.mdl, 4)
    rl = None if item.rl is None else number(item.rl, 4)
    is_steady = item.parameter in {"pH", "Dissolved Oxygen", "BOD5, Percent Removal"}
    readings = []
    for _ in range(POOL):
        if is_steady:
            value = rng.gauss(item.typical, item.typical * 0.02 if item.base else item.spread + LEVELS[level] * 0.12)
        else:
            value = math.exp(rng.gauss(math.log(item.typical * LEVELS[level]), item.spread))
        qualifier, result = "=", number(value, item.digits)
        if item.rl is not None and value < item.rl:
            qualifier = rng.choice(("ND", "DNQ", "DNQ", "<"))
            result = {"ND": None, "<": rl}.get(qualifier, number(value, 4))  # type: ignore[assignment]
        readings.append(esmr_reading(item, qualifier, result, mdl=mdl, rl=rl))
    return readings
