"""The admin site's way to the database: a login role of its own, whose reads of other people's rows are recorded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models

STAFF_ALIAS = "staff"
OWNER_ALIAS = "owner"

_is_staff_access: ContextVar[bool] = ContextVar("chatmrpt_staff_access", default=False)


@contextmanager
def staff_access() -> Iterator[None]:
    """Send the ORM to the staff connection. Entered by the middleware, on admin pages of signed-in staff."""
    token = _is_staff_access.set(True)
    try:
        yield
    finally:
        _is_staff_access.reset(token)


class Router:
    """Pages and workers use ``default``, the admin ``staff``; only ``owner`` migrates."""

    def db_for_read(self, model: type[models.Model], **hints: Any) -> str | None:
        return STAFF_ALIAS if _is_staff_access.get() else None

    def db_for_write(self, model: type[models.Model], **hints: Any) -> str | None:
        return STAFF_ALIAS if _is_staff_access.get() else None

    def allow_relation(self, first: models.Model, second: models.Model, **hints: Any) -> bool:
        # Every alias is the same database under another role.
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == OWNER_ALIAS


def note_read(actor_id: UUID, table: str, object_id: UUID | None, holder: UUID | None, **data: Any) -> None:
    """Record that a member of staff looked at somebody's row."""
    apps.get_model("sessions_app", "Event").objects.using(STAFF_ALIAS).create(
        owner_id=holder or actor_id,
        actor=actor_id,
        verb="staff.read",
        object_type=table,
        object_id=object_id,
        data=data,
    )
