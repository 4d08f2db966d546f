"""The crosswalk: what the CIWQS facility list says of an eSMR facility."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models

from stormwater.api.searching import SearchText

# What a search looks through.
CROSSWALK_TEXT = SearchText("name", "agency_name", "address", "city", "npdes_number")


class CrosswalkEntry(models.Model):
    """A row of the CIWQS facility list, by place id; its eSMR facility may not have reported yet."""

    place_id = models.IntegerField(unique=True, db_comment="CIWQS facility id, the facility_place_id of eSMR")
    name = models.TextField(null=True, blank=True, db_comment="Name in CIWQS")
    agency_name = models.TextField(null=True, blank=True, db_comment="Agency that holds the permit")
    address = models.TextField(null=True, blank=True, db_comment="Street address of the plant")
    city = models.TextField(null=True, blank=True, db_comment="City of the address")
    zip_code = models.TextField(null=True, blank=True, db_comment="ZIP code of the address")
    county_published = models.TextField(null=True, blank=True, db_comment="County as the list writes it")
    county = models.ForeignKey("facilities.County", null=True, blank=True, on_delete=models.PROTECT)
    region_published = models.TextField(null=True, blank=True, db_comment="Region as the list writes it")
    region = models.ForeignKey("facilities.Region", null=True, blank=True, on_delete=models.PROTECT)
    latitude = models.FloatField(null=True, blank=True, db_comment="Degrees, inside California; often a kilometer off")
    longitude = models.FloatField(null=True, blank=True, db_comment="Degrees, negative in California")
    ciwqs_wdid = models.TextField(null=True, blank=True, db_comment="WDID in CIWQS; no SMARTS WDID")
    npdes_number = models.TextField(null=True, blank=True, db_comment="NPDES permit number")
    file_name = models.TextField(db_comment="File that the entry was last read from")
    line = models.IntegerField(db_comment="Line of that file (the header is line 1)")
    imported_at = models.DateTimeField(db_comment="When a value last changed")

    class Meta:
        ordering = ("place_id",)
        verbose_name = "crosswalk entry"
        verbose_name_plural = "crosswalk entries"
        db_table_comment = "CIWQS facility list: agency, address, position and permit number by place id"
        indexes = [
            models.Index(fields=("npdes_number",), name="crosswalk_npdes_number"),
            GinIndex(OpClass(CROSSWALK_TEXT, name="gin_trgm_ops"), name="crosswalk_search"),
        ]

    def __str__(self) -> str:
        return f"{self.name or 'unnamed'} (CIWQS {self.place_id})"
