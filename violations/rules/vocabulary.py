"""The names of the rules, their versions, and the words that findings use.

A version is raised whenever a rule comes to say something else about the same samples; the next
computation then judges everything again.
"""

IGP_ANNUAL = "igp_annual_nal"
IGP_INSTANTANEOUS = "igp_instantaneous_nal"
CGP_PH = "cgp_ph_nal"
CGP_TURBIDITY = "cgp_turbidity_nal"
SECONDARY_MONTHLY = "secondary_treatment_monthly"
SECONDARY_WEEKLY = "secondary_treatment_weekly"
SECONDARY_PH = "secondary_treatment_ph"
PERMIT_LIMIT = "permit_limit"

RULE_VERSIONS = {
    IGP_ANNUAL: 1,
    IGP_INSTANTANEOUS: 2,
    CGP_PH: 2,
    CGP_TURBIDITY: 1,
    SECONDARY_MONTHLY: 1,
    SECONDARY_WEEKLY: 1,
    SECONDARY_PH: 2,
    PERMIT_LIMIT: 2,
}

# Rules that read the same samples and leave out the same ones: what is unusable is counted per family.
IGP, CGP, SECONDARY, PERMIT = "igp", "cgp", "secondary_treatment", "permit_limit"
FAMILY_OF = {
    IGP_ANNUAL: IGP,
    IGP_INSTANTANEOUS: IGP,
    CGP_PH: CGP,
    CGP_TURBIDITY: CGP,
    SECONDARY_MONTHLY: SECONDARY,
    SECONDARY_WEEKLY: SECONDARY,
    SECONDARY_PH: SECONDARY,
    PERMIT_LIMIT: PERMIT,
}

BASELINE, LEVEL_1, LEVEL_2 = "baseline", "level_1", "level_2"
LEVELS = (BASELINE, LEVEL_1, LEVEL_2)

# How far a finding can be relied on.
COMPUTED = "computed"
RISK_UNKNOWN = "computed, risk level unknown"
SCREENING = "screening"
SCREENING_UNKNOWN = "screening, applicability unknown"
LOADED_LIMIT = "limit as loaded"

# Whether the verdict would be another one if results below the reporting limit lay at that limit.
NONE_CENSORED, UNCHANGED, CHANGES = "none_censored", "unchanged", "changes"
