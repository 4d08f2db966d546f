"""What keeps the system going unattended: the work that follows a publish, alerts, and signs of life."""

from django.db import models
from django.db.models import Q


class FollowUp(models.Model):
    """A step that follows each publish, and up to where it has done its work."""

    class Status(models.TextChoices):
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"

    name = models.TextField(primary_key=True, db_comment="Name of the step")
    status = models.TextField(choices=Status.choices, db_comment="At work, or how its last run ended")
    message = models.TextField(default="", blank=True, db_comment="Why it failed, in a sentence")
    marks = models.JSONField(
        default=dict, db_comment="Published run per resource (slug to run id) that the work was last done for"
    )
    occasion = models.DateField(null=True, db_comment="Latest January 1 or July 1 that the work was done since")
    started_at = models.DateTimeField(db_comment="When its last run began")
    finished_at = models.DateTimeField(null=True, blank=True, db_comment="When its last run ended, however it ended")
    heartbeat_at = models.DateTimeField(db_comment="Last sign of life; a running step without one is dead")
    worker = models.TextField(default="", db_comment="host:process that does or did the work")
    claim_backend_pid = models.IntegerField(null=True, db_comment="Database backend that holds the claim")

    class Meta:
        ordering = ("name",)
        verbose_name = "follow-up"
        db_table_comment = "Work that follows each publish, and up to where each step has come"
        constraints = [
            models.CheckConstraint(
                condition=Q(status="running", finished_at__isnull=True)
                | (~Q(status="running") & Q(finished_at__isnull=False)),
                name="follow_up_finished_when_not_running",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Alert(models.Model):
    """Something that operators should know, for as long as it is so."""

    cause = models.TextField(db_comment="What is wrong, as a code with its object: held:esmr:2024, queue:sync")
    sentence = models.TextField(db_comment="What is wrong, for people; as it was when last checked")
    opened_at = models.DateTimeField(db_comment="When it was first found")
    closed_at = models.DateTimeField(null=True, blank=True, db_comment="When it was found to be over; null until then")
    told_at = models.DateTimeField(null=True, blank=True, db_comment="When operators were sent the alert")
    told_over_at = models.DateTimeField(null=True, blank=True, db_comment="When operators were sent that it is over")

    class Meta:
        ordering = ("-pk",)
        db_table_comment = "What operators should know, while it lasts and after"
        constraints = [
            models.UniqueConstraint(fields=("cause",), condition=Q(closed_at__isnull=True), name="alert_open_once"),
        ]

    def __str__(self) -> str:
        return self.cause


class SignOfLife(models.Model):
    """When a part of the system that runs on its own was last heard of."""

    name = models.TextField(primary_key=True, db_comment="Which part: beat (heard of through a worker)")
    heard_at = models.DateTimeField(db_comment="When it was last heard of")

    class Meta:
        verbose_name_plural = "signs of life"
        db_table_comment = "When beat and its worker were last heard of"

    def __str__(self) -> str:
        return self.name


class PendingIndex(models.Model):
    """An index that a table of samples is without until the last file of its first load is in."""

    table = models.TextField(db_comment="The table that is without it")
    statement = models.TextField(db_comment="SQL statement that builds it, or its constraint")

    class Meta:
        ordering = ("pk",)
        verbose_name_plural = "pending indexes"
        db_table_comment = "Indexes that are built when the first load of a table is done; empty but for then"

    def __str__(self) -> str:
        return self.statement

    @property
    def is_constraint(self) -> bool:
        """Whether it is a constraint, which takes over an index that is built before it."""
        return self.statement.startswith("ALTER TABLE")
