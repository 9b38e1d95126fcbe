"""Access and refresh tokens of the API: signed by simplejwt, remembered as `RefreshGrant` rows.

Each refresh token works once. Used twice, somebody has a copy: the whole family ends, access tokens included.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from django.db import transaction
from django.utils import timezone
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import RefreshToken, Token

from sessions_app.accounts import actions
from sessions_app.events import record
from sessions_app.isolation.identity import secret_hash
from sessions_app.isolation.scope import scope
from sessions_app.models import RefreshGrant, User

FAMILY = "family"


def issue_pair(user: User, *, family: uuid.UUID | None = None) -> dict[str, str]:
    """Hand out an access and a refresh token; a new family is a new sign-in."""
    is_sign_in, family = family is None, family or uuid.uuid4()
    refresh = RefreshToken.for_user(user)
    refresh[FAMILY] = str(family)
    with scope(user.id), transaction.atomic():
        if is_sign_in:
            record(owner_id=user.pk, verb="account.signed_in", of=user, by="token")
        actions.grant(
            by=user, jti=refresh["jti"], family=family, expires_at=datetime.fromtimestamp(refresh["exp"], UTC)
        )
    return {"access": str(refresh.access_token), "refresh": str(refresh)}


def rotate(raw: str) -> dict[str, str] | None:
    """Exchange a refresh token for a new pair; None when it is not (or no longer) good."""
    token = read_refresh(raw)
    if token is None:
        return None
    user_id, family = subject(token)
    with scope(user_id), transaction.atomic():
        # Locked, so that of two exchanges at the same moment one comes second and counts as reuse.
        grant = RefreshGrant.objects.select_for_update().filter(jti_hash=secret_hash(token["jti"])).first()
        user = User.objects.filter(pk=user_id, is_active=True).first()
        if grant is None or user is None or grant.revoked_at:
            return None
        if grant.used_at:
            actions.revoke_family(by=user, family=family, verb="account.refresh_reused")
            return None
        grant.used_at = timezone.now()
        grant.save(update_fields=["used_at"])
        return issue_pair(user, family=family)


def revoke(raw: str) -> None:
    """End the sign-in that this refresh token belongs to; an unknown token changes nothing."""
    token = read_refresh(raw)
    if token is None:
        return
    user_id, family = subject(token)
    with scope(user_id), transaction.atomic():
        user = User.objects.filter(pk=user_id).first()
        if user is not None:
            actions.revoke_family(by=user, family=family, verb="account.token_revoked")


def read_refresh(raw: str) -> RefreshToken | None:
    try:
        token = RefreshToken(raw)
        subject(token)
    except TokenError:
        return None
    return token


def subject(token: Token) -> tuple[uuid.UUID, uuid.UUID]:
    """Whose token it is and of which sign-in; a signed token without both was not made here."""
    try:
        return uuid.UUID(token["user_id"]), uuid.UUID(token[FAMILY])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise TokenError("Token names no sign-in") from error
