"""What was decided about pairs: an append-only record, and decisions that wait for their records."""

from django.conf import settings
from django.db import models


class Verdict(models.TextChoices):
    """What a decision says. `undone` takes one back without another in its place."""

    MATCH = "match", "Match"
    NO_MATCH = "no_match", "Not a match"
    UNSURE = "unsure", "Unsure"
    NO_MATCH_EXISTS = "no_match_exists", "No match exists for this plant"
    UNDONE = "undone", "Taken back"


class Rule(models.TextChoices):
    """Who decided where no person did."""

    PERSON = "", "A person"
    DIRECT = "direct", "A shared identifier"
    FUZZY = "fuzzy", "The matcher, by score"
    STAFF_MAPPING = "staff_mapping", "A staff mapping file"


MACHINE_RULES = (Rule.DIRECT, Rule.FUZZY)


class ReasonCode(models.TextChoices):
    """Why, in one word, for counting."""

    NONE = "", "None given"
    SAME_ADDRESS = "same_address", "Same address"
    SAME_OPERATOR = "same_operator", "Same operator and town"
    LOCAL_KNOWLEDGE = "local_knowledge", "Known to staff"
    DOCUMENT = "document", "A permit or report says so"
    OTHER_PLANT = "other_plant", "Another plant of the operator"
    OTHER_DISCHARGER = "other_discharger", "Another discharger at the place"
    OTHER_PLACE = "other_place", "Another place"
    NO_PERMIT = "no_permit", "The plant needs no enrollment"
    OTHER = "other", "Other, see the note"


class MatchDecision(models.Model):
    """One decision about a pair, or about a plant (then without an enrollment). Never changed, never deleted.

    A later decision of the same pair takes the place of the live one (`supersedes`); an undo is a row as well
    (`reverts`), live only where it puts an earlier decision back. Only `is_live` goes from true to false, and the
    reviewer's key is emptied with their account; a trigger holds that.
    """

    esmr_facility = models.ForeignKey(
        "facilities.EsmrFacility", on_delete=models.PROTECT, related_name="match_decisions", db_index=False
    )
    enrollment = models.ForeignKey(
        "facilities.SmartsEnrollment", null=True, blank=True, on_delete=models.PROTECT, related_name="match_decisions"
    )
    verdict = models.TextField(choices=Verdict.choices, db_comment="What was decided")
    reason_code = models.TextField(
        choices=ReasonCode.choices, blank=True, default="", db_comment="Why, in a word; empty where none was given"
    )
    note = models.TextField(blank=True, default="", db_comment="Why, in the reviewer's words")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="match_decisions"
    )
    reviewer_name = models.TextField(blank=True, default="", db_comment="Login of the reviewer, kept when it is gone")
    rule = models.TextField(
        choices=Rule.choices, blank=True, default="", db_comment="Rule that decided; empty for a person"
    )
    decided_at = models.DateTimeField(db_comment="When it was decided; of an imported one, when it was there")
    recorded_at = models.DateTimeField(db_comment="When the row was written")
    tier = models.TextField(blank=True, default="", db_comment="The machine's tier as seen; empty if there was none")
    probability = models.FloatField(null=True, blank=True, db_comment="The machine's probability as seen")
    evidence = models.JSONField(null=True, blank=True, db_comment="Evidence, vetoes and reason as seen")
    evidence_hash = models.UUIDField(null=True, blank=True, db_comment="Hash of what both records said")
    model_version = models.TextField(blank=True, default="", db_comment="Version of the weights as seen")
    is_blind = models.BooleanField(default=False, db_comment="Judged without seeing score and verdict")
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
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="reverted_by", db_comment="What it undoes"
    )
    source = models.TextField(blank=True, default="", db_comment="File and line of an imported decision")

    class Meta:
        ordering = ("pk",)
        db_table_comment = (
            "Decisions about pairs, append-only: by persons, by staff mappings and by the matcher's rules"
        )
        constraints = [
            models.UniqueConstraint(
                fields=("esmr_facility", "enrollment"),
                condition=models.Q(is_live=True),
                nulls_distinct=False,
                name="match_decision_live_unique",
            ),
            models.CheckConstraint(
                condition=models.Q(reviewer_name="") ^ models.Q(rule=""), name="match_decision_by_person_or_rule"
            ),
            models.CheckConstraint(
                condition=~models.Q(verdict="no_match_exists") | models.Q(enrollment__isnull=True),
                name="match_decision_no_match_is_of_a_plant",
            ),
            models.CheckConstraint(
                condition=~models.Q(verdict="undone", is_live=True), name="match_decision_undone_is_not_live"
            ),
        ]
        indexes = [
            models.Index(fields=("esmr_facility", "enrollment", "id"), name="match_decision_history"),
            models.Index(fields=("-decided_at",), name="match_decision_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()} by {self.decided_by}"

    @property
    def decided_by(self) -> str:
        """The reviewer's login, or the rule in words."""
        return self.reviewer_name or str(self.get_rule_display())

    @property
    def is_by_machine(self) -> bool:
        """Whether one of the matcher's rules decided."""
        return self.rule in MACHINE_RULES


class AwaitedDecision(models.Model):
    """A decision from a file whose eSMR facility or enrollment is not in the database yet, by their own ids."""

    place_id = models.IntegerField(db_comment="facility_place_id of the plant")
    program = models.TextField(blank=True, default="", db_comment="Program of the enrollment; empty if not said")
    app_id = models.TextField(blank=True, default="", db_comment="APP_ID; empty if not said, or for a whole plant")
    wdid = models.TextField(blank=True, default="", db_comment="WDID; empty if not said, or for a whole plant")
    values = models.JSONField(db_comment="The other cells of the row, by column name")
    file_name = models.TextField(db_comment="File that it was read from")
    line = models.IntegerField(db_comment="Line of that file (the header is line 1)")
    received_at = models.DateTimeField(db_comment="When the file was imported")

    class Meta:
        ordering = ("pk",)
        db_table_comment = "Imported decisions that wait for their records"
        constraints = [
            models.UniqueConstraint(
                fields=("place_id", "program", "app_id", "wdid"), name="awaited_decision_pair_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"eSMR {self.place_id} - {self.wdid or self.app_id or 'no match'}"
