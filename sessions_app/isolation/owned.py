"""Which tables hold users' rows, and what each database role may do with them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models

READ = "SELECT"
APPEND = "INSERT, SELECT"
ALL = "DELETE, INSERT, SELECT, UPDATE"


@dataclass(frozen=True, slots=True)
class Rights:
    """Table privileges of each login role but the owner's, as comma-separated SQL words in alphabetical order."""

    web: str = ALL
    staff: str = READ
    system: str = READ
    backup: str = READ


class OwnedModel(models.Model):
    """A row of one user.

    The table gets its policies, its key and its foreign keys, all led by ``owner_id``, from the operations in
    ``isolation/operations.py``; that is why Django's own constraints are switched off here. Deletion cascades in the
    database, so nothing has to be collected row by row.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        editable=False,
    )

    rights = Rights()

    class Meta:
        abstract = True

    @classmethod
    def copied(cls, rows: models.QuerySet) -> models.QuerySet:
        """Which of its owner's rows a copy of their data holds: all, unless they are not to know some of them yet."""
        return rows


def reference(to: str, **options: object) -> models.ForeignKey:
    """A foreign key to another owned model; the database's constraint is the composite ``(owner_id, …)`` one."""
    return models.ForeignKey(
        to,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        **options,  # type: ignore[arg-type]
    )


def owner_column(model: type[models.Model]) -> str | None:
    """The column that says whose row it is, or None for a shared table.

    Every table with a foreign key to the user counts, third-party ones and the rows between user and group included.
    """
    user_model = get_user_model()
    if model is user_model:
        return str(model._meta.pk.column)
    if issubclass(model, OwnedModel):
        return "owner_id"
    for field in model._meta.concrete_fields:
        if field.is_relation and field.remote_field.model is user_model:
            return str(field.column)
    return None


def owned_models() -> Iterator[tuple[type[models.Model], str]]:
    """Every model whose rows belong to users, with its owner column."""
    for model in apps.get_models(include_auto_created=True):
        column = owner_column(model) if model._meta.managed and not model._meta.proxy else None
        if column:
            yield model, column


def owned_tables() -> frozenset[str]:
    """Their tables, worked out once when the application starts."""
    return apps.get_app_config("sessions_app").owned_tables  # type: ignore[no-any-return, attr-defined]


def guarded_tables() -> frozenset[str]:
    """They and the shared ones: what the database shows to nobody without a claim."""
    return apps.get_app_config("sessions_app").guarded_tables  # type: ignore[no-any-return, attr-defined]
