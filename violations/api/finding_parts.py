"""Fields and filters that computed findings have in common."""

from facilities.api.shared_filters import app_id_filter, county_filter, facility_filter, region_filter, wdid_filter
from stormwater.api.filters import OPEN_RANGE, RANGE, SOME, Filter
from stormwater.api.row_fields import Kind, RowField
from violations.reference_data.pollutants import POLLUTANTS
from violations.rules import vocabulary
from violations.selectors.public_findings import (
    MAX_SAMPLES,
    family_of_rule,
    of_county,
    of_discharger,
    of_either,
    of_enrollment,
    of_family,
    of_plant,
    of_pollutant,
    of_wdid,
    source_of_finding,
)

# Every finding rests on samples of either system, and is shown with the facility that its discharger belongs to.
FINDING_DATASETS = (
    "smarts_industrial_monitoring",
    "smarts_construction_monitoring",
    "smarts_industrial_facilities",
    "smarts_construction_facilities",
    "esmr",
)
NOT_A_VIOLATION = "An exceedance is not a violation of the permit: only the Water Boards determine those."
NOT_EVALUATED = (
    "TMDL action levels and limits, effluent guidelines and receiving-water limits are not evaluated, and no finding "
    "is not compliance."
)
SAMPLES_SCHEMA = {"type": "array", "items": {"type": "object"}}
SAMPLES_INCLUDE = f"the results that it was made of, as published; the first {MAX_SAMPLES} of them"

# Who discharges: an enrollment (stormwater rules) or a plant (effluent rules).
DISCHARGER_FIELDS = (
    RowField(
        "facility_id",
        of_either("facility__public_id", "facility__public_id"),
        Kind.TEXT,
        "Id of the canonical facility",
    ),
    RowField(
        "facility_name", of_either("facility__name", "facility__name"), Kind.TEXT, "Name of the canonical facility"
    ),
    RowField("wdid", "enrollment__wdid", Kind.TEXT, "WDID of the enrollment; null for a plant"),
    RowField("app_id", "enrollment__app_id", Kind.TEXT, "APP_ID of the enrollment; null for a plant"),
    RowField("program", "enrollment__program", Kind.TEXT, "Permit program of the enrollment; null for a plant"),
    RowField("place_id", "esmr_facility__place_id", Kind.INTEGER, "CIWQS place id of the plant; null otherwise"),
    RowField("region", of_either("region_id", "region_id"), Kind.TEXT, "Code of the Water Boards' region"),
    RowField(
        "county",
        of_either("county__name", "facility__county__name"),
        Kind.TEXT,
        "County of the enrollment; of a plant, that of its canonical facility, if known",
    ),
)
POLLUTANT_FIELDS = (
    RowField("pollutant", "pollutant__key", Kind.TEXT, "Our short name of the pollutant: tss", is_nullable=False),
    RowField("pollutant_name", "pollutant__name", Kind.TEXT, "Its name for people", is_nullable=False),
)
YEAR_FIELD = RowField(
    "reporting_year", "reporting_year", Kind.INTEGER, "July to June, by its first year", is_nullable=False
)

