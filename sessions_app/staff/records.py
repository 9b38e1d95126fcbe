"""Events of what staff do: in the ledger of whose rows were touched, or in their own where it was nobody's in particular."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest

from sessions_app.events import COMMAND_LINE
from sessions_app.isolation.staff import STAFF_ALIAS
from sessions_app.models import Event


def record_of_rows(
    actor: uuid.UUID,
    verb: str,
    kind: str,
    rows: Iterable[tuple[uuid.UUID | None, uuid.UUID]],
    **data: Any,
) -> None:
    """One event per owner whose rows were touched, given as (owner, id), in that owner's own ledger."""
    touched: dict[uuid.UUID, list[uuid.UUID]] = {}
    for owner, pk in rows:
        if owner not in (None, COMMAND_LINE, actor):
            touched.setdefault(owner, []).append(pk)
    Event.objects.using(STAFF_ALIAS).bulk_create(
        Event(
            owner_id=owner,
            actor=actor,
            verb=verb,
            object_type=kind,
            object_id=ids[0] if len(ids) == 1 else None,
            data={**data, "rows": len(ids)} | ({"ids": [str(pk) for pk in ids]} if len(ids) > 1 else {}),
        )
        for owner, ids in touched.items()
    )


def record_own(request: HttpRequest, verb: str, **data: Any) -> Event:
    """An event about everybody's rows together, in the staff member's own ledger."""
    return Event.objects.using(STAFF_ALIAS).create(
        owner_id=request.user.pk, actor=request.user.pk, verb=verb, data=data
    )
