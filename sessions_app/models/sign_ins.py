from __future__ import annotations

from django.db import models
from django.utils import timezone

from sessions_app.isolation.owned import OwnedModel, Rights


class LinkedSignIn(OwnedModel):
    """A sign-in at an OpenID provider that opens this account.

    Issuer and subject are looked up before it is known who asks, by their hash; nobody needs the subject in clear.
    """

    issuer = models.CharField(max_length=255)
    subject_hash = models.CharField(max_length=64, unique=True)
    email = models.EmailField(max_length=254)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(default=timezone.now)

    rights = Rights(staff="DELETE, SELECT")

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [models.UniqueConstraint(fields=["owner", "issuer"], name="linked_sign_in_once")]

    def __str__(self) -> str:
        return f"sign-in through {self.issuer}"
