"""What runs found: rows that could not be loaded, cells that were no values, records that changed."""

from django.db import models

from sync.models.ledger import Resource, Run


class QuarantinedRow(models.Model):
    """A row that could not be loaded, kept as it was, with the reason."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="quarantined_rows", db_index=False)
    line = models.IntegerField(db_comment="Line of the file on which the row begins (the header is line 1)")
    reason = models.TextField(db_comment="Code of the reason, such as ragged_row or missing_key")
    detail = models.TextField(default="", db_comment="The reason in a sentence")
    raw_text = models.TextField(db_comment="The row as it was read (NUL bytes shown as U+2400)")

    class Meta:
        ordering = ("run", "line")
        db_table_comment = "Rows that could not be loaded"
        constraints = [models.UniqueConstraint(fields=("run", "line"), name="quarantined_row_line_unique")]

    def __str__(self) -> str:
        return f"Line {self.line} of run {self.run_id}: {self.reason}"


class DataQualityIssue(models.Model):
    """A cell that was emptied or repaired, or something else worth knowing about one line."""

    # A file can bring a million of them: as for samples, no trigger per row (decision 0003).
    run = models.ForeignKey(
        Run, on_delete=models.CASCADE, related_name="data_quality_issues", db_index=False, db_constraint=False
    )
    line = models.IntegerField(db_comment="Line of the file; 1 for an issue with the header")
    column = models.TextField(db_comment="Published column name; empty for an issue of the whole row")
    code = models.TextField(db_comment="What is wrong, such as not_a_date or coordinate_outside_california")
    raw_value = models.TextField(default="", db_comment="The cell as published")
    stored_value = models.TextField(null=True, db_comment="What was stored instead; null if nothing")
    text_hash = models.UUIDField(
        null=True,
        editable=False,
        db_comment="Hash of the sample's published line, by which the next file's row is known; null where it is not",
    )

    class Meta:
        ordering = ("run", "line")
        verbose_name = "data-quality issue"
        db_table_comment = "Cells emptied or repaired, per run and line"
        indexes = [models.Index(fields=("run", "code"), name="issue_run_code")]

    def __str__(self) -> str:
        return f"Line {self.line} of run {self.run_id}: {self.code} in {self.column or 'the row'}"


class RecordChange(models.Model):
    """One field of one keyed record that a run changed, or the record's removal or return."""

    class Kind(models.TextChoices):
        UPDATED = "updated", "updated"
        REMOVED = "removed", "removed"
        RETURNED = "returned", "returned"

    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="changes", db_index=False)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="changes")
    kind = models.TextField(choices=Kind.choices, db_comment="updated, removed or returned")
    record_key = models.TextField(db_comment="Key in the source: an event's id, or APP_ID|WDID")
    field = models.TextField(default="", db_comment="Model field; empty for a removal or return")
    old_value = models.TextField(null=True, db_comment="Value before, as text")
    new_value = models.TextField(null=True, db_comment="Value after, as text")

    class Meta:
        ordering = ("-pk",)
        db_table_comment = "Every real change of a keyed record"
        indexes = [
            models.Index(fields=("resource", "record_key"), name="change_record"),
            models.Index(fields=("resource", "id"), name="change_resource_order"),
        ]

    def __str__(self) -> str:
        return f"{self.record_key} {self.kind} {self.field}".strip()
