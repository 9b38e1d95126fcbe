"""How many requests one process works on at once. Whoever comes on top is told to come back, at once and politely.

Beyond a certain number more work at the same time makes everybody slower and nobody faster. The answer is then 503
with `Retry-After`, and for a person a page that tries again by itself. Nothing of such a request was done.
"""

import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

# Asked by machines that decide whether we live; they must always be answered.
ALWAYS = ("/health/",)
# A password is hashed for a quarter of a second on purpose. These have a lane of their own, or nobody else would move.
HASHING = re.compile(
    r"/api/token/|/accounts/(sign-in|sign-up|sign-up/password|password/change|password/reset/new|profile/delete|oidc/[^/]+/link)/"
)
BUSY = "Everybody's requests together are more than can be worked on at once. Nothing of yours was done."


WINDOW_SECONDS = 3.0
# Each comeback costs a few milliseconds: more of them keep those from moving who are being served.
COMEBACKS_PER_SECOND = 8.0
LONGEST_WAIT = 60.0


class Lane:
    """So many at once. Those it sends away are told to stay away the longer, the more of them there are."""

    def __init__(self, places: int, least_wait: float) -> None:
        self._places = threading.BoundedSemaphore(places)
        self._least = self._wait = least_wait
        self._lock = threading.Lock()
        self._began, self._refused = time.monotonic(), 0

    @contextmanager
    def taken(self) -> Iterator[bool]:
        admitted = self._places.acquire(blocking=False)
        try:
            yield admitted
        finally:
            if admitted:
                self._places.release()

    def wait(self) -> float:
        """Seconds for one more who is sent away; everybody's own, so that they don't come back together."""
        with self._lock:
            now = time.monotonic()
            passed = now - self._began
            if passed >= WINDOW_SECONDS:
                # As many are away as came in this window, times the windows that they were told to wait.
                away = self._refused / passed * self._wait
                self._wait = min(LONGEST_WAIT, max(self._least, away / COMEBACKS_PER_SECOND))
                self._began, self._refused = now, 0
            self._refused += 1
            return self._wait * random.uniform(0.6, 1.4)


class Admission:
    """The two lanes of this process; they know how many are in them and nothing about whom."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._all = Lane(settings.ADMISSION["in_flight"], settings.ADMISSION["retry_seconds"])
        self._hashing = Lane(settings.ADMISSION["hashing"], settings.ADMISSION["retry_seconds"])

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(ALWAYS):
            return self.get_response(request)
        with self._all.taken() as admitted:
            if not admitted:
                return busy(request, self._all.wait())
            if request.method != "POST" or not HASHING.fullmatch(request.path):
                return self.get_response(request)
            with self._hashing.taken() as admitted_to_hash:
                if not admitted_to_hash:
                    return busy(request, self._hashing.wait())
                return self.get_response(request)


def busy(request: HttpRequest, seconds: float, detail: str = BUSY) -> HttpResponse:
    """503 in the form that the client reads: a problem for programs, a waiting page for people."""
    wait = max(1, round(seconds))
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
