"""What is computed from samples: exceedances, comparisons that cannot be made, ERA levels, unusable results."""

from facilities.api.shared_filters import flag_filter, program_filter
from stormwater.api.families import Family
from stormwater.api.filters import SOME, Filter
from stormwater.api.keyset import BY_NUMBER, by_date, by_integer
from stormwater.api.listing import Include, Listing
from stormwater.api.row_fields import Kind, RowField, own_number
from violations.api.finding_parts import (
    DISCHARGER_FIELDS,
    FINDING_DATASETS,
    FINDING_FIELDS,
    FINDING_FILTERS,
    NOT_A_VIOLATION,
    NOT_EVALUATED,
    POLLUTANT_FIELDS,
    SAMPLES_INCLUDE,
    SAMPLES_SCHEMA,
    YEAR_FIELD,
    discharger_filters,
    enrollment_filters,
    pollutant_filter,
    year_filter,
)
from violations.rules import vocabulary
from violations.selectors.public_findings import (
    dismissed,
    has_suspect_units,
    is_dismissed,
    list_era_levels,
    list_exceedances,
    list_indeterminates,
    list_unusable_results,
    load_exceedance_samples,
    load_indeterminate_samples,
    suspect_units,
)

_TAG = "Computed from samples"
_FAMILIES = frozenset({Family.VIOLATIONS, Family.FACILITIES})
_INDUSTRIAL_DATASETS = ("smarts_industrial_monitoring", "smarts_industrial_facilities")

EXCEEDANCES = Listing(
    name="exceedances",
    row_name="Exceedance",
    path="exceedances",
    tag=_TAG,
    title="Computed exceedances",
    description="Benchmarks and limits that published samples exceed, each with its rule, limit and results. "
    f"{NOT_A_VIOLATION} Those that staff dismissed are among them, marked. /api/indeterminate has the comparisons that "
    f"cannot be made, /api/unusable-results what no rule could use. {NOT_EVALUATED}",
    rows=list_exceedances,
    families=_FAMILIES,
    datasets=FINDING_DATASETS,
    key="id",
    fields=(
        *FINDING_FIELDS,
        RowField(
            "is_serious",
            "is_serious",
            Kind.FLAG,
            "Water Code 13385(h), of a loaded permit limit; null where it does not apply",
        ),
        RowField(
            "is_chronic",
            "is_chronic",
            Kind.FLAG,
            "Water Code 13385(i), of a loaded permit limit; null where it does not apply",
        ),
        RowField(
            "has_suspect_units",
            has_suspect_units(),
            Kind.FLAG,
            "Some of its results look like ug/L typed as mg/L; nothing was changed",
            is_nullable=False,
        ),
        RowField("suspect_sample_ids", "suspect_unit_ids", Kind.INTEGERS, "Ids of those results", is_nullable=False),
        RowField("is_dismissed", is_dismissed(), Kind.FLAG, "Staff have dismissed it, as it is now", is_nullable=False),
    ),
    filters=(
        *FINDING_FILTERS,
        program_filter("enrollment__program"),
        flag_filter("is_serious", "Serious by Water Code 13385(h); only of loaded permit limits"),
        flag_filter("is_chronic", "Chronic by Water Code 13385(i); only of loaded permit limits"),
        Filter(
            "has_suspect_units",
            "Some of its results look like ug/L typed as mg/L",
            kind=Kind.FLAG,
            condition=suspect_units,
        ),
        Filter("is_dismissed", "Staff have dismissed it, as it is now", kind=Kind.FLAG, condition=dismissed),
    ),
    orderings=(BY_NUMBER, by_date("period_start")),
    includes=(Include("samples", SAMPLES_INCLUDE, SAMPLES_SCHEMA, load_exceedance_samples, ()),),
)

INDETERMINATES = Listing(
    name="indeterminate",
    row_name="IndeterminateComparison",
    path="indeterminate",
    tag=_TAG,
    title="Comparisons that cannot be made",
    description="Results reported as less than a number that lies above the limit, or as more than one that lies below "
    f"a lower limit: whether the limit was exceeded, nobody can say. These are no findings. {NOT_EVALUATED}",
    rows=list_indeterminates,
    families=_FAMILIES,
    datasets=FINDING_DATASETS,
    key="id",
    fields=FINDING_FIELDS,
    filters=(*FINDING_FILTERS, program_filter("enrollment__program")),
    orderings=(BY_NUMBER, by_date("period_start")),
    includes=(Include("samples", SAMPLES_INCLUDE, SAMPLES_SCHEMA, load_indeterminate_samples, ()),),
)

