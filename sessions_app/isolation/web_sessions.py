"""Django's browser sessions, stored behind the wall.

The row's key is the SHA-256 of the cookie. Rows are read and written only through the database's functions: by the
hash, with the owner taken from the signed-in user and verified against the claim.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.utils import timezone

from sessions_app.isolation import identity
from sessions_app.isolation.scope import scope


class SessionStore(SessionBase):
    @property
    def key_hash(self) -> str | None:
        """What the stored row is called; None before there is one."""
        return identity.secret_hash(self.session_key) if self.session_key else None

    def load(self) -> dict[str, Any]:
        row = identity.load_web_session(self.key_hash) if self.key_hash else None
        if row is None:
            self._session_key = None
            return {}
        data, owner = self.decode(row[0]), row[1]
        if _owner_in(data) != owner:
            # The row says whose it is; data that says otherwise was not written by us.
            self._session_key = None
            return {}
        return data

    def exists(self, session_key: str) -> bool:
        # 165 random bits don't meet twice; if they did, `create` below would see it.
        return False

    def create(self) -> None:
        self._session_key = self._get_new_session_key()
        self.save(must_create=True)
        self.modified = True

    def save(self, must_create: bool = False) -> None:
        if self.session_key is None:
            self.create()
            return
        data = self._get_session(no_load=must_create)
        owner = _owner_in(data)
        with scope(owner) if owner else nullcontext(), transaction.atomic():
            stored = identity.save_web_session(
                identity.secret_hash(self.session_key),
                self.encode(data),
                self.get_expiry_date(),
                owner,
                create=must_create,
            )
        if not stored:
            raise CreateError if must_create else UpdateError

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            identity.delete_web_session(identity.secret_hash(key))

    @classmethod
    def clear_expired(cls) -> None:
        """Remove what nobody can sign in with any more; runs as the maintenance role."""
        from django.apps import apps

        model = apps.get_model("sessions_app", "WebSession")
        model.objects.using("system").filter(expire_date__lt=timezone.now()).delete()


def _owner_in(data: dict[str, Any]) -> UUID | None:
    value = data.get(SESSION_KEY)
    try:
        return UUID(str(value)) if value else None
    except ValueError:
        raise ImproperlyConfigured("A browser session names its user by UUID.") from None
