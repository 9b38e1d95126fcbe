"""Settings of a server whose every request waits a little, as for a slow store. Only for comparison.

On a machine with few cores a request that only computes is as slow beside others as after them, lock or none. What
waits can overlap, unless something makes requests stand in line.
"""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from chatmrpt.settings import *  # noqa: F403
from chatmrpt.settings import MIDDLEWARE as RIGHT

WAIT_SECONDS = 0.05


class Waits:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        time.sleep(WAIT_SECONDS)
        return self.get_response(request)


MIDDLEWARE = ["crowd.waiting.Waits", *RIGHT]
