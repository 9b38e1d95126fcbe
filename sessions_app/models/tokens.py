from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from sessions_app.isolation.owned import OwnedModel, Rights


class RefreshGrant(OwnedModel):
    """One refresh token: used once, then replaced by another of its family. Only its hash is stored."""

    jti_hash = models.CharField(max_length=64)
    family = models.UUIDField(default=uuid.uuid4)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    rights = Rights(staff="SELECT, UPDATE", system="DELETE, SELECT")

    class Meta:
        ordering = ["-created_at", "id"]
        constraints = [models.UniqueConstraint(fields=["owner", "jti_hash"], name="refresh_grant_once")]
        indexes = [models.Index(fields=["owner", "family"], name="refresh_grant_family")]

    def __str__(self) -> str:
        return f"refresh grant {self.family}"


class PersonalToken(OwnedModel):
    """A key that a user made for a program. The key itself is shown once and stored as its SHA-256."""

    name = models.CharField(max_length=120)
    prefix = models.CharField(max_length=16)
    secret_hash = models.CharField(max_length=64, unique=True)
    read_only = models.BooleanField(default=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    rights = Rights(staff="SELECT, UPDATE")

    class Meta:
        ordering = ["-created_at", "id"]
        indexes = [models.Index(fields=["owner", "-created_at"], name="personal_token_newest")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_usable(self) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > timezone.now())
