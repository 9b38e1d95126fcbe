"""Bodies of requests: whole, and not larger than they may be, before anybody looks at them."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import LimitedStream
from django.http import HttpRequest, HttpResponse, JsonResponse

from sessions_app.files import size_limit_text
from sessions_app.problems import Problem

FORM_BYTES = 1 << 20
"""What a form may weigh beside its file."""


class WholeBody(LimitedStream):
    """Ends with an error instead of silently when the client goes away in the middle.

    Without it a form parser takes half a file for a whole one.
    """

    cut_off = False

    def read(self, size: int = -1, /) -> bytes:
        data = super().read(size)
        if not data and size != 0 and self._pos < self.limit:
            self.cut_off = True
            raise ConnectionResetError("the body ended before its declared length")
        return data


class WholeBodyMiddleware:
    """Refuses a body that is too large before reading it, and one that was cut off while reading it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        stream: Any = getattr(request, "_stream", None)
        if isinstance(stream, LimitedStream) and stream.limit:
            if stream.limit > settings.UPLOAD["max_bytes"] + FORM_BYTES:
                return _too_large(request)
            body = WholeBody(request.environ["wsgi.input"], stream.limit)
            request._stream = body  # type: ignore[attr-defined]
            response = self.get_response(request)
            if body.cut_off:
                # The parser leaves the half it had written to the garbage collector.
                for handler in request.upload_handlers:
                    handler.upload_interrupted()
            return response
        return self.get_response(request)


def _too_large(request: HttpRequest) -> HttpResponse:
    problem = Problem("file_too_large", f"At most {size_limit_text()} can be uploaded at once.")
    if request.path.startswith("/api/"):
        body = {"type": "about:blank", "status": problem.status} | problem.problem()
        return JsonResponse(body, status=problem.status, content_type="application/problem+json")
    text = f"{problem.title}. {problem.detail}"
    return HttpResponse(text, status=problem.status, content_type="text/plain; charset=utf-8")
