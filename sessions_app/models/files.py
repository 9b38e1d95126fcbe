from __future__ import annotations

from django.db import models

from sessions_app.isolation.owned import OwnedModel, Rights, reference
from sessions_app.moments import Moment


class StoredFile(OwnedModel):
    """Every byte stored: what a user uploaded and what a computation wrote."""

    class Status(models.TextChoices):
        STORED = "stored", "Stored"

    session = reference("sessions_app.AnalysisSession", related_name="files")
    result = reference("sessions_app.AnalysisResult", related_name="artifacts", null=True, blank=True)
    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=255)
    media_type = models.CharField(max_length=127)
    size_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    storage_key = models.CharField(max_length=255)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.STORED)
    report = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    rights = Rights(system="DELETE, SELECT")

    class Meta:
        ordering = ["-created_at", "id"]
        indexes = [
            models.Index(fields=["owner", "session", "-created_at"], name="file_owner_session"),
            models.Index(fields=["owner", "result"], name="file_owner_result"),
            models.Index(Moment("created_at").desc(), include=["size_bytes"], name="file_newest"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["owner", "storage_key"], name="file_storage_key_once"),
            models.UniqueConstraint(
                fields=["owner", "result", "name"],
                condition=models.Q(result__isnull=False),
                name="file_artifact_once",
            ),
            models.CheckConstraint(condition=models.Q(size_bytes__gte=0), name="file_size_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name
