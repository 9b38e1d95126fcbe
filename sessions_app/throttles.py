"""How often one user may ask: fixed windows counted in Valkey, one atomic step per request.

Pages and the API count together: whoever has used up a minute through one waits at the other, too. When Valkey is
away the count fails and so does the request (503): a limit that cannot be counted is not an open door.
"""

import math
import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from rest_framework.throttling import BaseThrottle

from sessions_app.isolation.cache import cache_key

View = Callable[..., HttpResponse]


def seconds_to_wait(owner_id: UUID, scope: str) -> float:
    """Count one more of `scope` for this user; 0 while there is room, else the seconds until there is some."""
    limit, seconds = settings.API_LIMITS[scope]
    now = time.time()
    key = cache_key(owner_id, "throttle", scope, str(int(now // seconds)))
    cache.add(key, 0, timeout=2 * seconds)
    try:
        room = cache.incr(key) <= limit
    except (TypeError, ValueError):
        room = False  # what stands there is no number: taken for a count that is used up
    return 0.0 if room else seconds - now % seconds


class UserThrottle(BaseThrottle):
    """Any request of a signed-in user."""

    scope = "user"

    def allow_request(self, request: Any, view: Any) -> bool:
        if not (request.user and request.user.is_authenticated):
            return True  # refused a moment later: no address of ours answers strangers here
        self._wait = seconds_to_wait(request.user.pk, self.scope)
        return not self._wait

    def wait(self) -> float:
        return self._wait


class UploadThrottle(UserThrottle):
    scope = "upload"


class ComputeThrottle(UserThrottle):
    scope = "compute"


def please_wait(request: HttpRequest, seconds: float) -> HttpResponse:
    """The page that says "wait" (429) and for how long."""
    wait = max(1, math.ceil(seconds))
    response = render(request, "429.html", {"wait_seconds": wait}, status=429)
    response["Retry-After"] = str(wait)
    return response


def limited(*scopes: str, when: Callable[[HttpRequest], bool] | None = None) -> Callable[[View], View]:
    """A page whose POSTs are counted as the API's are; `when` names those of them that store or start something.

    It stands below `login_required`, nearest to the view.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def counted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "POST" and (when is None or when(request)):
                for scope in scopes:
                    if wait := seconds_to_wait(request.user.pk, scope):  # type: ignore[arg-type]  # signed in
                        return please_wait(request, wait)
            return view(request, *args, **kwargs)

        counted.limited_by = scopes  # type: ignore[attr-defined]  # read by tests/test_limited_pages.py
        return counted

    return decorate