ERA_LEVELS = Listing(
    name="era_levels",
    row_name="EraLevel",
    path="era-levels",
    tag=_TAG,
    title="ERA levels, estimated",
    description="Level of each industrial enrollment and pollutant in force during each reporting year, from the first "
    "with samples to the present one. An estimate: the way back to Baseline takes reports and storms that are not in "
    f"the data, so a level never goes down here. {NOT_A_VIOLATION} {NOT_EVALUATED}",
    rows=list_era_levels,
    families=_FAMILIES,
    datasets=_INDUSTRIAL_DATASETS,
    key="id",
    key_converter="int",
    fields=(
        own_number(),
        RowField("facility_id", "enrollment__facility__public_id", Kind.TEXT, "Id of the canonical facility"),
        RowField("facility_name", "enrollment__facility__name", Kind.TEXT, "Name of the canonical facility"),
        RowField("wdid", "enrollment__wdid", Kind.TEXT, "WDID of the enrollment"),
        RowField("app_id", "enrollment__app_id", Kind.TEXT, "APP_ID of the enrollment"),
        RowField("region", "enrollment__region_id", Kind.TEXT, "Code of the Water Boards' region"),
        RowField("county", "enrollment__county__name", Kind.TEXT, "County of the enrollment"),
        *POLLUTANT_FIELDS,
        YEAR_FIELD,
        RowField(
            "level", "level", Kind.TEXT, "Level in force during the year: baseline, level_1, level_2", is_nullable=False
        ),
        RowField(
            "entered_year",
            "entered_year",
            Kind.INTEGER,
            "Reporting year on whose July 1 the level began; null at baseline",
        ),
        RowField("evaluation_due", "evaluation_due", Kind.DATE, "Level 1 ERA evaluation"),
        RowField("report_due", "report_due", Kind.DATE, "Level 1 ERA report"),
        RowField("action_plan_due", "action_plan_due", Kind.DATE, "Level 2 ERA action plan"),
        RowField("technical_report_due", "technical_report_due", Kind.DATE, "Level 2 ERA technical report"),
        RowField("results", "results", Kind.INTEGER, "Usable results of the year", is_nullable=False),
        RowField("censored", "censored", Kind.INTEGER, "Of those, below the reporting limit", is_nullable=False),
        RowField(
            "is_exceeded",
            "is_exceeded",
            Kind.FLAG,
            "An annual or instantaneous exceedance in the year",
            is_nullable=False,
        ),
        RowField(
            "is_sensitive",
            "is_sensitive",
            Kind.FLAG,
            "No annual exceedance in the year, but there were one if censored results lay at their limit",
            is_nullable=False,
        ),
    ),
    filters=(
        *enrollment_filters(),
        pollutant_filter(),
        year_filter(),
        Filter("level", "Level in force", path="level", lookups=SOME, choices=vocabulary.LEVELS),
        Filter("entered_year", "Reporting year on whose July 1 the level began", "entered_year", Kind.INTEGER),
        flag_filter("is_exceeded", "An exceedance in the year"),
        flag_filter("is_sensitive", "There were an exceedance if censored results lay at their limit"),
    ),
    orderings=(BY_NUMBER, by_integer("reporting_year")),
)

UNUSABLE_RESULTS = Listing(
    name="unusable_results",
    row_name="UnusableResults",
    path="unusable-results",
    tag=_TAG,
    title="Results that rules could not use",
    description="How many results a family of rules left out, by discharger, pollutant, period and reason: a date that "
    "cannot be, a number that is missing or out of range, an unknown unit. Nothing is left out silently.",
    rows=list_unusable_results,
    families=_FAMILIES,
    datasets=FINDING_DATASETS,
    key="id",
    key_converter="int",
    fields=(
        own_number(),
        RowField("family", "family", Kind.TEXT, "Family of rules that could not use them", is_nullable=False),
        *DISCHARGER_FIELDS,
        *POLLUTANT_FIELDS,
        RowField("reporting_year", "reporting_year", Kind.INTEGER, "July to June, by its first year; null undated"),
        RowField(
            "period_start",
            "period_start",
            Kind.DATE,
            "Day, first day of the month, or July 1 of the year that is judged as one; null undated",
        ),
        RowField(
            "reason",
            "reason",
            Kind.TEXT,
            "bad_date, censored, null_result, out_of_range, qualifier or unit",
            is_nullable=False,
        ),
        RowField("results", "results", Kind.INTEGER, "How many", is_nullable=False),
    ),
    filters=(
        Filter(
            "family",
            "Family of rules",
            path="family",
            choices=tuple(dict.fromkeys(vocabulary.FAMILY_OF.values())),
        ),
        *discharger_filters(),
        pollutant_filter(),
        year_filter(),
        Filter("reason", "Why they could not be used", path="reason", lookups=SOME),
    ),
)
