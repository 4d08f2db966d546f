"""Pairs that may be one site: what the machine makes of them, and how they stand."""

from django.conf import settings
from django.db import models


class Tier(models.TextChoices):
    """What the machine makes of a pair."""

    DIRECT = "direct", "Shared identifier"
    FUZZY = "fuzzy", "Likely by score"
    QUEUE = "queue", "For a person"
    NONE = "none", "Not proposed"


class CandidateState(models.TextChoices):
    """How a pair stands, after the machine and persons."""

    AUTOMATIC = "automatic", "Linked by the machine"
    OPEN = "open", "Open"
    REOPENED = "reopened", "Evidence changed"
    UNSURE = "unsure", "Unsure"
    ACCEPTED = "accepted", "Match"
    REJECTED = "rejected", "Not a match"
    CLOSED = "closed", "Plant has no match"
    WITHDRAWN = "withdrawn", "No longer proposed"


class Conflict(models.TextChoices):
    """Why a likely link waits for a person, or why a decision needs a second look."""

    NONE = "", "None"
    JOINS_PLANTS = "joins_plants", "Would join two plants"
    REJECTED_MEMBER = "rejected_member", "Would join what a person told apart"
    CONTRADICTION = "contradiction", "Told apart, but joined by other links"


class MatchCandidate(models.Model):
    """An eSMR facility and an enrollment that the machine proposes or a person has decided.

    Up to `model_version` the columns are the machine's and follow the records; the rest is how the pair stands. A pair
    is a row as long as the machine proposes it or anything was ever decided about it.
    """

    esmr_facility = models.ForeignKey(
        "facilities.EsmrFacility", on_delete=models.PROTECT, related_name="match_candidates", db_index=False
    )
    enrollment = models.ForeignKey(
        "facilities.SmartsEnrollment", on_delete=models.PROTECT, related_name="match_candidates"
    )
    tier = models.TextField(choices=Tier.choices, db_comment="What the machine makes of the pair")
    reason = models.TextField(db_comment="Why, in a sentence")
    probability = models.FloatField(db_comment="Calibrated probability that both are one site; 1 where an id says so")
    log_odds = models.FloatField(db_comment="Sum of base and contributions")
    base = models.FloatField(db_comment="Log-odds of any pair that is compared")
    lead = models.FloatField(
        null=True, blank=True, db_comment="Log-odds ahead of the best pair of another site, if one is likely"
    )
    rank = models.IntegerField(db_comment="Place among the proposed pairs of its eSMR facility, 1 the likeliest")
    evidence = models.JSONField(db_comment="Per feature: value, contribution in log-odds, detail in words")
    vetoes = models.JSONField(db_comment="Reasons against any link by the machine: name, detail")
    evidence_hash = models.UUIDField(db_comment="Hash of what both records say, as compared")
    machine_hash = models.UUIDField(db_comment="Hash of the machine's columns: equal means unchanged")
    model_version = models.TextField(db_comment="Version of the weights")
    state = models.TextField(choices=CandidateState.choices, db_comment="How the pair stands")
    is_queued = models.BooleanField(db_comment="Whether a person is asked about it")
    conflict = models.TextField(
        choices=Conflict.choices, blank=True, default="", db_comment="Kind of conflict; empty where there is none"
    )
    conflict_reason = models.TextField(blank=True, default="", db_comment="The conflict in a sentence")
    version = models.IntegerField(default=1, db_comment="Counts up with every change that a reviewer should see")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="assigned_candidates"
    )
    is_blind_sample = models.BooleanField(
        default=False, db_comment="Drawn at random from the automatic links, to be judged without its score"
    )
    sampled_at = models.DateTimeField(null=True, blank=True, db_comment="When it was drawn")
    first_proposed_at = models.DateTimeField(db_comment="When the pair was first proposed")
    changed_at = models.DateTimeField(db_comment="When the machine's columns or the state last changed")

    class Meta:
        ordering = ("pk",)
        db_table_comment = "Pairs of an eSMR facility and an enrollment that may be one site"
        constraints = [
            models.UniqueConstraint(fields=("esmr_facility", "enrollment"), name="match_candidate_pair_unique"),
            models.CheckConstraint(
                condition=models.Q(probability__gte=0, probability__lte=1), name="match_candidate_probability"
            ),
        ]
        indexes = [
            models.Index(
                fields=("first_proposed_at",), condition=models.Q(is_queued=True), name="match_candidate_queued"
            ),
        ]
        permissions = [
            ("decide_matchcandidate", "Can decide matches"),
            ("run_matching", "Can run the matcher"),
        ]

    def __str__(self) -> str:
        return f"{self.esmr_facility} - {self.enrollment}"


class MatchSkip(models.Model):
    """A reviewer passed over a pair without a verdict; it comes back to them last."""

    candidate = models.ForeignKey(MatchCandidate, on_delete=models.CASCADE, related_name="skips", db_index=False)
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    skipped_at = models.DateTimeField(db_comment="When they last passed over it")

    class Meta:
        ordering = ("pk",)
        db_table_comment = "Pairs that a reviewer passed over without a verdict"
        constraints = [
            models.UniqueConstraint(fields=("candidate", "reviewer"), name="match_skip_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.reviewer} skipped {self.candidate_id}"
