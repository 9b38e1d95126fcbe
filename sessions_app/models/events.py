from __future__ import annotations

from django.db import models

from sessions_app.isolation.owned import APPEND, OwnedModel, Rights


class Event(OwnedModel):
    """Who did what to which object. Written once; the ids stay when the object is gone."""

    actor = models.UUIDField(null=True, blank=True)
    verb = models.CharField(max_length=60)
    object_type = models.CharField(max_length=60, blank=True)
    object_id = models.UUIDField(null=True, blank=True)
    session_id = models.UUIDField(null=True, blank=True)
    data = models.JSONField(default=dict, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    rights = Rights(web=APPEND, staff=APPEND, system=APPEND)

    class Meta:
        ordering = ["-at", "id"]
        indexes = [
            models.Index(fields=["owner", "-at"], name="event_owner_newest"),
            models.Index(fields=["verb", "-at"], name="event_verb_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.object_type} {self.object_id or ''}".strip()
