"""Who did what to which object: one line in the ledger per action."""

import uuid
from typing import Any

from django.db import models

from sessions_app.models import Event

COMMAND_LINE = uuid.UUID(int=0)
"""Who acts when nobody signed in does: whoever may run commands on the machine."""


def record(**said: Any) -> Event:
    """Add an event, as `line` makes it, inside the caller's transaction."""
    event = line(**said)
    event.save(force_insert=True)
    return event


def line(
    *,
    owner_id: uuid.UUID,
    verb: str,
    of: models.Model,
    session_id: uuid.UUID | None = None,
    actor_id: uuid.UUID | None = None,
    **data: Any,
) -> Event:
    """An event that its caller stores together with others. Data holds facts, never what a user wrote or uploaded."""
    return Event(
        owner_id=owner_id,
        actor=actor_id or owner_id,
        verb=verb,
        object_type=of._meta.model_name,
        object_id=of.pk,
        session_id=session_id,
        data=data,
    )
