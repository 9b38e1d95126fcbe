"""What may be asked before it is known who asks: one row each, by a secret or an address.

The functions behind these calls run with the owner's rights (``identity_sql.py``) and give back the least that is
needed, mostly an id. Everything after that happens in the scope of that id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import DEFAULT_DB_ALIAS, connections, transaction

from sessions_app.isolation.scope import scope


def secret_hash(secret: str) -> str:
    """How a bearer secret (cookie, token) is stored and looked up: SHA-256 in hex."""
    return hashlib.sha256(secret.encode()).hexdigest()


def ask(
    statement: str, parameters: Sequence[Any], *, using: str = DEFAULT_DB_ALIAS
) -> tuple[Any, ...] | None:
    """The first row of a statement whose parameters never become part of its text."""
    connection = connections[using]
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchone()


def user_by_email(email: str) -> AbstractBaseUser | None:
    """The account with this address, active or not, for sign-in and password reset."""
    row = ask("SELECT app.user_id_by_email(%s)", [email.strip().lower()])
    if row is None or row[0] is None:
        return None
    return load_user(row[0])


def load_user(user_id: UUID) -> AbstractBaseUser | None:
    """An account, read in its own scope."""
    with scope(user_id), transaction.atomic():
        return get_user_model().objects.filter(pk=user_id).first()


def personal_token_owner(token_hash: str) -> UUID | None:
    """Whose personal token this is; None when it is unknown, revoked, expired or its user is disabled."""
    row = ask("SELECT app.personal_token_owner(%s)", [token_hash])
    return row[0] if row else None


def linked_sign_in_owner(subject_hash: str) -> UUID | None:
    """Whose account this sign-in at a provider opens, active or not; None when it opens none."""
    row = ask("SELECT app.linked_sign_in_owner(%s)", [subject_hash])
    return row[0] if row else None


def load_web_session(key_hash: str) -> tuple[str, UUID | None] | None:
    """The data and owner of an unexpired browser session."""
    row = ask("SELECT data, owner FROM app.web_session_load(%s)", [key_hash])
    return (row[0], row[1]) if row else None


def save_web_session(
    key_hash: str, data: str, expires: datetime, owner: UUID | None, *, create: bool
) -> bool:
    """Store a browser session; False when there was one already (``create``) or none (otherwise)."""
    row = ask("SELECT app.web_session_save(%s, %s, %s, %s, %s)", [key_hash, data, expires, owner, create])
    return bool(row and row[0])


def delete_web_session(key_hash: str) -> None:
    ask("SELECT app.web_session_delete(%s)", [key_hash])


def open_shared(token_hash: str) -> str | None:
    """What a shared link shows, as JSON; None when it shows nothing (any more). Counts as one opening."""
    row = ask("SELECT app.open_shared(%s)", [token_hash])
    return row[0] if row else None


def note_miss(table: str, object_id: UUID) -> None:
    """Let the database write an ``isolation.attempt`` event if that row is somebody else's."""
    ask("SELECT app.note_miss(%s, %s)", [table, object_id])
