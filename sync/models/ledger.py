"""Datasets, their resources, the runs that load them, and the raw files that runs read."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Dataset(models.Model):
    """One of the eight published datasets; its contract is code (`sync.contracts`)."""

    slug = models.TextField(primary_key=True, db_comment="Slug of the contract")
    title = models.TextField(db_comment="Title for people")

    class Meta:
        ordering = ("slug",)
        db_table_comment = "The published datasets"

    def __str__(self) -> str:
        return self.title


class Resource(models.Model):
    """What is loaded as one unit: a dataset, or one sampling year of eSMR (`esmr:2024`)."""

    id = models.AutoField(primary_key=True)
    slug = models.TextField(unique=True, db_comment="Dataset slug, with :year where every year is a file of its own")
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="resources")
    sampling_year = models.SmallIntegerField(null=True, blank=True, db_comment="Sampling year of a yearly resource")
    last_published = models.ForeignKey(
        "sync.Run",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_comment="Run whose data readers see now",
    )

    class Meta:
        ordering = ("slug",)
        db_table_comment = "Units of loading: a dataset, or one year of it"

    def __str__(self) -> str:
        return self.slug


class RawFile(models.Model):
    """A file as it was published, kept compressed under the data directory."""

    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="raw_files", db_index=False)
    sha256 = models.TextField(db_comment="SHA-256 of the uncompressed bytes, hexadecimal")
    size = models.BigIntegerField(db_comment="Uncompressed size in bytes")
    path = models.TextField(db_comment="Path of the gzip file, relative to the raw folder of the data directory")
    kept_at = models.DateTimeField(auto_now_add=True, db_comment="When the file was stored")
    removed_at = models.DateTimeField(
        null=True, blank=True, db_comment="When the clean-up removed the file; null while it is kept"
    )

    class Meta:
        ordering = ("-pk",)
        db_table_comment = "Raw files kept as evidence"
        constraints = [models.UniqueConstraint(fields=("resource", "sha256"), name="raw_file_content_unique")]

    def __str__(self) -> str:
        return f"{self.resource} {self.sha256[:12]}"


class Run(models.Model):
    """One attempt to bring one resource up to date: the ledger's entry.

    A published run is balanced, and the database holds it to that:
    read = inserted + updated + unchanged + duplicate + quarantined.
    """

    class Status(models.TextChoices):
        RUNNING = "running", "running"
        PUBLISHED = "published", "published"
        UNCHANGED = "unchanged", "unchanged"
        HELD = "held", "held"
        FAILED = "failed", "failed"

    id = models.AutoField(primary_key=True)
    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="runs", db_index=False)
    status = models.TextField(choices=Status.choices, default=Status.RUNNING, db_comment="How the run ended")
    message = models.TextField(default="", blank=True, db_comment="Why it failed, or what was unusual, in a sentence")

    source = models.TextField(db_comment="portal or directory")
    location = models.TextField(default="", db_comment="URL or path that the file came from")
    file_name = models.TextField(default="", db_comment="Name of the file at its source")
    published_on = models.DateField(null=True, blank=True, db_comment="Date that the source gives the file")
    raw_file = models.ForeignKey(RawFile, null=True, blank=True, on_delete=models.PROTECT, related_name="runs")
    etag = models.TextField(default="", blank=True, db_comment="ETag of the download, for the next conditional request")
    last_modified = models.TextField(default="", blank=True, db_comment="Last-Modified of the download")

    started_at = models.DateTimeField(db_comment="When the run claimed the resource")
    finished_at = models.DateTimeField(null=True, blank=True, db_comment="When it ended, however it ended")
    heartbeat_at = models.DateTimeField(db_comment="Last sign of life; a running run without one is dead")
    worker = models.TextField(default="", db_comment="host:process that did the work")
    claim_backend_pid = models.IntegerField(null=True, db_comment="Database backend that holds the claim")
    timings = models.JSONField(default=dict, db_comment="Seconds per step")

    rows_read = models.BigIntegerField(default=0, db_comment="Data rows of the file")
    inserted = models.BigIntegerField(default=0, db_comment="Records seen for the first time")
    updated = models.BigIntegerField(default=0, db_comment="Records with another value than before, or returned")
    unchanged = models.BigIntegerField(default=0, db_comment="Records that are as they were")
    duplicate = models.BigIntegerField(
        default=0, db_comment="Rows that repeat or are superseded by another of the file"
    )
    quarantined = models.BigIntegerField(default=0, db_comment="Rows that could not be loaded")
    removed = models.BigIntegerField(default=0, db_comment="Records that the file no longer has")
    returned = models.BigIntegerField(default=0, db_comment="Of the updated: records that had been removed")
    issues = models.BigIntegerField(default=0, db_comment="Data-quality issues (cells emptied or repaired)")

    header = models.JSONField(default=dict, db_comment="Header drift: missing, new, renamed, repeated, reordered")
    holds = models.JSONField(default=list, db_comment="Guards that stopped the run: guard and sentence")
    release_of = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="releases",
        db_comment="The held run whose file this one publishes on a person's word; a failed release may be repeated",
    )
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    release_reason = models.TextField(default="", blank=True, db_comment="Why the held file was good after all")

    class Meta:
        ordering = ("-pk",)
        db_table_comment = "The ledger: one row per attempt to load a resource"
        constraints = [
            models.UniqueConstraint(
                fields=("resource",), condition=Q(status="running"), name="run_one_at_a_time_per_resource"
            ),
            models.UniqueConstraint(fields=("release_of",), condition=~Q(status="failed"), name="run_released_once"),
            models.CheckConstraint(
                condition=~Q(status="published")
                | Q(rows_read=F("inserted") + F("updated") + F("unchanged") + F("duplicate") + F("quarantined")),
                name="run_published_is_balanced",
            ),
            models.CheckConstraint(
                condition=Q(status="running", finished_at__isnull=True)
                | (~Q(status="running") & Q(finished_at__isnull=False)),
                name="run_finished_when_not_running",
            ),
        ]
        indexes = [models.Index(fields=("resource", "-id"), name="run_resource_latest")]

    def __str__(self) -> str:
        return f"Run {self.pk} of {self.resource}"

    @property
    def is_balanced(self) -> bool:
        """Whether every row read is accounted for."""
        accounted = self.inserted + self.updated + self.unchanged + self.duplicate + self.quarantined
        return self.rows_read == accounted
