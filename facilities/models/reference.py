"""Regions of the Water Boards and counties of California: reference data, loaded by migration."""

from django.db import models


class Region(models.Model):
    """A Regional Water Quality Control Board or one of its offices, by its usual code (`5F`)."""

    code = models.TextField(primary_key=True, db_comment="Code as staff write it, such as 2 or 5F")
    name = models.TextField(db_comment="Name of the region and office")

    class Meta:
        ordering = ("code",)
        db_table_comment = "Regions of the California Water Boards (reference data)"

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class County(models.Model):
    """A county of California. Its number is the two digits inside a WDID."""

    number = models.SmallIntegerField(primary_key=True, db_comment="1 to 58, alphabetical, as in a WDID")
    name = models.TextField(unique=True, db_comment="Name without the word County")
    fips_code = models.TextField(unique=True, db_comment="Federal code, 06001 to 06115")

    class Meta:
        ordering = ("number",)
        verbose_name_plural = "counties"
        db_table_comment = "Counties of California (reference data)"

    def __str__(self) -> str:
        return self.name
