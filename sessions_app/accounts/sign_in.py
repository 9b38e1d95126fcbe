"""Proving a password and opening a web session: shared by the page, the token API and the demo."""

from __future__ import annotations

import time
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import authenticate, login
from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.http import HttpRequest

from sessions_app.accounts import throttles
from sessions_app.events import record
from sessions_app.isolation.requests import enter
from sessions_app.models import User

SIGNED_IN_AT = "signed_in_at"
JUST_NOW_SECONDS = 10 * 60


def prove_password(request: HttpRequest, *, email: str, password: str) -> User | None:
    """The user, if the password is right and the account is open; each try is counted before it is made."""
    address, email = throttles.client_address(request), email.lower()
    counted = (
        (throttles.SIGN_IN_PAIR, (address, email)),
        (throttles.SIGN_IN_ADDRESS, (address,)),
        (throttles.SIGN_IN_EMAIL, (email,)),
    )
    for limit, parts in counted:
        throttles.take(limit, *parts)
    user = authenticate(request, email=email, password=password)
    if user is not None:
        for limit, parts in counted:
            throttles.give_back(limit, *parts)
    return user


def prove_password_again(request: HttpRequest, password: str) -> bool:
    """Whether the signed-in person still knows the password, asked before something irreversible."""
    throttles.take(throttles.PASSWORD_AGAIN, str(request.user.pk))
    # Not the user's own method: that one writes a better hash back, and no transaction is open while hashing.
    right = check_password(password, request.user.password)
    if right:
        throttles.give_back(throttles.PASSWORD_AGAIN, str(request.user.pk))
    return right


def signed_in_just_now(request: HttpRequest) -> bool:
    """For accounts without a password: whether this browser was signed in within the last ten minutes."""
    return time.time() - request.session.get(SIGNED_IN_AT, 0) < JUST_NOW_SECONDS


def open_web_session(request: HttpRequest, user: User, *, way: str = "browser") -> None:
    """Sign the browser in under a new session key; what was in an older one is dropped."""
    enter(request, user.pk)
    with transaction.atomic():
        request.session.flush()
        login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
        record(owner_id=user.pk, verb="account.signed_in", of=user, by=way)
        request.session[SIGNED_IN_AT] = int(time.time())
        if user.is_demo:
            request.session.set_expiry(timedelta(hours=settings.DEMO_ACCOUNT_HOURS))
