"""Which sign-ins at providers open which account. An address alone never links one to an account that is there already."""

from __future__ import annotations

import hashlib
import uuid

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import get_language

from sessions_app.accounts.actions import EmailTaken, hold
from sessions_app.accounts.oidc.provider import Identity
from sessions_app.events import record
from sessions_app.isolation import identity as before_sign_in
from sessions_app.isolation.scope import scope
from sessions_app.models import LinkedSignIn, User


class LinkedElsewhere(Exception):
    """This sign-in opens another account, or this account has one of the same provider."""


class LastWayIn(Exception):
    """Without it nobody could sign in to the account any more."""


def subject_hash(issuer: str, subject: str) -> str:
    """How issuer and subject are stored and looked up: one hash, in which neither can pretend to be part of the other."""
    return hashlib.sha256(f"{len(issuer)}:{issuer}:{subject}".encode()).hexdigest()


def account_of(identity: Identity) -> User | None:
    """The account that this sign-in opens, active or not."""
    owner_id = before_sign_in.linked_sign_in_owner(subject_hash(identity.issuer, identity.subject))
    return before_sign_in.load_user(owner_id) if owner_id else None  # type: ignore[return-value]


def open_account(identity: Identity) -> User:
    """A new account without a password. An address that has an account already raises `EmailTaken`."""
    language = get_language() or ""
    user = User(id=uuid.uuid4(), email=identity.email, display_name=identity.name, language=language)
    user.set_unusable_password()
    try:
        with scope(user.id), transaction.atomic():
            user.save(force_insert=True)
            _linked(user, identity)
            record(owner_id=user.pk, verb="account.signed_up", of=user, by="provider")
    except IntegrityError:
        raise EmailTaken from None
    return user


def link(*, by: User, identity: Identity) -> LinkedSignIn:
    """Let this sign-in open the account, too. Call it once its owner has proved both, password and provider."""
    try:
        with scope(by.pk), transaction.atomic():
            hold(by)
            row = _linked(by, identity)
            record(owner_id=by.pk, verb="account.sign_in_linked", of=row)
    except IntegrityError:
        raise LinkedElsewhere from None
    return row


def _linked(user: User, identity: Identity) -> LinkedSignIn:
    return LinkedSignIn.objects.create(
        owner_id=user.pk,
        issuer=identity.issuer,
        subject_hash=subject_hash(identity.issuer, identity.subject),
        email=identity.email,
    )


@transaction.atomic
def unlink(*, by: User, row: LinkedSignIn) -> None:
    # The user's row is the queue: two tabs can't take away the last two at once.
    user = User.objects.select_for_update().get(pk=by.pk)
    others = LinkedSignIn.objects.filter(owner_id=by.pk).exclude(pk=row.pk)
    if not user.has_usable_password() and not others.exists():
        raise LastWayIn
    if LinkedSignIn.objects.filter(pk=row.pk).delete()[0]:
        record(owner_id=by.pk, verb="account.sign_in_unlinked", of=row)


def mark_used(*, by: User, identity: Identity) -> None:
    with scope(by.pk), transaction.atomic():
        used = LinkedSignIn.objects.filter(subject_hash=subject_hash(identity.issuer, identity.subject))
        used.update(last_used_at=timezone.now(), email=identity.email)


def drop_foreign_links(*, by: User) -> int:
    """After a password was reset by mail: what was linked under other addresses may be whoever had the account before."""
    with scope(by.pk), transaction.atomic():
        foreign = list(LinkedSignIn.objects.filter(owner_id=by.pk).exclude(email=by.email))
        for row in foreign:
            row.delete()
            record(owner_id=by.pk, verb="account.sign_in_unlinked", of=row, why="password_reset")
    return len(foreign)
