"""Effluent limits of single permits, as staff load them."""

from django.db import models
from django.db.models import Q

from stormwater.fields import NumericField


class PermitLimit(models.Model):
    """One limit of one permit for one plant, at one of its locations or at all of its effluent.

    The plant is named by its place id or, as the permit has it, by its NPDES number. The number is
    kept as given; `esmr_facility` is null while nobody knows which plant it belongs to.
    """

    id = models.AutoField(primary_key=True)
    facility_place_id = models.IntegerField(null=True, blank=True, db_comment="CIWQS place id, as given")
    npdes_number = models.TextField(null=True, blank=True, db_comment="NPDES permit number, as given")
    esmr_facility = models.ForeignKey(
        "facilities.EsmrFacility",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="permit_limits",
        db_comment="The plant; null until its place id or NPDES number is known",
    )
    location = models.TextField(
        null=True, blank=True, db_comment="Name or place id of the location; null for every effluent location"
    )
    pollutant = models.ForeignKey("violations.Pollutant", on_delete=models.PROTECT, related_name="permit_limits")
    statistic = models.TextField(db_comment="Statistic that is compared, such as monthly_average")
    low = NumericField(null=True, blank=True, db_comment="Below it is an exceedance")
    high = NumericField(null=True, blank=True, db_comment="Above it is an exceedance")
    unit = models.TextField(db_comment="Canonical unit of low and high; other units are never compared")
    uses_median = models.BooleanField(
        default=False, db_comment="Compare the median of the month's laboratory results (the permit asks for it)"
    )
    valid_from = models.DateField(null=True, blank=True, db_comment="First day; null for no first day")
    valid_to = models.DateField(null=True, blank=True, db_comment="Last day; null while it is in force")
    source = models.TextField(blank=True, db_comment="Order and section, as given")
    imported_at = models.DateTimeField(db_comment="Import that last wrote the row")

    class Meta:
        ordering = ("esmr_facility", "pollutant", "statistic", "valid_from")
        db_table_comment = "Effluent limits of single permits, loaded by staff"
        constraints = [
            models.UniqueConstraint(
                fields=(
                    "facility_place_id",
                    "npdes_number",
                    "location",
                    "pollutant",
                    "statistic",
                    "unit",
                    "valid_from",
                ),
                nulls_distinct=False,
                name="permit_limit_unique",
            ),
            models.CheckConstraint(
                condition=Q(facility_place_id__isnull=False) | Q(npdes_number__isnull=False),
                name="permit_limit_has_a_plant",
            ),
            models.CheckConstraint(
                condition=Q(low__isnull=False) | Q(high__isnull=False), name="permit_limit_has_a_bound"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pollutant} {self.statistic} of {self.facility_place_id or self.npdes_number}"
