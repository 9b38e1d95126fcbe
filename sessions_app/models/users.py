from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sessions_app.isolation import identity
from sessions_app.isolation.owned import ALL, Rights
from sessions_app.isolation.scope import scope


def clean_email(email: str) -> str:
    """The one form in which an address is stored and looked up."""
    return email.strip().lower()


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Store a new account. It is its own owner, so it is written in its own scope."""
        user = self.model(email=clean_email(email), **fields)
        user.set_password(password)
        with scope(user.pk), transaction.atomic(using=self.db):
            user.save(using=self.db, force_insert=True)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Store a staff account with every right. The web role may not: use ``--database owner``."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        """The account with this address, found before it is known who asks."""
        email = clean_email(username or "")
        if self.db in ("owner", "staff", "system"):
            return self.get(email=email)
        user = identity.user_by_email(email)
        if user is None:
            raise self.model.DoesNotExist
        return user


class User(AbstractBaseUser, PermissionsMixin):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("e-mail address"), unique=True, max_length=254)
    display_name = models.CharField(_("name"), max_length=120, blank=True)
    # Empty: as the browser asks.
    language = models.CharField(
        _("language"), max_length=8, blank=True, default="", db_default="", choices=settings.LANGUAGES
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("staff"), default=False)
    is_demo = models.BooleanField(_("demo account"), default=False)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)
    # Which version of the privacy notice was accepted; empty for none.
    privacy_version = models.CharField(max_length=40, blank=True, default="", db_default="", editable=False)
    privacy_accepted_at = models.DateTimeField(null=True, blank=True, editable=False)
    storage_quota_mb = models.PositiveIntegerField(
        _("room for files, in MB"), null=True, blank=True, help_text=_("Empty: as much as everybody has.")
    )

    objects = UserManager()
    rights = Rights(web=ALL, staff=ALL, system="DELETE, SELECT")

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        ordering = ["email"]
        indexes = [models.Index(fields=["-date_joined"], name="user_newest")]
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_is_lower_case"),
        ]

    def __str__(self) -> str:
        return self.display_name or self.email

    def clean(self) -> None:
        super().clean()
        self.email = clean_email(self.email)

    def get_full_name(self) -> str:
        return self.display_name or self.email

    def get_short_name(self) -> str:
        return self.get_full_name()
