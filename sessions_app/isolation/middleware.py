"""From a cookie to a scope that lasts for the whole request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import auth
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from sessions_app.isolation.lookup import collecting_misses, write_down
from sessions_app.isolation.requests import HeldScopes
from sessions_app.isolation.scope import scope
from sessions_app.isolation.staff import staff_access


class WebSessionMiddleware(SessionMiddleware):
    """Django's, over ``web_sessions.py``. It stands outside the scope: it saves before and after one is known."""

    async_capable = False


class ScopeMiddleware(AuthenticationMiddleware):
    """Finds out who asks, runs the request in their scope, and notes what they asked for and may not see."""

    async_capable = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with HeldScopes() as held, collecting_misses() as misses:
            request.held_scopes = held  # type: ignore[attr-defined]
            request.user = self._user_of_cookie(request, held)  # type: ignore[assignment]
            response = self.get_response(request)
        write_down(misses)
        if held.entered:
            response["Cache-Control"] = "private, no-store"
        return response

    def process_view(self, request: HttpRequest, view: Callable[..., Any], *_: Any) -> None:
        """Staff on admin pages use the staff role's own connection, to the end of the request."""
        match = request.resolver_match
        if match and match.app_names[:1] == ["admin"] and request.user.is_active and request.user.is_staff:
            request.held_scopes.enter_context(staff_access())  # type: ignore[attr-defined]

    @staticmethod
    def _user_of_cookie(request: HttpRequest, held: HeldScopes) -> Any:
        """The signed-in user, looked up anew each time, so that a disabled account is out at once."""
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return AnonymousUser()
        user_id = request.session.get(SESSION_KEY)
        if user_id is None:
            return AnonymousUser()
        with scope(user_id), transaction.atomic():
            user = auth.get_user(request)
        if user.is_authenticated:
            held.hold(user.pk)
        return user
