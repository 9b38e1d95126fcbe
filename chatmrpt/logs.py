"""Logs as one JSON object per line: what happened, in which request, for which pseudonym. Never what users typed.

A message may hold ids, names of classes and numbers. Addresses, e-mails, file names and cells don't belong in it;
the pseudonym is a keyed hash, so that a log alone leads to nobody and two lines of one user can still be matched.
"""

import json
import logging
import uuid
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from chatmrpt.causes import chain_of
from chatmrpt.metrics import count
from sessions_app.isolation.scope import current_owner

request_logger = logging.getLogger("chatmrpt.request")

_request_id: ContextVar[str] = ContextVar("chatmrpt_request_id", default="")
# What a record may carry beside its message.
EXTRAS = ("method", "route", "status", "milliseconds", "incident", "task", "state")


def pseudonym(user_id: uuid.UUID) -> str:
    """The same for one user as long as the secret key stays; not to be turned back without it."""
    return salted_hmac("chatmrpt.logs", str(user_id), algorithm="sha256").hexdigest()[:16]


def request_id() -> str:
    """The id of the request that is being answered; empty outside of one."""
    return _request_id.get()


class RequestLog:
    """Middleware: gives each request an id, says it in the response, and writes one line when it is answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _request_id.set(uuid.uuid4().hex)
        begun = datetime.now(UTC)
        try:
            response = self.get_response(request)
            response.headers["X-Request-Id"] = _request_id.get()
            self._write(request, response, (datetime.now(UTC) - begun).total_seconds() * 1000)
            return response
        finally:
            _request_id.reset(token)

    @staticmethod
    def _write(request: HttpRequest, response: HttpResponse, milliseconds: float) -> None:
        match = request.resolver_match
        user = getattr(request, "user", None)
        asker = pseudonym(user.pk) if user is not None and user.is_authenticated else ""
        # The route and not the path: an address can hold what somebody typed.
        extra = {
            "method": request.method,
            "route": match.route if match else "",
            "status": response.status_code,
            "milliseconds": round(milliseconds, 1),
            "asker": asker,
        }
        request_logger.info("answered", extra=extra)
        if response.status_code >= 500 or response.status_code == 429:
            count("responses_total", status=str(response.status_code))


class JsonLines(logging.Formatter):
    """One JSON object per record. Of an exception: its classes and where it arose, never its words or values."""

    def format(self, record: logging.LogRecord) -> str:
        owner = current_owner()
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": self._message(record),
            "request": _request_id.get(),
            "user": getattr(record, "asker", "") or (pseudonym(owner) if owner else ""),
        }
        line |= {name: getattr(record, name) for name in EXTRAS if hasattr(record, name)}
        if measured := getattr(record, "measured", None):
            milliseconds = int(record.created * 1000)
            line |= measured["values"]
            line["_aws"] = {"Timestamp": milliseconds, "CloudWatchMetrics": [measured["metrics"]]}
        if record.exc_info and record.exc_info[1] is not None:
            line |= _told(record.exc_info[1])
        return json.dumps({name: value for name, value in line.items() if value != ""}, default=str)

    @staticmethod
    def _message(record: logging.LogRecord) -> str:
        # Django's own lines about requests name the path or the host, which can hold what somebody typed.
        if record.name.startswith("django.security"):
            return f"refused: {record.name.removeprefix('django.security.')}"
        if record.name.startswith("django."):
            first = record.args[0] if isinstance(record.args, tuple) and record.args else record.msg
            return str(first).partition(":")[0][:60]
        # Celery prints arguments and exceptions in full.
        if record.name.startswith("celery") and isinstance(record.args, Mapping):
            kept = {name: record.args.get(name) for name in ("name", "id", "runtime")}
            return " ".join(str(value) for value in kept.values() if value is not None)
        return record.getMessage()


def _told(error: BaseException) -> dict[str, Any]:
    chain = chain_of(error)
    last = chain[-1].__traceback__
    while last and last.tb_next:
        last = last.tb_next
    place = f"{last.tb_frame.f_code.co_filename}:{last.tb_lineno}" if last else ""
    sqlstates = [state for state in (getattr(part, "sqlstate", None) for part in chain) if state]
    return {
        "error": [type(part).__name__ for part in chain],
        "raised_at": place.removeprefix(f"{settings.BASE_DIR}/"),
        "sqlstate": sqlstates[0] if sqlstates else "",
    }
