"""What a laboratory or a discharger writes down: one parameter's result, ready as text.

Most results come from pools that are made once per world, so that millions of rows cost one
random choice each.
"""

import math
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache

from sync.synthetic.cells import Cell, Flaw, Marked, flaws_of, meaning_of, number, quoted
from sync.synthetic.streams import stream

POOL = 256
# How clean a discharger is, as a factor of the typical result.
CLEANLINESS = (0.2, 0.5, 0.8, 1.0, 1.6, 4.0)

_SMARTS_COLUMNS = ("PARAMETER", "RESULT_QUALIFIER", "RESULT", "UNITS", "ANALYTICAL_METHOD", "MDL", "RL")


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A result as published (`text`: its columns as CSV) and as it is meant."""

    text: str
    parameter: str
    qualifier: str | None
    value: Decimal | None
    unit: str | None
    limit: Decimal | None  # RL, in the unit of the result
    method: tuple[str | None, str | None]  # code, name
    base: str | None = None  # eSMR: how the discharger calculated it; None for a laboratory's result
    flaws: tuple[Flaw, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Spec:
    """A parameter as laboratories report it: lognormal around `typical`, in the canonical unit."""

    name: str
    typical: float
    spread: float
    unit: str
    method: str
    mdl: float
    rl: float
    digits: int = 3
    is_metal: bool = False
    trace: tuple[str, ...] = field(default=("ND", "DNQ", "<", "="))  # qualifiers of results below the RL


def smarts_reading(
    parameter: str,
    qualifier: str | None,
    result: Cell,
    unit: str | None,
    method: str | None,
    *,
    mdl: Cell = None,
    rl: Cell = None,
) -> Reading:
    """A SMARTS result from its cells."""
    cells = (parameter, qualifier, result, unit, method, mdl, rl)
    nulls = ("NA", "NA", "NaN", "NA", "NA", "NaN", "NaN")
    text = ",".join(null if cell is None else quoted(cell) for cell, null in zip(cells, nulls, strict=True))
    return Reading(
        text,
        parameter,
        qualifier,
        _decimal(result),
        unit,
        _decimal(rl),
        (method, None),
        flaws=tuple(flaws_of(_SMARTS_COLUMNS, cells)),
    )


def _decimal(cell: Cell) -> Decimal | None:
    meant = meaning_of(cell)
    return None if meant is None else Decimal(meant)


@dataclass(frozen=True, slots=True)
class Pools:
    """Pools of SMARTS results, by parameter, cleanliness, and whether the laboratory writes ug/L."""

    seed: int

    def of(self, spec: Spec, level: int, micro: int) -> list[Reading]:
        """Results to choose from. `micro` 0 is the usual unit, 1 and 2 spellings of micrograms."""
        return _pool(self.seed, spec, level, micro)


@cache
def _pool(seed: int, spec: Spec, level: int, micro: int) -> list[Reading]:
    rng, factor = stream(seed, "pool", spec.name, level, micro), CLEANLINESS[level]
    scale, unit = (1000, ("", "ug/L", "\u00b5g/L")[micro]) if micro and spec.is_metal else (1, spec.unit)
    readings = []
    for _ in range(POOL):
        if spec.name == "pH":
            result = number(min(13.0, max(1.0, rng.gauss(7.2, 0.35 + 0.25 * factor))), 1)
            readings.append(smarts_reading("pH", "=", result, spec.unit, spec.method))
            continue
        value = math.exp(rng.gauss(math.log(spec.typical * factor), spec.spread))
        mdl, rl = number(spec.mdl * scale, 6), number(spec.rl * scale, 6)
        if value < spec.rl:
            qualifier = rng.choice(spec.trace)
            shown = {"ND": None, "<": rl}.get(qualifier, number(max(value, spec.mdl) * scale, spec.digits + 2))
        else:
            qualifier, shown = "=", number(value * scale, spec.digits)
        if qualifier == "=" and rng.random() < 0.1:
            rl = None  # type: ignore[assignment]
        readings.append(smarts_reading(spec.name, qualifier, shown, unit, spec.method, mdl=mdl, rl=rl))
    return readings


def same_but(reading: Reading, result: Cell, qualifier: str | None = "=") -> Reading:
    """The reading with another result."""
    cells = [*reading.text.split(",")]
    if '"' in reading.text:
        name, _, rest = reading.text.rpartition('",')
        cells = [name + '"', *rest.split(",")]
    mdl, rl = cells[5], cells[6]
    return smarts_reading(
        reading.parameter,
        qualifier,
        result,
        reading.unit,
        reading.method[0],
        mdl=None if mdl == "NaN" else mdl,
        rl=None if rl == "NaN" else rl,
    )


def no_number(text: str) -> Marked:
    """A result that is no number."""
    return Marked(text, None, "not_a_number")
