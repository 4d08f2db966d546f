"""Units: what can be converted, to what, and what cannot.

Canonical units are mg/L for concentrations, SU for pH, NTU for turbidity and lb/day for loads. An
unknown unit makes a result unusable; there is no default. A load is never compared with a
concentration.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from violations.rules.names import normalize_name

SU = "SU"


@dataclass(frozen=True, slots=True)
class Conversion:
    """To the canonical `unit`: times `factor`."""

    unit: str
    factor: Decimal


def conversion_factor(published: str | None, unit: str, known: Mapping[str, Conversion]) -> Decimal | None:
    """Factor from a published unit to a canonical one; None if there is no way.

    pH is always in SU, whatever the label says: rows labelled mg/L exist.
    """
    if unit == SU:
        return Decimal(1)
    conversion = known.get(normalize_name(published)) if published else None
    return conversion.factor if conversion and conversion.unit == unit else None
