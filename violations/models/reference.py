"""What samples are judged by: pollutants and their names, units, qualifiers, statistics, benchmarks.

Loaded by migrations from `violations/reference_data/`, where each table names its source. Nobody
edits these rows in place: a correction is a migration, and the next computation judges everything
again.
"""

from django.db import models

from stormwater.fields import NumericField


class Pollutant(models.Model):
    """A substance or property that a rule or a limit knows, under whatever name it is reported."""

    id = models.AutoField(primary_key=True)
    key = models.TextField(unique=True, db_comment="Our short name, such as tss")
    name = models.TextField(db_comment="Name for people")
    unit = models.TextField(db_comment="Canonical unit, in which rules compare")
    valid_low = NumericField(null=True, blank=True, db_comment="Lowest possible value; below it a result is unusable")
    valid_high = NumericField(null=True, blank=True, db_comment="Highest possible value; null for none")
    is_metal = models.BooleanField(db_comment="Metals are often typed in the wrong of two units")
    permit_group = models.TextField(
        null=True, blank=True, db_comment="Group I or II of 40 CFR 123.45 appendix A, for serious violations; or null"
    )

    class Meta:
        ordering = ("key",)
        db_table_comment = "Pollutants that rules and limits know"

    def __str__(self) -> str:
        return self.name


class PollutantAlias(models.Model):
    """A published parameter name that means a pollutant. Anything else is not that pollutant."""

    id = models.AutoField(primary_key=True)
    name = models.TextField(unique=True, db_comment="Parameter name, casefolded, without commas and double spaces")
    pollutant = models.ForeignKey(Pollutant, on_delete=models.PROTECT, related_name="aliases")
    factor = NumericField(db_comment="Times the result: 1, or from the ion to the element (NO3 to N)")
    preference = models.SmallIntegerField(
        db_comment="Of several forms in one sample the lowest counts: 0 total, 1 total recoverable"
    )
    is_confirmed = models.BooleanField(db_comment="Whether a text was read, or practice alone says so")

    class Meta:
        ordering = ("name",)
        verbose_name_plural = "pollutant aliases"
        db_table_comment = "Published parameter names by pollutant"

    def __str__(self) -> str:
        return self.name


class UnitConversion(models.Model):
    """A unit as published, and how to get to the canonical unit of its kind."""

    id = models.AutoField(primary_key=True)
    name = models.TextField(unique=True, db_comment="Unit as published, casefolded")
    unit = models.TextField(db_comment="Canonical unit; results in different ones are never compared")
    factor = NumericField(db_comment="Times the result gives the canonical unit")

    class Meta:
        ordering = ("unit", "name")
        db_table_comment = "Units that can be converted"

    def __str__(self) -> str:
        return self.name


class QualifierClass(models.Model):
    """What a result qualifier says about the number beside it."""

    id = models.AutoField(primary_key=True)
    qualifier = models.TextField(unique=True, db_comment="Qualifier as published, upper case")
    kind = models.TextField(db_comment="equal, non_detect, not_quantified, less_than or greater_than")

    class Meta:
        ordering = ("qualifier",)
        verbose_name_plural = "qualifier classes"
        db_table_comment = "Result qualifiers by what they say"

    def __str__(self) -> str:
        return self.qualifier


class StatisticAlias(models.Model):
    """A calculated method of eSMR, or a statistical base of a limit, by what it is a statistic of."""

    id = models.AutoField(primary_key=True)
    name = models.TextField(unique=True, db_comment="Name, casefolded, without commas and double spaces")
    statistic = models.TextField(db_comment="Our short name, such as monthly_average")
    is_confirmed = models.BooleanField(db_comment="Whether the name was seen in published rows")

    class Meta:
        ordering = ("statistic", "name")
        verbose_name_plural = "statistic aliases"
        db_table_comment = "Names of statistics by what they mean"

    def __str__(self) -> str:
        return self.name


class Benchmark(models.Model):
    """A number that an order or regulation names, which results of many dischargers are compared with."""

    id = models.AutoField(primary_key=True)
    rule = models.TextField(db_comment="Rule that compares with it")
    pollutant = models.ForeignKey(Pollutant, on_delete=models.PROTECT, related_name="benchmarks")
    low = NumericField(null=True, blank=True, db_comment="Below it is an exceedance; null for no lower bound")
    high = NumericField(null=True, blank=True, db_comment="Above it is an exceedance; null for no upper bound")
    unit = models.TextField(db_comment="Unit of low and high: the pollutant's canonical one")
    statistic = models.TextField(db_comment="What is compared, such as annual_average")
    permit = models.TextField(db_comment="Order or regulation")
    section = models.TextField(db_comment="Where in it")
    valid_from = models.DateField(null=True, blank=True, db_comment="First day; null for no first day")
    valid_to = models.DateField(null=True, blank=True, db_comment="Last day; null while it is in force")
    applies_to = models.TextField(db_comment="Whose results are compared with it")
    source = models.TextField(db_comment="Where we have the number from")
    is_confirmed = models.BooleanField(db_comment="Whether the text itself was read")

    class Meta:
        ordering = ("rule", "pollutant", "valid_from")
        db_table_comment = "Benchmarks of orders and regulations"
        constraints = [
            models.UniqueConstraint(
                fields=("rule", "pollutant", "permit", "valid_from"),
                nulls_distinct=False,
                name="benchmark_unique",
            ),
            models.CheckConstraint(
                condition=models.Q(low__isnull=False) | models.Q(high__isnull=False), name="benchmark_has_a_bound"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule}: {self.pollutant.key} {self.bounds} {self.unit}"

    @property
    def bounds(self) -> str:
        """The number, or the range as `6-9`."""
        return "-".join(str(bound) for bound in (self.low, self.high) if bound is not None)
