"""Signing in with an e-mail address and a password."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.http import HttpRequest

from sessions_app.isolation import identity
from sessions_app.isolation.scope import scope


class EmailBackend(ModelBackend):
    """Django's, except that the account is found by a database function and read in its own scope."""

    def authenticate(
        self,
        request: HttpRequest | None,
        email: str | None = None,
        password: str | None = None,
        **others: Any,
    ) -> Any:
        address = email or others.get("username")
        if not address or password is None:
            return None
        user = identity.user_by_email(address)
        if user is None:
            # The same work as for a known address, so that the time taken doesn't tell them apart.
            make_password(password)
            return None
        # Hashing takes its time: no transaction is open meanwhile.
        right = check_password(password, user.password, setter=partial(_store_anew, user))
        return user if right and self.user_can_authenticate(user) else None


def _store_anew(user: Any, password: str) -> None:
    """Keep a correct password in the form that today's settings ask for, unless it has ended meanwhile."""
    hashed = make_password(password)
    with scope(user.pk), transaction.atomic():
        stored = get_user_model().objects.filter(pk=user.pk, password=user.password)
        if stored.update(password=hashed):
            user.password = hashed
