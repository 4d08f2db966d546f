"""What the matcher keeps between two runs, so that a small change stays small. All of it can be worked out anew."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from facilities.models.enrollment import SmartsEnrollment
from facilities.models.esmr import EsmrFacility

# Without `fastupdate` no entry waits unsorted, to be read through by every search until the next vacuum.


class IndexedEnrollment(models.Model):
    """An enrollment as the last run saw it."""

    enrollment = models.OneToOneField(
        SmartsEnrollment, primary_key=True, on_delete=models.CASCADE, related_name="indexed"
    )
    fingerprint = models.UUIDField(db_comment="content_hash of the enrollment then")
    keys = ArrayField(models.IntegerField(), db_comment="Numbers under which it meets eSMR facilities")
    site_keys = ArrayField(models.IntegerField(), db_comment="Numbers under which it meets others of its site")
    words = ArrayField(models.TextField(), db_comment="Words that are counted")
    other_words = ArrayField(models.TextField(), db_comment="Words whose rarity is asked for beside these")
    site_id = models.BigIntegerField(db_comment="Enrollment that names its site: the least key of the group")

    class Meta:
        db_table_comment = "Enrollments as the last run of the matcher saw them"
        indexes = [
            GinIndex(fields=("keys",), name="indexed_enrollment_keys", fastupdate=False),
            GinIndex(fields=("site_keys",), name="indexed_enrollment_site_keys", fastupdate=False),
            models.Index(fields=("site_id",), name="indexed_enrollment_site"),
        ]

    def __str__(self) -> str:
        return f"Enrollment {self.enrollment_id} as matched"


class IndexedEsmrFacility(models.Model):
    """An eSMR facility, with its crosswalk entry, as the last run saw it."""

    esmr_facility = models.OneToOneField(
        EsmrFacility, primary_key=True, on_delete=models.CASCADE, related_name="indexed"
    )
    fingerprint = models.UUIDField(db_comment="Hash of the facility's and the crosswalk's values then")
    keys = ArrayField(models.IntegerField(), db_comment="Numbers under which it looks for enrollments")
    words = ArrayField(models.TextField(), db_comment="Words whose rarity is asked for")

    class Meta:
        db_table_comment = "eSMR facilities as the last run of the matcher saw them"
        indexes = [GinIndex(fields=("keys",), name="indexed_esmr_keys", fastupdate=False)]

    def __str__(self) -> str:
        return f"eSMR facility {self.esmr_facility_id} as matched"


class IndexedPair(models.Model):
    """A pair that the last run found likely enough to matter to others: proposed, or one that could be a rival."""

    esmr_facility = models.ForeignKey(EsmrFacility, on_delete=models.CASCADE, related_name="+", db_index=False)
    enrollment = models.ForeignKey(SmartsEnrollment, on_delete=models.CASCADE, related_name="+")

    class Meta:
        db_table_comment = "Pairs that the last run of the matcher found likely enough to matter to others"
        constraints = [
            models.UniqueConstraint(fields=("esmr_facility", "enrollment"), name="indexed_pair_unique"),
        ]

    def __str__(self) -> str:
        return f"eSMR facility {self.esmr_facility_id} - enrollment {self.enrollment_id}"


class MatchWord(models.Model):
    """How many enrollments have a word in their name or operator."""

    word = models.TextField(primary_key=True, db_comment="A word, or its first five letters with a hyphen")
    enrollments = models.IntegerField(db_comment="Enrollments that have it")

    class Meta:
        db_table_comment = "Word counts over all enrollments, by which the matcher tells rare words"

    def __str__(self) -> str:
        return f"{self.word} ({self.enrollments})"


class StalePlant(models.Model):
    """A plant whose decisions changed while facilities could not be put together; the next run does it."""

    esmr_facility = models.OneToOneField(EsmrFacility, primary_key=True, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField(db_comment="When the decision was made")

    class Meta:
        db_table_comment = "Plants whose decisions have not reached their facilities yet"

    def __str__(self) -> str:
        return f"eSMR facility {self.esmr_facility_id}"


class MatcherRun(models.Model):
    """A run of the matcher."""

    started_at = models.DateTimeField(db_comment="When it started")
    finished_at = models.DateTimeField(db_comment="When it was done")
    is_full = models.BooleanField(db_comment="Whether it matched everything")
    why_full = models.TextField(blank=True, default="", db_comment="Why everything was matched without being asked for")
    matcher_version = models.TextField(db_comment="Hash of the matcher's code and weights")
    model_version = models.TextField(db_comment="Version of the weights")
    counts = models.JSONField(db_comment="What it did: plants matched, pairs by state, links, facilities moved")

    class Meta:
        ordering = ("pk",)
        db_table_comment = "Runs of the matcher"

    def __str__(self) -> str:
        return f"Matcher run {self.pk}"
