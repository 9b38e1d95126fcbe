"""Settings of a server that is deliberately wrong: it waits like `waiting`, and all users and processes share one lock."""

import fcntl
import tempfile
from collections.abc import Callable
from pathlib import Path

from django.http import HttpRequest, HttpResponse

from crowd.waiting import *  # noqa: F403
from crowd.waiting import MIDDLEWARE as WAITING

LOCK = Path(tempfile.gettempdir()) / "chatmrpt-crowd-one-at-a-time"


class OneAtATime:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with LOCK.open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            return self.get_response(request)


MIDDLEWARE = ["crowd.one_at_a_time.OneAtATime", *WAITING]
