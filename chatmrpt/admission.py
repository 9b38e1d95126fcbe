"""How many requests one process works on at once. Whoever comes on top is told to come back, at once and politely.

Beyond a certain number more work at the same time makes everybody slower and nobody faster. The answer is then 503
with `Retry-After`, and for a person a page that tries again by itself. Nothing of such a request was done.
"""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

# Asked by machines that decide whether we live; they must always be answered.
ALWAYS = ("/health/",)
# A password is hashed for a quarter of a second on purpose. These have a lane of their own, or nobody else would move.
HASHING = ("/accounts/sign-in/", "/accounts/sign-up/", "/api/token/", "/accounts/profile/delete/")
BUSY = "Everybody's requests together are more than can be worked on at once. Nothing of yours was done."


class Admission:
    """The two lanes of this process: one counter each, nothing about who is in them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._all = threading.BoundedSemaphore(settings.ADMISSION["in_flight"])
        self._hashing = threading.BoundedSemaphore(settings.ADMISSION["hashing"])

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(ALWAYS):
            return self.get_response(request)
        with _taken(self._all) as admitted:
            if not admitted:
                return busy(request, settings.ADMISSION["retry_seconds"])
            if request.method != "POST" or request.path not in HASHING:
                return self.get_response(request)
            with _taken(self._hashing) as admitted_to_hash:
                if not admitted_to_hash:
                    return busy(request, settings.ADMISSION["retry_seconds"])
                return self.get_response(request)


@contextmanager
def _taken(lane: threading.BoundedSemaphore) -> Iterator[bool]:
    admitted = lane.acquire(blocking=False)
    try:
        yield admitted
    finally:
        if admitted:
            lane.release()


def busy(request: HttpRequest, seconds: int, detail: str = BUSY) -> HttpResponse:
    """503 in the form that the client reads: a problem for programs, a waiting page for people."""
    # Spread, so that those who were sent away together don't come back together.
    wait = seconds + random.randrange(seconds + 1)
    response: HttpResponse
    if request.path.startswith("/api/"):
        body = {
            "type": "about:blank",
            "status": 503,
            "code": "busy",
            "title": "Many people are here right now",
            "detail": detail,
            "fix": "Wait for the time in Retry-After, then send the request again.",
            "where": "",
            "examples": [],
        }
        response = JsonResponse(body, status=503, content_type="application/problem+json")
    else:
        response = HttpResponse(render_to_string("503.html", {"retry_seconds": wait}), status=503)
    response.headers["Retry-After"] = str(wait)
    response.headers["Cache-Control"] = "no-store"
    return response
