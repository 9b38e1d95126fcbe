"""What ends the ways into an account, for the admin and the command line alike. Each is an event in its owner's ledger."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from sessions_app.isolation.staff import STAFF_ALIAS as STAFF
from sessions_app.models import Event, LinkedSignIn, PersonalToken, RefreshGrant, User, WebSession
from sessions_app.staff.records import record_of_rows


@transaction.atomic(using=STAFF)
def lock(users: Sequence[User], *, actor: uuid.UUID) -> None:
    """Disable, and end whatever opens the account: somebody else may know the password or hold a key.

    Allowed again, its owner takes the mailed link of a reset, or the provider that the account was opened with.
    """
    for user in _held(users):
        _drop_foreign_links(user, actor)
        user.is_active = False
        _end_password(user)
    end_sign_ins(users)
    revoke_tokens(users, actor=actor)
    record_of_rows(actor, "staff.locked", "user", [(user.pk, user.pk) for user in users])


@transaction.atomic(using=STAFF)
def allow_again(users: Sequence[User], *, actor: uuid.UUID) -> None:
    """Whoever was signing in at the moment of a lock is out, too, and so is what they may have left."""
    for user in _held(users):
        if locked_at := _locked_at(user):
            _drop_links(
                LinkedSignIn.objects.using(STAFF).filter(owner_id=user.pk, created_at__gte=locked_at),
                user,
                actor,
            )
            revoke_tokens([user], actor=actor)
            _end_password(user)
    end_sign_ins(users)
    set_active(users, True)
    record_of_rows(actor, "staff.allowed_again", "user", [(user.pk, user.pk) for user in users])


def set_active(users: Sequence[User], active: bool) -> None:
    User.objects.using(STAFF).filter(pk__in=[user.pk for user in users]).update(is_active=active)


def end_sign_ins(users: Sequence[User]) -> None:
    owners = [user.pk for user in users]
    WebSession.objects.using(STAFF).filter(owner_id__in=owners).delete()
    grants = RefreshGrant.objects.using(STAFF).filter(owner_id__in=owners, revoked_at=None)
    grants.update(revoked_at=timezone.now())


def revoke_tokens(users: Sequence[User], *, actor: uuid.UUID) -> None:
    """Programs are signed in by what they hold: without this they would go on."""
    tokens = PersonalToken.objects.using(STAFF)
    valid = list(tokens.filter(owner__in=users, revoked_at=None).values_list("owner_id", "pk"))
    tokens.filter(pk__in=[pk for _owner, pk in valid]).update(revoked_at=timezone.now())
    record_of_rows(actor, "staff.token_revoked", "personaltoken", valid)


def _drop_foreign_links(user: User, actor: uuid.UUID) -> None:
    """As a reset by mail does: what was linked under other addresses may be whoever got in. The only way in stays."""
    links = list(LinkedSignIn.objects.using(STAFF).filter(owner_id=user.pk).order_by("created_at", "pk"))
    foreign = [link for link in links if link.email != user.email]
    if len(foreign) == len(links) and not user.has_usable_password():
        foreign = foreign[1:]
    _drop_links(foreign, user, actor)


def _drop_links(links: Iterable[LinkedSignIn], user: User, actor: uuid.UUID) -> None:
    rows = [(user.pk, link.pk) for link in links]
    LinkedSignIn.objects.using(STAFF).filter(pk__in=[pk for _owner, pk in rows]).delete()
    record_of_rows(actor, "account.sign_in_unlinked", "linkedsignin", rows, why="locked")


def _held(users: Sequence[User]) -> list[User]:
    """The accounts as they are now. Requests that would add a way in wait for them (`actions.hold`)."""
    rows = User.objects.using(STAFF).select_for_update().filter(pk__in=[user.pk for user in users])
    return list(rows.order_by("pk"))


def _end_password(user: User) -> None:
    # Each a value of its own: links that were mailed before are worth nothing now.
    user.password = make_password(None)
    user.save(using=STAFF, update_fields=["is_active", "password"])


def _locked_at(user: User) -> datetime | None:
    """When it was locked, if it has not been allowed again since."""
    told = Event.objects.using(STAFF).filter(owner_id=user.pk)
    last = told.filter(verb__in=("staff.locked", "staff.allowed_again")).order_by("-at").first()
    return last.at if last is not None and last.verb == "staff.locked" else None
