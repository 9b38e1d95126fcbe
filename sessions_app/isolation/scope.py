"""For whom the current code runs. The only code that sets the database's claim.

::

    with scope(user_id):
        with transaction.atomic():
            AnalysisSession.objects.all()   # that user's, by policy

The scope is held in a context variable, so it follows the request or task and nothing else. It reaches the database
when a transaction begins (see ``postgresql/base.py``) and, where one is open already, at once. Leaving a scope
restores the one around it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

from django.db import connections

from sessions_app.isolation.errors import NoScope


@dataclass(frozen=True, slots=True)
class Scope:
    """One user, and the kind of code that runs for them (``web``, ``task``, …)."""

    user_id: UUID
    kind: str


_current: ContextVar[Scope | None] = ContextVar("chatmrpt_scope", default=None)


def current_scope() -> Scope | None:
    return _current.get()


def current_owner() -> UUID | None:
    """The user for whom this code runs, or None."""
    held = _current.get()
    return held.user_id if held else None


def required_owner() -> UUID:
    """The user for whom this code runs; raises :class:`NoScope` when nobody was named."""
    owner = current_owner()
    if owner is None:
        raise NoScope("No user was named for this work. Wrap it in `with scope(user_id):`.")
    return owner


@contextmanager
def scope(user_id: UUID | str, *, kind: str = "web") -> Iterator[UUID]:
    """Run the block for one user; the scope around it is restored afterwards, whatever happens."""
    owner = user_id if isinstance(user_id, UUID) else UUID(str(user_id))
    token = _current.set(Scope(owner, kind))
    try:
        _tell_open_transactions()
        yield owner
    finally:
        _current.reset(token)
        _tell_open_transactions()


def _tell_open_transactions() -> None:
    for connection in connections.all(initialized_only=True):
        if getattr(connection, "scoped", False):
            connection.renew_claim()
