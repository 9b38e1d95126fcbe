"""How a web request comes to run for a user."""

from __future__ import annotations

from contextlib import ExitStack
from uuid import UUID

from django.http import HttpRequest

from sessions_app.isolation.errors import IsolationError
from sessions_app.isolation.scope import scope


class HeldScopes(ExitStack):
    """The scopes that a request has entered; the middleware leaves them when the answer is there."""

    entered = False

    def hold(self, user_id: UUID) -> None:
        self.enter_context(scope(user_id))
        self.entered = True


def enter(request: HttpRequest, user_id: UUID) -> None:
    """Run the rest of this request for that user. Call it only once a credential of theirs has been verified."""
    held = getattr(request, "held_scopes", None)
    if held is None:
        raise IsolationError("The request didn't come through ScopeMiddleware.")
    held.hold(user_id)
