"""Finding one row by the id in an address or a body, among the rows of the user who asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.db import models, transaction
from django.http import Http404

from sessions_app.isolation import identity
from sessions_app.isolation.scope import required_owner, scope

MOST_NOTED = 20

Row = TypeVar("Row", bound=models.Model)


class Missed(Http404):
    """There is no such row for this user. Whether another user has it, the answer doesn't say."""


@dataclass(frozen=True, slots=True)
class Miss:
    asker: UUID
    table: str
    object_id: UUID


_misses: ContextVar[list[Miss] | None] = ContextVar("chatmrpt_misses", default=None)


def get_own(queryset: models.QuerySet[Row], pk: Any) -> Row:
    """The row with this id, or :class:`Missed`, which the middleware notes after the request."""
    asker = required_owner()
    try:
        object_id = pk if isinstance(pk, UUID) else UUID(str(pk))
    except ValueError:
        raise Missed from None
    try:
        return queryset.get(pk=object_id)
    except queryset.model.DoesNotExist:
        noted = _misses.get()
        if noted is not None and len(noted) < MOST_NOTED:
            noted.append(Miss(asker, queryset.model._meta.db_table, object_id))
        raise Missed from None


@contextmanager
def collecting_misses() -> Iterator[list[Miss]]:
    """Gather what :func:`get_own` doesn't find until the block ends."""
    token = _misses.set([])
    try:
        noted = _misses.get()
        assert noted is not None
        yield noted
    finally:
        _misses.reset(token)


def write_down(misses: list[Miss]) -> None:
    """Note each miss in a transaction of its own: the request's may have been rolled back."""
    for miss in misses:
        with scope(miss.asker), transaction.atomic():
            identity.note_miss(miss.table, miss.object_id)
