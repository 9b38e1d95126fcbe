from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sessions_app.isolation.owned import OwnedModel, Rights, reference
from sessions_app.moments import Moment

# A thousand people who wait in a queue and ask every second would keep the machine from what they wait for.
WAITING_SECONDS, RUNNING_SECONDS = 30, 3

# What says how a computation stands, and nothing of what it was asked for or found.
RUNNING_COLUMNS = (
    "attempts_before", "cancel_requested_at", "code_version", "error", "finished_at", "lease_until", "percent",
    "status", "step", "steps",
)  # fmt: skip


class AnalysisResult(OwnedModel):
    """One computation with frozen parameters. Once finished it never changes; the database sees to that."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        SUCCEEDED = "succeeded", _("Succeeded")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    session = reference("sessions_app.AnalysisSession", related_name="results")
    kind = models.CharField(max_length=40)
    params = models.JSONField(default=dict, blank=True)
    input_hashes = models.JSONField(default=dict, blank=True)
    code_version = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.QUEUED)
    step = models.CharField(max_length=60, blank=True)
    percent = models.FloatField(default=0)
    steps = models.JSONField(default=list, blank=True)
    attempt = models.PositiveIntegerField(default=0)
    # Attempts from before staff let it run again. The number itself only grows: it says whose claim still counts.
    attempts_before = models.PositiveIntegerField(default=0, db_default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    summary = models.JSONField(default=dict, blank=True)
    error = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    parents = models.ManyToManyField(
        "self",
        through="sessions_app.ResultParent",
        through_fields=("result", "parent"),
        symmetrical=False,
        related_name="children",
        blank=True,
    )

    # Whether its summary was read without some of it.
    is_shortened = False

    # Staff let a failed one run again, hand a waiting one out anew, or cancel it; what was found is not theirs to write.
    rights = Rights(
        staff=", ".join(["SELECT", *(f"UPDATE ({column})" for column in sorted(RUNNING_COLUMNS))]),
        system="SELECT, UPDATE",
    )

    class Meta:
        ordering = ["-created_at", "id"]
        indexes = [
            models.Index(fields=["owner", "session", "-created_at"], name="result_owner_session"),
            models.Index(Moment("created_at").desc(), name="result_newest"),
            models.Index(
                fields=["lease_until"],
                condition=models.Q(status__in=["queued", "running"]),
                name="result_open_leases",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(percent__gte=0, percent__lte=100), name="result_percent_in_range"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["queued", "running", "succeeded", "failed", "cancelled"]),
                name="result_status_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.status})"

    def save(self, *args: Any, **how: Any) -> None:
        if self.is_shortened:
            raise TypeError("A result whose summary was read in part is never saved: the rest would be lost.")
        super().save(*args, **how)

    @property
    def is_final(self) -> bool:
        return self.status in (self.Status.SUCCEEDED, self.Status.FAILED, self.Status.CANCELLED)

    @property
    def tries(self) -> int:
        """How often a worker has taken it up since it was asked for, or since staff let it run again."""
        return self.attempt - self.attempts_before

    @property
    def ask_again_seconds(self) -> int:
        """When it is worth asking again: soon at first, the later the longer it has taken; 0 once it has ended."""
        if self.is_final:
            return 0
        slowest = RUNNING_SECONDS if self.status == self.Status.RUNNING else WAITING_SECONDS
        taken = (timezone.now() - (self.started_at or self.created_at)).total_seconds()
        return max(1, min(slowest, round(taken / 10)))


class ResultParent(OwnedModel):
    """Which results a result was computed from."""

    result = reference("sessions_app.AnalysisResult", related_name="parent_links")
    parent = reference("sessions_app.AnalysisResult", related_name="child_links")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "result", "parent"], name="result_parent_once")
        ]
        indexes = [models.Index(fields=["owner", "parent"], name="result_parent_owner_parent")]

    def __str__(self) -> str:
        return f"{self.result_id} from {self.parent_id}"
