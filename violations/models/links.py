"""Which violations an enforcement action is probably about. The source does not say: every link is inferred."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class InferredEnforcementLink(models.Model):
    """An enforcement action and a violation of the same enrollment that it probably answers. Never a fact."""

    enforcement_action = models.ForeignKey(
        "enforcement.EnforcementAction",
        on_delete=models.CASCADE,
        related_name="inferred_links",
        db_constraint=False,
        db_index=False,
    )
    violation = models.ForeignKey(
        "violations.RegulatoryViolation",
        on_delete=models.CASCADE,
        related_name="inferred_links",
        db_constraint=False,
    )
    score = models.FloatField(db_comment="What speaks for it, 0 to 1; no probability")
    reasons = ArrayField(models.TextField(), db_comment="What speaks for it, in words")

    class Meta:
        ordering = ("pk",)
        db_table_comment = (
            "Violations that enforcement actions are probably about: inferred, as the source does not say"
        )
        constraints = [
            models.UniqueConstraint(
                fields=("enforcement_action", "violation"), name="inferred_enforcement_link_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"Inferred link {self.pk}"
