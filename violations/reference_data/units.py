"""Units by published spelling (casefolded): the canonical unit of their kind, and the factor to it.

What is not listed cannot be used: mg/kg, %, mL/L, ppth, TU, pCi/L and others say something else than
a concentration in water. Loads per day are a kind of their own, which no concentration is compared
with. pH is always SU, whatever its label says; that is a rule and not a conversion.
"""

UNITS = {
    "mg/L": {
        "mg/l": "1",
        "ug/l": "0.001",
        "\u03bcg/l": "0.001",  # Greek mu; the micro sign is casefolded to it
        "ng/l": "0.000001",
        "pg/l": "0.000000001",
        "g/l": "1000",
    },
    "NTU": {"ntu": "1"},
    "SU": {"su": "1"},
    "lb/day": {"lb/day": "1", "lbs/day": "1"},
}

# What a qualifier says about the number beside it.
QUALIFIERS = {
    "=": "equal",
    "ND": "non_detect",
    "DNQ": "not_quantified",
    "<": "less_than",
    "<=": "less_than",
    ">": "greater_than",
    ">=": "greater_than",
}
