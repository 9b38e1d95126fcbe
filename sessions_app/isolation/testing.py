"""For tests: users with rows, and questions to the database as a given role.

Nothing here replaces a part of the wall; every statement goes to the real database as the role that production uses.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import DatabaseError, connections, transaction
from django.db.models import F, Model

from sessions_app.isolation import claims
from sessions_app.isolation.scope import scope

PASSWORD = "correct horse battery staple"


def make_user(email: str | None = None, password: str | None = None, **fields: Any) -> Any:
    """A new account, written as the web role; without a password it has an unusable one, which costs no hashing."""
    return get_user_model().objects.create_user(
        email or f"{uuid.uuid4().hex}@example.org", password, **fields
    )


def make_staff(
    email: str | None = None, password: str | None = None, *, roles: Sequence[str] = (), **fields: Any
) -> Any:
    """A member of staff, written as the owner: the web role may not."""
    manager = get_user_model().objects.db_manager("owner")
    user = manager.create_user(email or f"{uuid.uuid4().hex}@example.org", password, is_staff=True, **fields)
    give_roles(user, *roles)
    return user


def give_roles(user: Any, *names: str) -> None:
    """Put somebody into the groups that `migrate` made for these roles."""
    groups = [Group.objects.using("owner").get(name=name) for name in names]
    through = get_user_model().groups.through
    through.objects.using("owner").bulk_create(
        through(user_id=user.pk, group_id=group.pk) for group in groups
    )


def forget(*users: Any) -> None:
    """Remove accounts and all their rows, as the owner."""
    ids = [user.pk for user in users]
    with connections["owner"].cursor() as cursor:
        cursor.execute("DELETE FROM django_admin_log WHERE user_id = ANY (%s)", [ids])
        for table in ("sessions_app_user_groups", "sessions_app_user_user_permissions"):
            cursor.execute(f"DELETE FROM {table} WHERE user_id = ANY (%s)", [ids])  # noqa: S608  # nosec B608  # two names of ours
        cursor.execute("DELETE FROM sessions_app_user WHERE id = ANY (%s)", [ids])
        cursor.execute("DELETE FROM sessions_app_event WHERE owner_id = ANY (%s)", [ids])


@contextmanager
def acting_as(user: Any) -> Iterator[None]:
    """One transaction of one user."""
    with scope(user.pk), transaction.atomic():
        yield


@contextmanager
def raw_connection(alias: str = "default") -> Iterator[psycopg.Connection[Any]]:
    """A connection of the alias's role without Django, as injected SQL would have it."""
    parameters = connections[alias].get_connection_params()
    kept = ("dbname", "user", "password", "host", "port")
    with psycopg.connect(**{name: parameters[name] for name in kept}) as connection:
        yield connection


def claim(connection: psycopg.Connection[Any], user_id: UUID, **options: Any) -> None:
    """Give an open raw transaction a valid claim."""
    connection.execute("SELECT set_config('app.claims', %s, true)", [claims.sign(user_id, **options)])


def assert_isolated(row: Model, stranger: Any) -> bool:
    """``row`` is there for its owner, and for ``stranger`` it can't be seen, changed, deleted or taken over.

    Nor can its owner give it away. The answer is whether the role may change such rows at all: where it may, every
    attempt has found nothing; where it may not, every attempt was refused.
    """
    model, owner_id = type(row), getattr(row, "owner_id", None) or row.pk
    mine = model._base_manager.filter(pk=row.pk)
    owner = "owner_id" if model is not get_user_model() else str(model._meta.pk.attname)
    with scope(owner_id), transaction.atomic():
        before = mine.values().get()
    with acting_as(stranger):
        everybody = set(model._base_manager.values_list("pk", flat=True))
        assert row.pk not in everybody, "a stranger sees the row"
        assert not mine.exists(), "a stranger learns that the row exists"
    reached = {
        field.attname: _reached(stranger.pk, lambda name=field.attname: mine.update(**{name: F(name)}))
        for field in model._meta.concrete_fields
        if not field.generated
    }
    assert set(reached.values()) <= {0, None}, f"a stranger changed the row: {reached}"
    assert _reached(stranger.pk, lambda: mine._raw_delete(mine.db)) in (0, None), "a stranger deleted the row"
    given = uuid.uuid4() if owner == model._meta.pk.attname else stranger.pk
    assert _reached(stranger.pk, lambda: mine.update(**{owner: given})) in (0, None), (
        "a stranger took the row"
    )
    assert _reached(owner_id, lambda: mine.update(**{owner: given})) in (0, None), (
        "the owner gave the row away"
    )
    with scope(owner_id), transaction.atomic():
        assert mine.values().get() == before, "the row is not what it was"
    return any(count is not None for count in reached.values())


def _reached(user_id: UUID, change: Callable[[], int]) -> int | None:
    """How many rows a change found that is tried in the name of a user; None when the database refused it."""
    try:
        with scope(user_id), transaction.atomic():
            return change()
    except DatabaseError:
        return None
