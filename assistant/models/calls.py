from __future__ import annotations

from django.apps import apps
from django.db import models

from sessions_app.isolation.owned import APPEND, OwnedModel, Rights


class ModelReservation(OwnedModel):
    """Tokens set aside for an answer of a language model while it is made. It goes when what was used is entered.

    `used` is noted each second: should the worker die, maintenance enters that much.
    """

    turn_id = models.UUIDField()
    session_id = models.UUIDField(null=True)
    model = models.CharField(max_length=20)
    # In a comparison: whose answer it is, no event says.
    is_blind = models.BooleanField()
    tokens = models.PositiveBigIntegerField()
    used = models.JSONField(default=dict)
    # Until when a worker is at work on it for certain.
    until = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["until", "id"]

    @classmethod
    def copied(cls, rows: models.QuerySet) -> models.QuerySet:
        return rows.exclude(is_blind=True)

    def __str__(self) -> str:
        return f"{self.tokens} tokens"


class ModelCall(OwnedModel):
    """What one answer of a language model used and cost. Written once.

    The turn is named by its id alone: deleting a conversation must not give its tokens back.
    """

    class Outcome(models.TextChoices):
        ANSWERED = "answered", "Answered"
        REFUSED = "refused", "Its words were not shown"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    turn_id = models.UUIDField()
    model = models.CharField(max_length=20)
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    error_code = models.CharField(max_length=40, blank=True)
    requests = models.PositiveIntegerField(default=0)
    input_tokens = models.PositiveBigIntegerField(default=0)
    output_tokens = models.PositiveBigIntegerField(default=0)
    # The provider told no numbers; counted from the characters that went to and fro.
    estimated = models.BooleanField(default=False)
    # Millionths of a US dollar; empty where no price is configured.
    cost_micros = models.PositiveBigIntegerField(null=True, blank=True)
    milliseconds = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    rights = Rights(web=APPEND)

    class Meta:
        ordering = ["-created_at", "id"]
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="model_call_owner_newest"),
            models.Index(fields=["-created_at"], name="model_call_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome__in=["answered", "refused", "failed", "cancelled"]),
                name="model_call_outcome_known",
            ),
        ]

    @classmethod
    def copied(cls, rows: models.QuerySet) -> models.QuerySet:
        """Without the answers in battles that go on: whose they are is told at their end."""
        entries = apps.get_model("assistant", "Entry").objects
        return rows.exclude(turn_id__in=entries.exclude(battle__status="over").values("pk"))

    def __str__(self) -> str:
        return f"{self.model} ({self.outcome})"
