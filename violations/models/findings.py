"""What is computed from samples: exceedances, comparisons that cannot be made, levels, unusable results.

A finding is an exceedance, not a violation of the permit. Foreign keys carry no trigger in the
database, as those of samples: rows are inserted set-wise from joins with what they point to, and
that is never deleted (docs/decisions/0003-no-foreign-key-triggers-on-samples.md).
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from stormwater.api.keyset import date_key
from stormwater.fields import NumericField
from violations.rules import vocabulary


class Finding(models.Model):
    """What exceedances and indeterminate comparisons have in common.

    `public_id` comes from the rule, the discharger, the pollutant and the period alone, so that a
    finding keeps it when its value changes, when it goes and returns, and in a rebuilt database.
    A finding that is no longer one stays, marked by `went_at`: decisions of staff hang on it.
    """

    public_id = models.TextField(db_comment="Stable id, from rule, discharger, pollutant and period")
    rule = models.TextField(db_comment="Rule that was applied")
    rule_version = models.SmallIntegerField(db_comment="Version of the rule")
    enrollment = models.ForeignKey(
        "facilities.SmartsEnrollment",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
        db_comment="Discharger of a stormwater rule",
    )
    esmr_facility = models.ForeignKey(
        "facilities.EsmrFacility",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
        db_comment="Plant of an effluent rule",
    )
    location = models.TextField(null=True, blank=True, db_comment="Place id or name, where the rule is of a location")
    pollutant = models.ForeignKey(
        "violations.Pollutant", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    reporting_year = models.SmallIntegerField(db_comment="July to June, by its first year")
    period_start = models.DateField(db_comment="First day of what the value is about")
    period_end = models.DateField(db_comment="Last day of what the value is about")
    value = NumericField(db_comment="Mean, reported value, or worst result, in the unit beside it")
    limit_low = NumericField(null=True, blank=True, db_comment="Lower bound that it was compared with")
    limit_high = NumericField(null=True, blank=True, db_comment="Upper bound that it was compared with")
    unit = models.TextField(db_comment="Unit of the value and the limit")
    benchmark = models.ForeignKey(
        "violations.Benchmark",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
        db_comment="Row that the limit comes from, of a general rule",
    )
    permit_limit = models.ForeignKey(
        "violations.PermitLimit",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
        db_comment="Row that the limit comes from, of a loaded limit",
    )
    results = models.IntegerField(db_comment="Results that the value was made of")
    censored = models.IntegerField(db_comment="Of those, below the reporting limit")
    results_over = models.IntegerField(
        null=True, blank=True, db_comment="Of those, over the limit by themselves (instantaneous rules)"
    )
    is_lower_bound = models.BooleanField(db_comment="A result of > or >= is among them: at least this much")
    sensitivity = models.TextField(db_comment="Verdict if censored results lie at their limit: see the rules")
    is_provisional = models.BooleanField(db_comment="The year is still open on the day of the computation")
    confidence = models.TextField(db_comment="How far it can be relied on, in words")
    sample_ids = ArrayField(models.BigIntegerField(), db_comment="Ids of the results, ascending")
    inputs_hash = models.UUIDField(db_comment="Hash of the results' contents and the limit")
    appeared_at = models.DateTimeField(db_comment="Computation that first found it")
    changed_at = models.DateTimeField(db_comment="Computation that last changed it")
    went_at = models.DateTimeField(null=True, blank=True, db_comment="Computation that no longer found it; or null")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.rule} {self.period_start} {self.public_id}"

    @property
    def limit_text(self) -> str:
        """The limit as people write it: `100`, or `6-9` for a range."""
        return "-".join(str(bound) for bound in (self.limit_low, self.limit_high) if bound is not None)


class Exceedance(Finding):
    """A computed exceedance of a benchmark or limit. It is not a violation of the permit."""

    is_serious = models.BooleanField(
        null=True, blank=True, db_comment="Water Code 13385(h), of a loaded permit limit; null where it does not apply"
    )
    is_chronic = models.BooleanField(
        null=True, blank=True, db_comment="Water Code 13385(i), of a loaded permit limit; null where it does not apply"
    )
    suspect_unit_ids = ArrayField(
        models.BigIntegerField(),
        default=list,
        blank=True,
        db_comment="Of its results, those that look like ug/L typed as mg/L; nothing was changed",
    )
    dismissed_at = models.DateTimeField(null=True, blank=True, db_comment="When staff dismissed it")
    dismissed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    dismissal_reason = models.TextField(blank=True, default="", db_comment="Why staff dismissed it")
    dismissed_inputs_hash = models.UUIDField(
        null=True, blank=True, db_comment="Inputs as dismissed: with others the finding stands again"
    )

    class Meta:
        ordering = ("pk",)
        db_table_comment = "Computed exceedances; none is a violation of the permit"
        constraints = [
            models.CheckConstraint(
                condition=Q(enrollment__isnull=False, esmr_facility__isnull=True)
                | Q(enrollment__isnull=True, esmr_facility__isnull=False),
                name="exceedance_of_one_discharger",
            ),
            models.UniqueConstraint(fields=("public_id",), name="exceedance_public_id_unique"),
        ]
        indexes = [
            models.Index(fields=("enrollment", "pollutant", "reporting_year"), name="exceedance_enrollment"),
            models.Index(fields=("esmr_facility", "pollutant", "reporting_year"), name="exceedance_esmr_facility"),
            models.Index(date_key("period_start"), "id", condition=Q(went_at=None), name="exceedance_by_period"),
        ]
        permissions = [("dismiss_exceedance", "Can dismiss exceedances")]

    @property
    def is_dismissed(self) -> bool:
        """Whether staff have dismissed the finding as it is now."""
        return self.dismissed_at is not None and self.dismissed_inputs_hash == self.inputs_hash


class Indeterminate(Finding):
    """A comparison that cannot be made: below a number above the limit, or above one below the lower. No finding."""

    class Meta:
        ordering = ("pk",)
        verbose_name = "indeterminate comparison"
        db_table_comment = "Comparisons that cannot be made; no findings"
        constraints = [models.UniqueConstraint(fields=("public_id",), name="indeterminate_public_id_unique")]
        indexes = [
            models.Index(fields=("esmr_facility", "pollutant", "reporting_year"), name="indeterminate_esmr_facility"),
            models.Index(date_key("period_start"), "id", condition=Q(went_at=None), name="indeterminate_by_period"),
        ]


class EraLevel(models.Model):
    """The ERA level of an enrollment and parameter in force during a reporting year: an estimate.

    The way back to Baseline takes reports and storms that are not in the data, so a computed level
    never goes down. The year's own results stand beside it, as levels follow from them.
    """

    enrollment = models.ForeignKey(
        "facilities.SmartsEnrollment",
        on_delete=models.PROTECT,
        related_name="era_levels",
        db_constraint=False,
        db_index=False,
    )
    pollutant = models.ForeignKey(
        "violations.Pollutant", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    reporting_year = models.SmallIntegerField(db_comment="July to June, by its first year")
    level = models.TextField(
        choices=[(level, level) for level in vocabulary.LEVELS], db_comment="Level in force during the year"
    )
    entered_year = models.SmallIntegerField(
        null=True, blank=True, db_comment="Reporting year on whose July 1 the level began; null at Baseline"
    )
    evaluation_due = models.DateField(null=True, blank=True, db_comment="Level 1 ERA evaluation")
    report_due = models.DateField(null=True, blank=True, db_comment="Level 1 ERA report")
    action_plan_due = models.DateField(null=True, blank=True, db_comment="Level 2 ERA action plan")
    technical_report_due = models.DateField(null=True, blank=True, db_comment="Level 2 ERA technical report")
    results = models.IntegerField(db_comment="Usable results of the year")
    censored = models.IntegerField(db_comment="Of those, below the reporting limit")
    is_exceeded = models.BooleanField(db_comment="An annual or instantaneous exceedance in the year")
    is_sensitive = models.BooleanField(
        db_comment="No annual exceedance in the year, but there were one if censored results lay at their limit"
    )

    class Meta:
        ordering = ("pk",)
        verbose_name = "ERA level"
        db_table_comment = "ERA levels by enrollment, pollutant and reporting year, estimated from samples"
        constraints = [
            models.UniqueConstraint(fields=("enrollment", "pollutant", "reporting_year"), name="era_level_unique"),
        ]
        indexes = [
            models.Index(fields=("reporting_year", "id"), name="era_level_by_year"),
            models.Index(fields=("pollutant", "id"), name="era_level_by_pollutant"),
            models.Index(fields=("level", "id"), condition=~Q(level=vocabulary.BASELINE), name="era_level_reached"),
        ]

    def __str__(self) -> str:
        return f"{self.level} in {self.reporting_year}"


class UnusableResults(models.Model):
    """Results that a family of rules could not use, counted by reason: never dropped silently."""

    family = models.TextField(db_comment="Family of rules: igp, cgp, secondary_treatment or permit_limit")
    enrollment = models.ForeignKey(
        "facilities.SmartsEnrollment",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    esmr_facility = models.ForeignKey(
        "facilities.EsmrFacility",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    pollutant = models.ForeignKey(
        "violations.Pollutant", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    reporting_year = models.SmallIntegerField(
        null=True, blank=True, db_comment="July to June, by its first year; null without a usable date"
    )
    period_start = models.DateField(
        null=True,
        blank=True,
        db_comment="Day, first day of the month, or July 1 that is judged as one; null without a date",
    )
    reason = models.TextField(db_comment="Why: bad_date, censored, null_result, out_of_range, qualifier or unit")
    results = models.IntegerField(db_comment="How many results")

    class Meta:
        ordering = ("pk",)
        verbose_name = verbose_name_plural = "unusable results"
        db_table_comment = "Numbers of results that rules could not use, by reason"
        constraints = [
            models.UniqueConstraint(
                fields=("enrollment", "esmr_facility", "pollutant", "period_start", "family", "reason"),
                nulls_distinct=False,
                name="unusable_results_unique",
            ),
        ]
        indexes = [
            models.Index(fields=("esmr_facility", "pollutant"), name="unusable_esmr_facility"),
        ]

    def __str__(self) -> str:
        return f"{self.results} {self.reason}"
