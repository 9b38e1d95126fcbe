from __future__ import annotations

from django.db import models

from sessions_app.isolation.owned import OwnedModel, reference


class ResumableUpload(OwnedModel):
    """A file on its way: what it will be, in parts of which size, and until when the parts are kept.

    Once the file is stored, `file` names it; the row stays until it expires, so that a client whose answer was lost
    finds the file and doesn't store it twice.
    """

    session = reference("sessions_app.AnalysisSession", related_name="uploads")
    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=255)
    size_bytes = models.BigIntegerField()
    part_bytes = models.PositiveIntegerField()
    head_sha256 = models.CharField(max_length=64)
    file = reference("sessions_app.StoredFile", related_name="+", null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at", "id"]
        indexes = [models.Index(fields=["owner", "session", "-created_at"], name="upload_owner_session")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(size_bytes__gt=0, part_bytes__gt=0), name="upload_sizes_positive"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def part_count(self) -> int:
        return -(-self.size_bytes // self.part_bytes)

    def size_of_part(self, number: int) -> int:
        """Bytes of a part, counted from 1; all are equal but the last."""
        return min(self.part_bytes, self.size_bytes - (number - 1) * self.part_bytes)


class UploadPart(OwnedModel):
    """One part of an upload that is safely stored. A part never changes."""

    upload = reference("sessions_app.ResumableUpload", related_name="parts")
    number = models.PositiveIntegerField()
    size_bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    storage_key = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["upload", "number"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "upload", "number"], name="upload_part_once"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="upload_part_from_one"),
        ]

    def __str__(self) -> str:
        return f"part {self.number}"
