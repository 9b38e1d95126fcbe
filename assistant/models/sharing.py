from __future__ import annotations

from django.db import models
from django.utils import timezone

from sessions_app.isolation.owned import OwnedModel, reference


class SharedLink(OwnedModel):
    """A conversation as it was at one moment, for whoever has the link. The link itself is stored as its SHA-256.

    `snapshot` is all that a reader gets, pictures included; it is emptied when the link ends. Readers come through
    `app.open_shared`, which counts them, and never in the owner's scope.
    """

    conversation = reference("assistant.Conversation", related_name="shared_links")
    token_hash = models.CharField(max_length=64)
    title = models.CharField(max_length=120)
    turn_count = models.PositiveIntegerField()
    snapshot = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    opened_count = models.PositiveIntegerField(default=0)
    last_opened_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "id"]
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="shared_link_newest"),
            models.Index(fields=["owner", "conversation"], name="shared_link_conversation"),
            models.Index(fields=["token_hash", "owner"], name="shared_link_by_hash"),
            models.Index(
                fields=["expires_at"], condition=models.Q(snapshot__isnull=False), name="shared_link_ending"
            ),
        ]
        constraints = [models.UniqueConstraint(fields=["owner", "token_hash"], name="shared_link_once")]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.revoked_at is None and self.expires_at > timezone.now()
