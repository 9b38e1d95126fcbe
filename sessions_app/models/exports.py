from __future__ import annotations

from django.db import models

from sessions_app.isolation.owned import OwnedModel


class DataExport(OwnedModel):
    """An archive of everything a user has here: made in the background, kept for some days, at most one at a time.

    It is a copy of what backups hold anyway, so its object is not backed up: `archive_bytes`, not `size_bytes`.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        READY = "ready", "Ready"
        FAILED = "failed", "Failed"

    status = models.CharField(max_length=16, choices=Status.choices, default=Status.QUEUED)
    percent = models.PositiveSmallIntegerField(default=0)
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField()
    storage_key = models.CharField(max_length=255)
    archive_bytes = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "id"]
        constraints = [
            # The database, too, knows of one at a time.
            models.UniqueConstraint(fields=["owner"], name="data_export_one_per_user"),
            models.CheckConstraint(
                condition=models.Q(status__in=["queued", "running", "ready", "failed"]),
                name="data_export_status_known",
            ),
        ]

    def __str__(self) -> str:
        return f"copy of all data ({self.status})"

    @property
    def is_under_way(self) -> bool:
        return self.status in (self.Status.QUEUED, self.Status.RUNNING)
