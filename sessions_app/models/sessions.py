from __future__ import annotations

from django.db import models
from django.urls import reverse

from sessions_app.isolation.owned import OwnedModel
from sessions_app.moments import Moment


class AnalysisSession(OwnedModel):
    """A named line of work of one owner, with its own settings."""

    name = models.CharField(max_length=200)
    note = models.TextField(blank=True)
    settings = models.JSONField(default=dict, blank=True)
    is_demo = models.BooleanField(default=False)
    # Counts what people change by hand, so that of two tabs the second one is told.
    version = models.PositiveIntegerField(default=0, db_default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    # When its owner was told that it will be deleted because nobody has used it.
    deletion_warned_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-updated_at", "id"]
        indexes = [
            models.Index(fields=["owner", "-updated_at"], name="session_owner_newest"),
            models.Index(Moment("updated_at").desc(), name="session_newest"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("session_detail", kwargs={"session_id": self.pk})
