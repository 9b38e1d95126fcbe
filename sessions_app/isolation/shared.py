"""Tables that every signed-in user may read and none may write: staff fill them, for everybody."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from django.apps import apps
from django.db import models

from sessions_app.isolation.owned import READ, Rights
from sessions_app.isolation.storage import SUFFIX

PREFIX = "reference/"


class SharedModel(models.Model):
    """A row for everybody. Its table gets its policies from ``operations.share``; nothing in it is a user's."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    rights = Rights(web=READ, staff="INSERT, SELECT", system=READ)

    class Meta:
        abstract = True


def shared_models() -> Iterator[type[models.Model]]:
    """Every model whose rows are for all users."""
    for model in apps.get_models():
        if issubclass(model, SharedModel) and model._meta.managed and not model._meta.proxy:
            yield model


def shared_key(row_id: uuid.UUID, suffix: str = "") -> str:
    """``reference/row.suffix``: apart from everything of users, whose keys begin with their id."""
    if not isinstance(row_id, uuid.UUID):
        raise TypeError("storage keys are made of row ids")
    if not SUFFIX.fullmatch(suffix):
        raise ValueError("a storage key ends in a plain file extension or in nothing")
    return f"{PREFIX}{row_id}{suffix}"
