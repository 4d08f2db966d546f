"""Pairs of a violation and an exceedance that may be one event, and what staff decided.

Decisions are append-only, as those about matches: one is live per pair or finding, an undo is a row
of its own, and a trigger keeps all of them as they are.
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class PairState(models.TextChoices):
    """How a pair stands."""

    PROBABLE = "probable", "Probably one event"
    CONFIRMED = "confirmed", "Confirmed by staff"
    REJECTED = "rejected", "Two events, by staff"


class DuplicatePair(models.Model):
    """A violation on record and a computed exceedance that are probably one event. Both stay as they are.

    It is a row as long as the rules propose it, or staff ever decided about it.
    """

    exceedance = models.ForeignKey(
        "violations.Exceedance", on_delete=models.PROTECT, related_name="duplicate_pairs", db_constraint=False
    )
    violation = models.ForeignKey(
        "violations.RegulatoryViolation",
        on_delete=models.PROTECT,
        related_name="duplicate_pairs",
        db_constraint=False,
        db_index=False,
    )
    score = models.FloatField(db_comment="What speaks for one event, 0 to 1; no probability")
    reasons = ArrayField(models.TextField(), db_comment="What speaks for it, in words")
    is_proposed = models.BooleanField(db_comment="The rules propose it still, by what both say now")
    state = models.TextField(
        choices=PairState.choices, default=PairState.PROBABLE, db_comment="How it stands, after staff"
    )
    version = models.IntegerField(default=1, db_comment="Counts up with every change that staff should see")
    changed_at = models.DateTimeField(db_comment="When it last changed")

    class Meta:
        ordering = ("pk",)
        db_table_comment = "Violations on record and computed exceedances that may be one event"
        constraints = [
            models.UniqueConstraint(fields=("violation", "exceedance"), name="duplicate_pair_unique"),
        ]
        permissions = [("decide_duplicatepair", "Can decide duplicates")]

    def __str__(self) -> str:
        return f"Pair {self.pk}"


class StaffDecision(models.Model):
    """What every decision has.

    Only `is_live` changes, from true to false, and the reviewer's key, which is emptied with the account.
    """

    reason = models.TextField(blank=True, default="", db_comment="Why, in the reviewer's words")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    reviewer_name = models.TextField(db_comment="Login of the reviewer, kept when it is gone")
    decided_at = models.DateTimeField(db_comment="When")
    is_live = models.BooleanField(db_comment="Whether it is in force")
    supersedes = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_comment="The one that was live before it",
    )
    reverts = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_comment="What it takes back",
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.verdict_in_words} by {self.reviewer_name}"

    @property
    def verdict_in_words(self) -> str:
        """What was decided."""
        raise NotImplementedError


class DuplicateVerdict(models.TextChoices):
    """What a decision about a pair says."""

    CONFIRMED = "confirmed", "One event"
    REJECTED = "rejected", "Two events"
    UNDONE = "undone", "Taken back"


class DuplicateDecision(StaffDecision):
    """One decision about a pair. Never changed, never deleted."""

    pair = models.ForeignKey(DuplicatePair, on_delete=models.PROTECT, related_name="decisions")
    verdict = models.TextField(choices=DuplicateVerdict.choices, db_comment="What was decided")
    score = models.FloatField(db_comment="Score as seen")
    reasons = ArrayField(models.TextField(), db_comment="Reasons as seen")

    class Meta:
        ordering = ("pk",)
        db_table_comment = "Decisions about duplicate pairs, append-only"
        constraints = [
            models.UniqueConstraint(fields=("pair",), condition=Q(is_live=True), name="duplicate_decision_live_unique"),
            models.CheckConstraint(
                condition=~Q(verdict="undone", is_live=True), name="duplicate_decision_undone_is_not_live"
            ),
        ]

    @property
    def verdict_in_words(self) -> str:
        """What was decided."""
        return str(self.get_verdict_display())


class DismissalVerdict(models.TextChoices):
    """What a decision about an exceedance says."""

    DISMISSED = "dismissed", "Dismissed"
    UNDONE = "undone", "Taken back"


class DismissalDecision(StaffDecision):
    """One decision about a computed exceedance: it stays, marked, and stands again with other inputs."""

    exceedance = models.ForeignKey(
        "violations.Exceedance", on_delete=models.PROTECT, related_name="dismissals", db_constraint=False
    )
    verdict = models.TextField(choices=DismissalVerdict.choices, db_comment="What was decided")
    inputs_hash = models.UUIDField(db_comment="Inputs of the finding as seen")
    seen_value = models.TextField(db_comment="Value, unit and limit as seen")

    class Meta:
        ordering = ("pk",)
        db_table_comment = "Dismissals of computed exceedances by staff, append-only"
        constraints = [
            models.UniqueConstraint(fields=("exceedance",), condition=Q(is_live=True), name="dismissal_live_unique"),
            models.CheckConstraint(condition=~Q(verdict="undone", is_live=True), name="dismissal_undone_is_not_live"),
            models.CheckConstraint(condition=Q(verdict="undone") | ~Q(reason=""), name="dismissal_has_a_reason"),
        ]

    @property
    def verdict_in_words(self) -> str:
        """What was decided."""
        return str(self.get_verdict_display())
