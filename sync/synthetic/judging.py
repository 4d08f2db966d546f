"""How the oracle reads a result: pollutant, value in the canonical unit, censored or not, usable or not.

Written from the domain's text alone, so that the rules of the system can be held against it.
"""

from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from sync.synthetic.readings import Reading

_ZERO = Decimal(0)
_BELOW = {"ND", "DNQ", "<", "<="}
_TO_MG_L = {
    "mg/l": Decimal(1),
    "ug/l": Decimal("1e-3"),
    "\u00b5g/l": Decimal("1e-3"),
    "\u03bcg/l": Decimal("1e-3"),
    "ng/l": Decimal("1e-6"),
    "pg/l": Decimal("1e-9"),
    "g/l": Decimal(1000),
}
_METALS = (
    "aluminum",
    "arsenic",
    "cadmium",
    "copper",
    "iron",
    "lead",
    "magnesium",
    "mercury",
    "nickel",
    "selenium",
    "silver",
    "zinc",
)
# Casefolded, without commas and double spaces.
_POLLUTANTS = {
    "ph": "ph",
    "total suspended solids (tss)": "tss",
    "oil and grease": "oil_grease",
    "chemical oxygen demand (cod)": "cod",
    "biochemical oxygen demand (bod) (5-day @ 20 deg. c)": "bod5",
    "nitrite plus nitrate (as n)": "nitrate_nitrite_n",
    "phosphorus total (as p)": "phosphorus",
    "ammonia total (as n)": "ammonia_n",
    "cyanide total": "cyanide",
    "turbidity": "turbidity",
} | {f"{metal} {form}": metal for metal in _METALS for form in ("total", "total recoverable")}


@dataclass(frozen=True, slots=True)
class Judged:
    """A result as the rules take it. Values are mg/L; SU for pH, NTU for turbidity."""

    pollutant: str | None  # None: not one that a rule knows
    value: Decimal = _ZERO  # zero if censored
    is_censored: bool = False
    less_than: Decimal | None = None  # of `<` with a number: that number
    problem: str = ""  # why it cannot be used


_memory: dict[str, Judged] = {}


def judge(reading: Reading) -> Judged:
    """Read a result; equal texts are read once."""
    judged = _memory.get(reading.text)
    if judged is None:
        if len(_memory) > 500_000:
            _memory.clear()
        judged = _memory[reading.text] = _judge(reading)
    return judged


@cache
def pollutant_of(parameter: str) -> str | None:
    """Pollutant key of a parameter's published name."""
    return _POLLUTANTS.get(" ".join(parameter.casefold().replace(",", " ").split()))


def _judge(reading: Reading) -> Judged:
    pollutant = pollutant_of(reading.parameter)
    if pollutant is None:
        return Judged(None)
    qualifier, result = reading.qualifier or "=", reading.value
    factor = _factor(pollutant, reading.unit)
    if factor is None:
        return Judged(pollutant, problem="unit")
    if qualifier in _BELOW:
        less_than = result * factor if qualifier in {"<", "<="} and result is not None else None
        return Judged(pollutant, is_censored=True, less_than=less_than)
    if result is None or (pollutant == "ph" and not 0 <= result <= 14):
        return Judged(pollutant, problem="null_result" if result is None else "out_of_range")
    if qualifier == "=" and reading.limit is not None and result < reading.limit:
        return Judged(pollutant, is_censored=True)
    return Judged(pollutant, result * factor)  # of > and >= at least that much


def _factor(pollutant: str, unit: str | None) -> Decimal | None:
    """To the canonical unit; None if there is no way."""
    if pollutant == "ph":
        return Decimal(1)  # always SU, whatever the label
    if pollutant == "turbidity":
        return Decimal(1) if (unit or "").casefold() == "ntu" else None
    return _TO_MG_L.get((unit or "").casefold())
