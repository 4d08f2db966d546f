"""The common part of the two sample tables."""

from django.db import models


class SampleContext(models.Model):
    """A report or a location: what many samples share, told apart by all that was published of it.

    Its foreign keys carry no trigger in the database either; they are found by the statement that inserts the row.
    """

    id = models.AutoField(primary_key=True)
    content_hash = models.UUIDField(unique=True, db_comment="Hash of all published values: the identity")
    run = models.ForeignKey(
        "sync.Run",
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
        db_comment="Run that wrote the present values",
    )
    line = models.IntegerField(db_comment="Line of that run's file (the header is line 1)")

    class Meta:
        abstract = True


class Sample(models.Model):
    """What every sample row has: provenance, identity, and what was measured.

    Identity is the content: the source has no key. A correction is therefore one row removed and
    one added. Foreign keys carry no trigger in the database: thirteen million rows are inserted
    set-wise from joins with the very tables that they point to, and those rows are never deleted
    (docs/decisions/0003-no-foreign-key-triggers-on-samples.md).
    """

    resource = models.ForeignKey(
        "sync.Resource",
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
        db_comment="Resource (dataset, or eSMR year) whose file has the row",
    )
    run = models.ForeignKey(
        "sync.Run",
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
        db_comment="Run that inserted the row, or brought it back",
    )
    line = models.IntegerField(db_comment="Line of that run's file (the header is line 1)")
    removed_by = models.ForeignKey(
        "sync.Run",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
        db_comment="Run whose file no longer had the row; null while it is published",
    )
    copies = models.IntegerField(db_comment="How many times the file has this very row")
    content_hash = models.UUIDField(db_comment="Hash of the typed row: its identity within the resource")
    text_hash = models.UUIDField(
        null=True,
        blank=True,
        db_comment="Hash of the published line, by which the row is known again in the next file; "
        "null if some cell was emptied or repaired",
    )
    parameter = models.ForeignKey(
        "monitoring.Parameter", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    unit = models.ForeignKey(
        "monitoring.Unit",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    method = models.ForeignKey(
        "monitoring.Method",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )

    class Meta:
        abstract = True
