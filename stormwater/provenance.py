"""Where a record comes from: the columns that every synced table has.

The sync writes them; everything else only reads them. `run` and `line` lead from any record to
the exact line of the raw file that it was read from.
"""

from django.db import models


class Sourced(models.Model):
    """A row read from a published file."""

    run = models.ForeignKey(
        "sync.Run",
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_comment="Run that wrote the present values",
    )
    line = models.IntegerField(db_comment="Line of that run's file (the header is line 1)")

    class Meta:
        abstract = True


class SourcedRecord(Sourced):
    """A record with a key of its own in the source: it can change, vanish and return."""

    content_hash = models.UUIDField(db_comment="Hash of the typed values: equal means unchanged")
    first_seen_at = models.DateTimeField(db_comment="Publish that brought the record")
    changed_at = models.DateTimeField(db_comment="Publish that last changed a value, removed it or brought it back")
    removed_by = models.ForeignKey(
        "sync.Run",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_comment="Run whose file no longer had the record; null while it is published",
    )

    class Meta:
        abstract = True
