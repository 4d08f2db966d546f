"""Plain rows for the rules' tests."""

from datetime import date
from decimal import Decimal

from violations.rules.readings import Alias, Reading, Substance, Vocabulary, judge
from violations.rules.units import Conversion

PH = Substance("ph", "SU", Decimal(0), Decimal(14))
TURBIDITY = Substance("turbidity", "NTU")
CONCENTRATIONS = {
    "total suspended solids (tss)": "tss",
    "oil and grease": "oil_grease",
    "biochemical oxygen demand (bod) (5-day @ 20 deg. c)": "bod5",
    "zinc total": "zinc",
    "copper total": "copper",
    "nitrate total (as n)": "nitrate_n",
}
VOCABULARY = Vocabulary(
    aliases={
        "ph": Alias(PH),
        "turbidity": Alias(TURBIDITY),
        **{name: Alias(Substance(key, "mg/L")) for name, key in CONCENTRATIONS.items()},
        "zinc total recoverable": Alias(Substance("zinc", "mg/L"), preference=1),
        "nitrate total (as no3)": Alias(Substance("nitrate_n", "mg/L"), Decimal("0.2259")),
    },
    units={
        "mg/l": Conversion("mg/L", Decimal(1)),
        "ug/l": Conversion("mg/L", Decimal("0.001")),
        "\u03bcg/l": Conversion("mg/L", Decimal("0.001")),
        "g/l": Conversion("mg/L", Decimal(1000)),
        "ntu": Conversion("NTU", Decimal(1)),
        "lb/day": Conversion("lb/day", Decimal(1)),
    },
)
DAY = date(2023, 12, 1)
AFTER_ALL = date(2030, 1, 1)
TSS, ZINC = "Total Suspended Solids (TSS)", "Zinc, Total"


def number(text):
    return None if text is None else Decimal(str(text))


def reading(  # the id goes by the field's name
    parameter=TSS, result="1", qualifier="=", unit="mg/L", *, day=DAY, rl=None, mdl=None, id=1, **more  # noqa: A002
):  # fmt: skip
    return Reading(
        id=id, parameter=parameter, qualifier=qualifier, result=number(result), unit=unit, day=day, rl=number(rl),
        mdl=number(mdl), **more,
    )  # fmt: skip


def judged(*args, **kwargs):
    return judge(reading(*args, **kwargs), VOCABULARY)


def results(parameter, *values, unit="mg/L", **more):
    """Usable results of one parameter: a number, or a (qualifier, number)."""
    rows = []
    for at, value in enumerate(values, 1):
        qualifier, result = value if isinstance(value, tuple) else ("=", value)
        rows.append(judged(parameter, result, qualifier, unit, id=at, **more))
    assert not any(row.problem for row in rows)
    return rows
