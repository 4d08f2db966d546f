"""The unified list: regulatory violations and computed exceedances as rows of one table.

A table and not a view, so that every filter has an index in the order of the list, and a page costs
the same wherever it lies (docs/decisions/0014-the-unified-list-is-a-table.md). It is made of the
records (`violations.refreshing`) and says nothing that they do not.
"""

from django.db import models
from django.db.models import Q

from stormwater.api.keyset import date_key
from violations.rules import unified


class UnifiedFinding(models.Model):
    """One regulatory violation, or one computed exceedance, which is not a violation of the permit.

    There is a row as long as the record is published or the finding stands. One that goes and returns
    has its `public_id` again, and another number.
    """

    public_id = models.TextField(db_comment="That of the exceedance, or smarts- and VIOLATION_ID")
    source = models.TextField(
        choices=[(source, source) for source in unified.SOURCES], db_comment="Who says so: see violations.rules.unified"
    )
    exceedance = models.OneToOneField(
        "violations.Exceedance",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="unified",
        db_constraint=False,
        db_comment="The finding, of a computed one",
    )
    violation = models.OneToOneField(
        "violations.RegulatoryViolation",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="unified",
        db_constraint=False,
        db_comment="The record, of a regulatory one",
    )
    facility = models.ForeignKey(
        "facilities.Facility",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
        db_comment="Canonical facility, the surviving one after a merge; null for an orphan",
    )
    enrollment = models.ForeignKey(
        "facilities.SmartsEnrollment",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
        db_comment="Discharger under a stormwater permit; null for a plant or an orphan",
    )
    esmr_facility = models.ForeignKey(
        "facilities.EsmrFacility",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
        db_comment="Plant; null for a discharger under a stormwater permit",
    )
    wdid = models.TextField(null=True, blank=True, db_comment="WDID of the record, or of the finding's enrollment")
    county = models.ForeignKey(
        "facilities.County",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
        db_comment="Of the enrollment, else of the facility",
    )
    region = models.ForeignKey(
        "facilities.Region",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
        db_comment="Of the record, else of the enrollment or plant, else of the facility",
    )
    type = models.TextField(null=True, blank=True, db_comment="VIOLATION_TYPE as published, or the rule")
    pollutant = models.ForeignKey(
        "violations.Pollutant",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
        db_comment="Of a finding; the record names none",
    )
    status = models.TextField(
        null=True, blank=True, db_comment="VIOLATION_STATUS as published; of a finding: see violations.rules.unified"
    )
    event_date = models.DateField(
        null=True,
        blank=True,
        db_comment="Day it occurred as published; of a finding the last day of its period, "
        "or of its latest result while the year is open",
    )
    period_start = models.DateField(null=True, blank=True, db_comment="First day of what it is about")
    period_end = models.DateField(null=True, blank=True, db_comment="Last day of what it is about")
    discovery_date = models.DateField(null=True, blank=True, db_comment="Day it was discovered, as published")
    reporting_year = models.SmallIntegerField(
        null=True, blank=True, db_comment="July to June, by its first year; null without a date"
    )
    priority = models.TextField(null=True, blank=True, db_comment="VIOLATION_PRIORITY as published; none of a finding")
    is_serious = models.BooleanField(
        null=True,
        blank=True,
        db_comment="SERIOUS_VIOLATION as published; of a loaded permit limit Water Code 13385(h)",
    )
    is_provisional = models.BooleanField(
        null=True, blank=True, db_comment="Of a finding: its year is open; null for a record"
    )
    permit = models.TextField(
        null=True, blank=True, db_comment="PERMIT_TYPE as published; of a finding the order or permit of its limit"
    )
    duplicate_group = models.TextField(
        null=True, blank=True, db_comment="Rows of one group are probably one event; null where there is no other"
    )
    is_confirmed_duplicate = models.BooleanField(
        null=True, blank=True, db_comment="Staff confirmed a pair of this row; false: probable; null: not in a group"
    )
    is_group_lead = models.BooleanField(
        db_comment="The row that stands for its group, or one without a group: a list of these has each event once"
    )
    changed_at = models.DateTimeField(db_comment="When the row last changed")

    class Meta:
        ordering = ("pk",)
        db_table_comment = "Regulatory violations and computed exceedances as one list"
        constraints = [
            models.CheckConstraint(
                condition=Q(exceedance__isnull=False, violation__isnull=True)
                | Q(exceedance__isnull=True, violation__isnull=False),
                name="unified_finding_of_one_record",
            ),
            models.UniqueConstraint(fields=("public_id",), name="unified_finding_public_id_unique"),
        ]
        indexes = [
            models.Index(date_key("event_date"), "id", name="unified_by_date"),
            models.Index("facility", date_key("event_date"), "id", name="unified_facility"),
            models.Index("county", date_key("event_date"), "id", name="unified_county"),
            models.Index("region", date_key("event_date"), "id", name="unified_region"),
            models.Index("source", date_key("event_date"), "id", name="unified_source"),
            models.Index("type", date_key("event_date"), "id", name="unified_type"),
            models.Index("pollutant", date_key("event_date"), "id", name="unified_pollutant"),
            models.Index("status", date_key("event_date"), "id", name="unified_status"),
            models.Index("reporting_year", date_key("event_date"), "id", name="unified_reporting_year"),
            models.Index(
                "priority",
                date_key("event_date"),
                "id",
                condition=Q(priority__isnull=False),
                name="unified_priority",
            ),
            models.Index(date_key("event_date"), "id", condition=Q(is_serious=True), name="unified_serious"),
            models.Index(fields=("enrollment",), name="unified_enrollment"),
            models.Index(
                fields=("esmr_facility",), condition=Q(esmr_facility__isnull=False), name="unified_esmr_facility"
            ),
            models.Index(fields=("wdid",), condition=Q(wdid__isnull=False), name="unified_wdid"),
            models.Index(fields=("duplicate_group",), condition=Q(duplicate_group__isnull=False), name="unified_group"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.public_id}"

    @property
    def is_computed(self) -> bool:
        """Whether it was computed from samples, and so is no violation of the permit."""
        return self.exceedance_id is not None
