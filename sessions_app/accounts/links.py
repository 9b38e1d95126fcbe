"""Links in mails that prove an address. Once opened, what they carry moves to a cookie of the account pages.

So the address bar, the history and any Referer hold nothing that opens an account.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from sessions_app.isolation.scope import scope
from sessions_app.models import User

SIGN_UP_SALT = "chatmrpt.accounts.sign-up"
SIGN_UP_SECONDS = 24 * 60 * 60
COOKIE = "opened_link"


def sign_up_link(*, email: str, display_name: str) -> str:
    token = signing.dumps({"email": email, "name": display_name}, salt=SIGN_UP_SALT)
    return _public(reverse("sign_up_link", args=[token]))


def read_sign_up(token: str) -> dict[str, str] | None:
    """The address and name that the link proves, or None when it is forged or too old."""
    try:
        return signing.loads(token, salt=SIGN_UP_SALT, max_age=SIGN_UP_SECONDS)
    except signing.BadSignature:
        return None


def reset_link(user: User) -> str:
    return _public(reverse("password_reset_link", args=[user.pk, default_token_generator.make_token(user)]))


def read_reset(value: str) -> User | None:
    """The user whose `id:token` this is, as long as neither password nor sign-in has changed since."""
    user_id, _, token = value.partition(":")
    try:
        owner = uuid.UUID(user_id)
    except ValueError:
        return None
    with scope(owner), transaction.atomic():
        user = User.objects.filter(pk=owner, is_active=True, is_demo=False).first()
    return user if user is not None and default_token_generator.check_token(user, token) else None


def keep(response: HttpResponse, value: str) -> HttpResponse:
    response.set_signed_cookie(
        COOKIE,
        value,
        salt=COOKIE,
        max_age=settings.PASSWORD_RESET_TIMEOUT,
        path=reverse("sign_in").rsplit("/", 2)[0] + "/",
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
    return response


def kept(request: HttpRequest) -> str:
    return request.get_signed_cookie(COOKIE, "", salt=COOKIE, max_age=settings.PASSWORD_RESET_TIMEOUT)


def drop(response: HttpResponse) -> HttpResponse:
    response.delete_cookie(COOKIE, path=reverse("sign_in").rsplit("/", 2)[0] + "/", samesite="Lax")
    return response


def _public(path: str) -> str:
    return settings.PUBLIC_URL.rstrip("/") + path
