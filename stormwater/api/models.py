"""Data versions: one counter per family of data."""

from django.db import models

from stormwater.api.families import Family


class DataVersion(models.Model):
    """How often the data of a family have changed; written only by `stormwater.api.services`.

    The row is part of the transaction that changes the data, so that whoever sees the new version
    sees the new data, and the other way round.
    """

    family = models.TextField(
        primary_key=True,
        choices=[(family.value, family.value) for family in Family],
        db_comment="facilities, monitoring, violations or enforcement",
    )
    version = models.BigIntegerField(db_comment="Goes up by one with every change of the family's data")
    changed_at = models.DateTimeField(
        db_comment="When it last went up; at least a second after the time before, as HTTP dates have whole seconds"
    )

    class Meta:
        ordering = ("family",)
        db_table_comment = "One counter per family of data, for caches and conditional requests"

    def __str__(self) -> str:
        return f"{self.family} {self.version}"
