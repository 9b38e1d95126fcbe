"""Who calls the API: a bearer token, a personal token, or the browser's own session with CSRF.

Each class verifies first and then enters the caller's scope; everything later in the request runs inside it.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken, TokenError
from rest_framework_simplejwt.tokens import Token

from sessions_app.accounts.jwt import subject
from sessions_app.isolation.identity import personal_token_owner, secret_hash
from sessions_app.isolation.requests import enter
from sessions_app.models import PersonalToken, RefreshGrant, User

LAST_USED_STEP = timedelta(minutes=1)
REFUSED = "This token is not valid: it is wrong, has expired or was revoked."


class BearerAuthentication(JWTAuthentication):
    """`Authorization: Bearer <access token>`; the user and the sign-in are looked up at every request."""

    def authenticate(self, request: Request) -> tuple[User, Token] | None:
        header = self.get_header(request)
        raw = self.get_raw_token(header) if header else None
        if raw is None:
            return None
        try:
            token = self.get_validated_token(raw)
            user_id, family = subject(token)
        except (InvalidToken, TokenError):
            raise AuthenticationFailed(REFUSED) from None
        enter(request._request, user_id)
        live = RefreshGrant.objects.filter(owner_id=OuterRef("pk"), family=family, revoked_at=None)
        with transaction.atomic():
            user = User.objects.filter(Exists(live), pk=user_id, is_active=True).first()
        if user is None:
            raise AuthenticationFailed(REFUSED)
        return user, token


class PersonalTokenAuthentication(BaseAuthentication):
    """`Authorization: Token <prefix>.<secret>`, as made on the tokens page."""

    keyword = b"token"

    def authenticate(self, request: Request) -> tuple[User, PersonalToken] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != self.keyword:
            return None
        if len(parts) != 2 or not parts[1].isascii():
            raise AuthenticationFailed(REFUSED)
        hashed = secret_hash(parts[1].decode("ascii"))
        owner_id = personal_token_owner(hashed)
        if owner_id is None:
            raise AuthenticationFailed(REFUSED)
        enter(request._request, owner_id)
        now = timezone.now()
        with transaction.atomic():
            token = PersonalToken.objects.select_related("owner").filter(secret_hash=hashed).first()
            if token is None or token.revoked_at or (token.expires_at and token.expires_at <= now):
                raise AuthenticationFailed(REFUSED)
            if not token.owner.is_active:
                raise AuthenticationFailed(REFUSED)
            if token.read_only and request.method not in SAFE_METHODS:
                raise PermissionDenied("This token may only read.")
            self._mark_used(token, now)
        return token.owner, token

    def authenticate_header(self, request: Request) -> str:
        return 'Token realm="api"'

    @staticmethod
    def _mark_used(token: PersonalToken, now: object) -> None:
        if token.last_used_at and now - token.last_used_at < LAST_USED_STEP:
            return
        # A request holds its transaction to the end: others with the same token must not wait for it.
        if PersonalToken.objects.select_for_update(skip_locked=True).filter(pk=token.pk).first():
            PersonalToken.objects.filter(pk=token.pk).update(last_used_at=now)


class BrowserAuthentication(SessionAuthentication):
    """The signed-in browser; every change needs the CSRF token."""


def used_personal_token(request: Request) -> bool:
    return isinstance(request.auth, PersonalToken)
