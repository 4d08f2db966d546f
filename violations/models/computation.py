"""When findings were computed, up to which data, and what that changed."""

from django.db import models


class Computation(models.Model):
    """A computation that brought something new. The latest one says how far findings are computed."""

    id = models.AutoField(primary_key=True)
    started_at = models.DateTimeField(db_comment="When it began")
    finished_at = models.DateTimeField(db_comment="When its findings were written")
    as_of = models.DateField(db_comment="Day on which years are open or closed, and levels are current")
    is_full = models.BooleanField(db_comment="Everything was judged again, not only what had changed")
    marks = models.JSONField(db_comment="Resource id -> the last published run whose samples are judged")
    fingerprint = models.UUIDField(db_comment="Hash of the rules' versions, benchmarks, names, units and limits")
    appeared = models.IntegerField(db_comment="Findings that appeared")
    changed = models.IntegerField(db_comment="Findings with another value, limit or input")
    went = models.IntegerField(db_comment="Findings that went")

    class Meta:
        ordering = ("-pk",)
        db_table_comment = "Computations of findings from samples"

    def __str__(self) -> str:
        return f"Computation {self.pk}"


class FindingChange(models.Model):
    """A finding that appeared, changed or went, and in which computation."""

    class Kind(models.TextChoices):
        """What happened to it."""

        APPEARED = "appeared", "Appeared"
        CHANGED = "changed", "Changed"
        WENT = "went", "Went"

    computation = models.ForeignKey(Computation, on_delete=models.PROTECT, related_name="changes", db_constraint=False)
    run = models.ForeignKey(
        "sync.Run",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
        db_comment="Sync that caused it; null if everything was judged again, or time alone did it",
    )
    public_id = models.TextField(db_comment="Public id of the finding")
    verdict = models.TextField(db_comment="exceedance or indeterminate")
    kind = models.TextField(choices=Kind.choices, db_comment="appeared, changed or went")
    old_values = models.JSONField(null=True, blank=True, db_comment="Of a change: fields as they were")
    new_values = models.JSONField(null=True, blank=True, db_comment="Of a change: fields as they became")

    class Meta:
        ordering = ("pk",)
        db_table_comment = "Change log of findings"
        indexes = [models.Index(fields=("public_id",), name="finding_change_finding")]

    def __str__(self) -> str:
        return f"{self.public_id} {self.kind}"