FINDING_FIELDS = (
    RowField(
        "id",
        "public_id",
        Kind.TEXT,
        "Stable id, from rule, discharger, pollutant and period alone",
        is_nullable=False,
    ),
    RowField(
        "source",
        source_of_finding(),
        Kind.TEXT,
        "SMARTS_COMPUTED or ESMR_COMPUTED: whose samples it was computed from",
        is_nullable=False,
    ),
    RowField("rule", "rule", Kind.TEXT, "Rule that was applied", is_nullable=False),
    RowField("rule_version", "rule_version", Kind.INTEGER, "Version of the rule", is_nullable=False),
    RowField("family", family_of_rule(), Kind.TEXT, "Family of the rule", is_nullable=False),
    *DISCHARGER_FIELDS,
    RowField("location", "location", Kind.TEXT, "Place id or name of the location, where the rule is of one"),
    *POLLUTANT_FIELDS,
    YEAR_FIELD,
    RowField("period_start", "period_start", Kind.DATE, "First day of what the value is about", is_nullable=False),
    RowField("period_end", "period_end", Kind.DATE, "Last day of what the value is about", is_nullable=False),
    RowField(
        "value", "value", Kind.NUMBER, "Mean, reported value, or worst result, in the unit beside it", is_nullable=False
    ),
    RowField("limit_low", "limit_low", Kind.NUMBER, "Lower bound that it was compared with"),
    RowField("limit_high", "limit_high", Kind.NUMBER, "Upper bound that it was compared with"),
    RowField("unit", "unit", Kind.TEXT, "Unit of the value and the limit", is_nullable=False),
    RowField(
        "order", "benchmark__permit", Kind.TEXT, "Order or regulation that the limit is from; null for a loaded one"
    ),
    RowField("section", "benchmark__section", Kind.TEXT, "Where in it"),
    RowField(
        "limit_source",
        "permit_limit__source",
        Kind.TEXT,
        "Of a loaded permit limit: order and section as given by who loaded it",
    ),
    RowField(
        "is_limit_confirmed",
        "benchmark__is_confirmed",
        Kind.FLAG,
        "Whether we have read the number in the order itself; null for a loaded limit",
    ),
    RowField("results", "results", Kind.INTEGER, "Results that the value was made of", is_nullable=False),
    RowField("censored", "censored", Kind.INTEGER, "Of those, below the reporting limit", is_nullable=False),
    RowField("results_over", "results_over", Kind.INTEGER, "Of those, over the limit (instantaneous rules)"),
    RowField(
        "is_lower_bound",
        "is_lower_bound",
        Kind.FLAG,
        "A result of > or >= is among them: at least this much",
        is_nullable=False,
    ),
    RowField(
        "sensitivity",
        "sensitivity",
        Kind.TEXT,
        "If censored results lay at their limit, the verdict: none_censored, unchanged, changes",
        is_nullable=False,
    ),
    RowField(
        "is_provisional",
        "is_provisional",
        Kind.FLAG,
        "The reporting year was open on the day of the computation",
        is_nullable=False,
    ),
    RowField("confidence", "confidence", Kind.TEXT, "How far it can be relied on, in words", is_nullable=False),
    RowField(
        "sample_ids",
        "sample_ids",
        Kind.INTEGERS,
        "Ids of all results that it was made of: rows of /api/smarts/monitoring or /api/esmr/samples, as `source` says",
        is_nullable=False,
    ),
    RowField("appeared_at", "appeared_at", Kind.TIMESTAMP, "Computation that first found it", is_nullable=False),
    RowField("changed_at", "changed_at", Kind.TIMESTAMP, "Computation that last changed it", is_nullable=False),
)


def pollutant_filter() -> Filter:
    """By our short name of a pollutant."""
    return Filter(
        "pollutant",
        "Pollutant by our short name, such as tss or zinc",
        condition=of_pollutant,
        lookups=SOME,
        choices=tuple(row.key for row in POLLUTANTS),
    )


def year_filter() -> Filter:
    """By reporting year."""
    return Filter(
        "reporting_year", "Reporting year (July to June) by its first year", "reporting_year", Kind.INTEGER, RANGE
    )


def enrollment_filters() -> tuple[Filter, ...]:
    """By the enrollment, where there is no other discharger."""
    return (
        facility_filter("").with_condition(lambda text: of_enrollment(facility__public_id=text)),
        wdid_filter().with_condition(of_wdid),
        app_id_filter().with_condition(lambda text: of_enrollment(app_id=text)),
        Filter(
            "place_id",
            "CIWQS place id of a facility in eSMR at the same site",
            kind=Kind.INTEGER,
            condition=lambda number: of_enrollment(facility__esmr_facilities__place_id=number),
        ),
        region_filter(of_codes=lambda codes: of_enrollment(region__in=codes)),
        county_filter(of_number=lambda number: of_enrollment(county=number)),
    )


def discharger_filters() -> tuple[Filter, ...]:
    """By the discharger, be it an enrollment or a plant."""
    return (
        facility_filter("").with_condition(lambda text: of_discharger(facility__public_id=text)),
        wdid_filter().with_condition(of_wdid),
        app_id_filter().with_condition(lambda text: of_enrollment(app_id=text)),
        Filter(
            "place_id",
            "CIWQS place id of the plant; `facility` finds what else is at its site",
            kind=Kind.INTEGER,
            condition=lambda number: of_plant(place_id=number),
        ),
        region_filter("", of_codes=lambda codes: of_discharger(region__in=codes)),
        county_filter("", of_number=of_county),
    )


FINDING_FILTERS = (
    Filter("rule", "Rule that was applied", path="rule", lookups=SOME, choices=tuple(vocabulary.RULE_VERSIONS)),
    Filter(
        "family",
        "Family of the rule",
        choices=tuple(dict.fromkeys(vocabulary.FAMILY_OF.values())),
        condition=of_family,
    ),
    *discharger_filters(),
    pollutant_filter(),
    year_filter(),
    Filter("period_start", "First day of what the value is about", "period_start", Kind.DATE, RANGE),
    Filter("period_end", "Last day of what the value is about", "period_end", Kind.DATE, RANGE),
    Filter("value", "Value in the pollutant's canonical unit", "value", Kind.NUMBER, OPEN_RANGE),
    Filter("is_provisional", "The reporting year was open", "is_provisional", Kind.FLAG),
    Filter("sensitivity", "Verdict with censored results at their limit", "sensitivity", choices=(
        vocabulary.NONE_CENSORED, vocabulary.UNCHANGED, vocabulary.CHANGES,
    )),
    Filter("confidence", "How far it can be relied on, in its words", path="confidence"),
)  # fmt: skip
