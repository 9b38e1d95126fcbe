"""How often one user may ask: fixed windows counted in Valkey, one atomic step per request.

When Valkey is away the count fails and so does the request (503): a limit that cannot be counted is not an open
door.
"""

import time
from typing import Any

from django.conf import settings
from django.core.cache import cache
from rest_framework.throttling import BaseThrottle

from sessions_app.isolation.cache import cache_key


class UserThrottle(BaseThrottle):
    """Any request of a signed-in user."""

    scope = "user"

    def allow_request(self, request: Any, view: Any) -> bool:
        if not (request.user and request.user.is_authenticated):
            return True  # refused a moment later: no address of ours answers strangers here
        limit, seconds = settings.API_LIMITS[self.scope]
        now = time.time()
        self._wait = seconds - now % seconds
        key = cache_key(request.user.pk, "throttle", self.scope, str(int(now // seconds)))
        cache.add(key, 0, timeout=2 * seconds)
        return cache.incr(key) <= limit

    def wait(self) -> float:
        return self._wait


class UploadThrottle(UserThrottle):
    scope = "upload"


class ComputeThrottle(UserThrottle):
    scope = "compute"
