from __future__ import annotations

from django.db import models

from sessions_app.isolation.owned import OwnedModel, reference


class Feedback(OwnedModel):
    """What the owner thinks of one answer, one row for each turn. The reason is the owner's own words."""

    class Verdict(models.TextChoices):
        UP = "up", "Helpful"
        DOWN = "down", "Not helpful"

    turn = reference("assistant.Turn", related_name="feedback")
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    reason = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "turn"], name="feedback_once"),
            models.CheckConstraint(
                condition=models.Q(verdict__in=["up", "down"]), name="feedback_verdict_known"
            ),
        ]

    def __str__(self) -> str:
        return self.verdict
