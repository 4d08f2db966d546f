"""The canonical facility: one site, whatever the two systems call it."""

from django.db import models
from django.db.models.functions import Upper

from stormwater.api.keyset import text_key


class Facility(models.Model):
    """A site with a stable public id, to which enrollments and eSMR facilities belong.

    Name, place and region are copied from its best member (`facilities.services.membership`), so that a
    list of facilities is one table.
    """

    public_id = models.TextField(
        unique=True,
        db_comment="Stable id in URLs: fac-a<APP_ID>, fac-w<WDID> or fac-e<place id> of the founding member",
    )
    name = models.TextField(null=True, blank=True, db_comment="Name of the best member")
    operator_name = models.TextField(null=True, blank=True, db_comment="Operator of the best member")
    address = models.TextField(null=True, blank=True, db_comment="Street address of the best member")
    city = models.TextField(null=True, blank=True, db_comment="City of the best member")
    county = models.ForeignKey("facilities.County", null=True, blank=True, on_delete=models.PROTECT)
    region = models.ForeignKey("facilities.Region", null=True, blank=True, on_delete=models.PROTECT)
    latitude = models.FloatField(null=True, blank=True, db_comment="Degrees, WGS 84")
    longitude = models.FloatField(null=True, blank=True, db_comment="Degrees, WGS 84, negative in California")
    has_esmr = models.BooleanField(default=False, db_comment="Has at least one published eSMR facility")
    has_smarts = models.BooleanField(default=False, db_comment="Has at least one published SMARTS enrollment")
    merged_into = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="merged",
        db_comment="Facility that this one's members belong to now; null while it has members of its own",
    )
    created_at = models.DateTimeField(auto_now_add=True, db_comment="When the facility was first known")

    class Meta:
        ordering = ("pk",)
        verbose_name_plural = "facilities"
        db_table_comment = "Canonical facilities (sites)"
        indexes = [
            models.Index(text_key("name"), "id", name="facility_by_name"),
            models.Index(fields=("latitude", "longitude"), name="facility_place"),
            models.Index(Upper("city"), name="facility_city"),
            models.Index(fields=("id",), condition=models.Q(has_esmr=True), name="facility_with_esmr"),
            models.Index(
                fields=("county", "region", "has_esmr", "has_smarts"),
                condition=models.Q(merged_into=None),
                name="facility_counted",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="facility_coordinates_in_california",
                condition=models.Q(latitude__isnull=True, longitude__isnull=True)
                | models.Q(latitude__range=(32, 42.1), longitude__range=(-124.6, -114)),
                violation_error_message="A facility's coordinates lie in California or are unknown.",
            ),
            models.CheckConstraint(
                name="facility_not_merged_into_itself",
                condition=~models.Q(merged_into=models.F("id")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name or 'unnamed'} ({self.public_id})"
