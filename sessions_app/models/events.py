from __future__ import annotations

from django.db import models
from django.db.models.functions import Cast

from sessions_app.isolation.owned import APPEND, OwnedModel, Rights
from sessions_app.moments import Moment


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
            models.Index(Moment("at").desc(), name="event_newest"),
            models.Index(Cast("object_id", models.TextField()), name="event_object"),
        ]
        permissions = [("export_event", "Can export events for a study")]

    def __str__(self) -> str:
        return f"{self.verb} {self.object_type} {self.object_id or ''}".strip()
