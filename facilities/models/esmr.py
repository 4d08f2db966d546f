"""The eSMR side: a permittee's facility, known by its CIWQS place id."""

from django.db import models

from stormwater.provenance import Sourced


class EsmrFacility(Sourced):
    """A facility of the eSMR files. They give it no address: a name, a region, and locations."""

    place_id = models.IntegerField(unique=True, db_comment="facility_place_id, the CIWQS facility id")
    facility = models.ForeignKey(
        "facilities.Facility",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="esmr_facilities",
        db_comment="Canonical site; set in the transaction that brings the eSMR facility",
    )
    name = models.TextField(null=True, blank=True, db_comment="facility_name of its latest sample")
    region_published = models.TextField(null=True, blank=True, db_comment="region of its latest sample, as published")
    region = models.ForeignKey("facilities.Region", null=True, blank=True, on_delete=models.PROTECT)
    described_on = models.DateField(
        null=True, blank=True, db_comment="Sampling date of the row that name and region come from"
    )

    latitude = models.FloatField(null=True, blank=True, db_comment="Degrees; where its effluent is monitored, if known")
    longitude = models.FloatField(null=True, blank=True, db_comment="Degrees, negative in California")
    is_located_by_effluent = models.BooleanField(
        null=True, blank=True, db_comment="Whether the coordinates are those of an effluent location"
    )

    class Meta:
        ordering = ("place_id",)
        verbose_name = "eSMR facility"
        verbose_name_plural = "eSMR facilities"
        db_table_comment = "eSMR (CIWQS) facilities"

    def __str__(self) -> str:
        return f"{self.name or 'unnamed'} (eSMR {self.place_id})"
