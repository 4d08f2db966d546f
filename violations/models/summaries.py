"""Sums that lists and dashboards read: per facility, and per cell of a table by kind, place and month.

Both follow from the unified list, ERA levels, inspections and enforcement actions, and are kept in
line with them by `violations.refreshing`.
"""

from django.db import models
from django.db.models import F, Q

from violations.rules import unified, vocabulary


class FacilitySummary(models.Model):
    """What there is about a canonical facility. Every facility with members has one, zeros included."""

    facility = models.OneToOneField(
        "facilities.Facility",
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="summary",
        db_constraint=False,
        db_comment="The surviving facility after a merge",
    )
    violations_on_record = models.IntegerField(db_comment="Regulatory violations of status Violation")
    violations_potential = models.IntegerField(db_comment="Of status Potential: generated, or to be verified")
    violations_dismissed = models.IntegerField(db_comment="Of status Dismissed, by the Water Boards")
    violations_other = models.IntegerField(db_comment="Of any other status, or none")
    violations_serious = models.IntegerField(db_comment="Marked as serious, of any status but Dismissed")
    latest_violation_date = models.DateField(
        null=True, blank=True, db_comment="Latest occurrence of one that is not dismissed"
    )
    exceedances_esmr = models.IntegerField(db_comment="Standing exceedances computed from eSMR, dismissed ones apart")
    exceedances_smarts = models.IntegerField(db_comment="The same from stormwater samples")
    exceedances_provisional = models.IntegerField(db_comment="Of both, those of a year that is open")
    exceedances_serious = models.IntegerField(db_comment="Of both, serious against a loaded permit limit")
    exceedances_dismissed = models.IntegerField(db_comment="Standing exceedances that staff dismissed")
    latest_exceedance_date = models.DateField(
        null=True, blank=True, db_comment="Event date of the latest exceedance that is not dismissed"
    )
    worst_era_level = models.TextField(
        null=True,
        blank=True,
        choices=[(level, level) for level in vocabulary.LEVELS],
        db_comment="Highest estimated level in force of any parameter and enrollment in the year of the latest "
        "computation; null where none has a level",
    )
    inspections = models.IntegerField(db_comment="Published inspections")
    last_inspection_date = models.DateField(null=True, blank=True, db_comment="Day of the latest one")
    enforcement_actions = models.IntegerField(db_comment="Published enforcement actions")
    enforcement_active = models.IntegerField(db_comment="Of status Active: duties are open")
    last_enforcement_date = models.DateField(null=True, blank=True, db_comment="Issuance of the latest action")
    changed_at = models.DateTimeField(db_comment="When a number last changed")

    class Meta:
        ordering = ("pk",)
        verbose_name_plural = "facility summaries"
        db_table_comment = "Findings, levels, inspections and enforcement of each facility, in numbers"
        indexes = [
            models.Index(
                F("violations_on_record").desc(),
                (F("exceedances_esmr") + F("exceedances_smarts")).desc(),
                condition=Q(violations_on_record__gt=0) | Q(exceedances_esmr__gt=0) | Q(exceedances_smarts__gt=0),
                name="summary_most_findings",
            ),
        ]

    def __str__(self) -> str:
        return f"Findings of {self.facility}"


class FindingCount(models.Model):
    """How many there are of one kind, status, place and month: dashboards add up these instead of the records."""

    source = models.TextField(
        choices=[(source, source) for source in (*unified.SOURCES, *unified.EVENTS)],
        db_comment="Source of the unified list, or ENFORCEMENT or INSPECTION",
    )
    type = models.TextField(null=True, blank=True, db_comment="Type, rule, ENFORCEMENT_TYPE or INSPECTION_PURPOSE")
    status = models.TextField(null=True, blank=True, db_comment="Status as the list has it, or as published")
    county = models.ForeignKey(
        "facilities.County",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    region = models.ForeignKey(
        "facilities.Region",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    reporting_year = models.SmallIntegerField(null=True, blank=True, db_comment="July to June, by its first year")
    month = models.DateField(null=True, blank=True, db_comment="First day of the month of the event date")
    findings = models.IntegerField(db_comment="How many there are")
    serious = models.IntegerField(db_comment="Of those, marked as serious")

    class Meta:
        ordering = ("pk",)
        db_table_comment = "Numbers of findings, enforcement actions and inspections by kind, place and month"
        constraints = [
            models.UniqueConstraint(
                fields=("source", "month", "type", "status", "county", "region", "reporting_year"),
                nulls_distinct=False,
                name="finding_count_unique",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.findings} {self.source} {self.type} {self.month}"


class StaleRecord(models.Model):
    """Something that changed and that the list, the sums and the pairs do not show yet.

    Written by triggers in the transaction of the change, whoever makes it, so that none is missed;
    the next refresh takes the rows that it can see (docs/decisions/0014-the-unified-list-is-a-table.md).
    """

    class Kind(models.TextChoices):
        """What changed."""

        FACILITY = "facility", "Members, county or region of a facility"
        ENROLLMENT = "enrollment", "Records or findings of an enrollment"
        PLANT = "plant", "Findings of a plant"
        ORPHAN = "orphan", "A violation without an enrollment"
        EVENTS = "events", "Inspections or enforcement actions"
        EVERYTHING = "everything", "All of it"

    kind = models.TextField(choices=Kind.choices, db_comment="What changed")
    record_id = models.BigIntegerField(db_comment="Its id; 0 for events and everything")

    class Meta:
        ordering = ("pk",)
        db_table_comment = "What the next refresh of the unified list and its sums has to look at"

    def __str__(self) -> str:
        return f"{self.kind} {self.record_id}"
