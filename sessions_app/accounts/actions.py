"""What changes an account. Each action is one transaction in the owner's scope, with one event."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from sessions_app.accounts.personal_tokens import MOST_PER_USER, new_token
from sessions_app.events import record
from sessions_app.isolation.identity import secret_hash
from sessions_app.isolation.scope import scope
from sessions_app.models import AnalysisSession, PersonalToken, RefreshGrant, User, WebSession
from sessions_app.privacy import consent

DEMO_DOMAIN = "demo.invalid"


class EmailTaken(Exception):
    """Another account has this address."""


class TooManyTokens(Exception):
    """The user has as many live tokens as one may have."""


class AccountChanged(PermissionDenied):
    """The account was disabled, or got another password, after this request was let in."""


def hold(user: User) -> None:
    """Lock the user's row for a change of what opens the account, if it still is as it let this request in.

    Who locks an account waits here, or is waited for: nothing is added behind their back.
    """
    rows = User.objects.select_for_update().filter(pk=user.pk, is_active=True, password=user.password)
    if rows.first() is None:
        raise AccountChanged


def sign_up(
    *, email: str, password: str, display_name: str = "", language: str = "", privacy_version: str = ""
) -> User:
    """Open an account: a fresh id is claimed and its row inserted under its own scope.

    `privacy_version` is the notice that the page named; opening an account there accepts it.
    """
    user = User(id=uuid.uuid4(), email=email.lower(), display_name=display_name, language=language)
    # Hashed before the transaction: it takes longer than everything else here.
    user.password = make_password(password)
    try:
        with scope(user.id), transaction.atomic():
            user.save(force_insert=True)
            record(owner_id=user.pk, verb="account.signed_up", of=user)
            if privacy_version:
                consent.accept(by=user, version=privacy_version)
    except IntegrityError:
        raise EmailTaken from None
    return user


def open_demo(*, language: str = "") -> tuple[User, AnalysisSession]:
    """Make a throwaway account with the synthetic session; nobody can sign in to it a second time.

    Call it outside a transaction: the session's content is computed here.
    """
    user = User(
        email=f"{uuid.uuid4().hex}@{DEMO_DOMAIN}", display_name="Demo", is_demo=True, language=language
    )
    user.set_unusable_password()
    with scope(user.id):
        with transaction.atomic():
            user.save(force_insert=True)
            record(owner_id=user.pk, verb="account.demo_opened", of=user)
        session = import_string(settings.DEMO_CONTENT)(by=user)
    return user, session


def rename(*, by: User, display_name: str) -> None:
    with transaction.atomic():
        by.display_name = display_name
        by.save(update_fields=["display_name"])
        record(owner_id=by.pk, verb="account.renamed", of=by)


def choose_language(*, by: User, language: str) -> None:
    with transaction.atomic():
        by.language = language
        by.save(update_fields=["language"])
        record(owner_id=by.pk, verb="account.language_chosen", of=by, language=language)


def set_password(*, by: User, password: str, verb: str = "account.password_changed") -> None:
    """Store the new password; every refresh grant ends with the old one."""
    hashed = make_password(password)
    with scope(by.id), transaction.atomic():
        hold(by)
        by.password = hashed
        by.save(update_fields=["password"])
        _end_grants(by)
        record(owner_id=by.pk, verb=verb, of=by)


def end_web_sessions(*, by: User, keep: str | None = None) -> int:
    """Sign out every browser of the user, except the one whose stored key is `keep`."""
    with scope(by.id), transaction.atomic():
        ended, _ = WebSession.objects.filter(owner=by).exclude(pk=keep).delete()
        _end_grants(by)
        record(owner_id=by.pk, verb="account.signed_out_elsewhere", of=by, ended=ended)
    return ended


def make_personal_token(
    *, by: User, name: str, read_only: bool, expires_at: datetime | None
) -> tuple[PersonalToken, str]:
    """Make a token; the second value is its only appearance in clear."""
    prefix, token = new_token()
    with transaction.atomic():
        # The user's row is the queue: two tabs can't both make the last one.
        hold(by)
        if PersonalToken.objects.filter(owner=by, revoked_at=None).count() >= MOST_PER_USER:
            raise TooManyTokens
        row = PersonalToken.objects.create(
            owner=by,
            name=name,
            prefix=prefix,
            secret_hash=secret_hash(token),
            read_only=read_only,
            expires_at=expires_at,
        )
        record(owner_id=by.pk, verb="token.made", of=row, read_only=read_only)
    return row, token


def revoke_personal_token(*, by: User, token: PersonalToken) -> None:
    with transaction.atomic():
        if PersonalToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
            record(owner_id=by.pk, verb="token.revoked", of=token)


def grant(*, by: User, jti: str, family: uuid.UUID, expires_at: datetime) -> None:
    """Note one refresh token as handed out."""
    with transaction.atomic():
        RefreshGrant.objects.create(owner=by, jti_hash=secret_hash(jti), family=family, expires_at=expires_at)


def revoke_family(*, by: User, family: uuid.UUID, verb: str) -> None:
    """End a sign-in of the API: its refresh tokens, and with them its access tokens."""
    with transaction.atomic():
        RefreshGrant.objects.filter(owner=by, family=family, revoked_at=None).update(
            revoked_at=timezone.now()
        )
        record(owner_id=by.pk, verb=verb, of=by, family=str(family))


def _end_grants(user: User) -> None:
    RefreshGrant.objects.filter(owner=user, revoked_at=None).update(revoked_at=timezone.now())
