"""Sends faults to Sentry, or what speaks its protocol, where SENTRY_DSN says so. Loaded only then.

A report holds the classes of an exception and the lines of our code that it passed, the incident's number, and a user's
pseudonym. Words of exceptions, values of variables, requests and host names stay here: they can hold what users typed.
"""

import logging
from typing import Any

import sentry_sdk
from django.conf import settings
from sentry_sdk.utils import event_from_exception

from chatmrpt.causes import chain_of
from chatmrpt.logs import pseudonym, request_id
from sessions_app.isolation.scope import current_owner

# What of a report, of an exception and of a line of code may leave.
KEPT = (
    "event_id",
    "timestamp",
    "level",
    "logger",
    "platform",
    "release",
    "environment",
    "exception",
    "tags",
    "user",
)
KEPT_OF_EXCEPTION = ("type", "module", "stacktrace")
KEPT_OF_FRAME = ("filename", "function", "module", "lineno", "in_app")
QUIET_SECONDS = 2
# Pages' faults have been reported under their incident's number when Django tells of them once more.
TOLD_TWICE = "django.request"


def scrubbed(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
    """Only what is listed, whoever else added to the event."""
    kept = {name: event[name] for name in KEPT if name in event}
    values = (event.get("exception") or {}).get("values") or []
    kept["exception"] = {"values": [_exception(value) for value in values]}
    kept["user"] = {"id": event["user"]["id"]} if (event.get("user") or {}).get("id") else {}
    return kept


def _exception(value: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value[name] for name in KEPT_OF_EXCEPTION if name in value}
    frames = (kept.get("stacktrace") or {}).get("frames") or []
    kept["stacktrace"] = {
        "frames": [{name: frame[name] for name in KEPT_OF_FRAME if name in frame} for frame in frames]
    }
    return kept


class ReportedFaults(logging.Handler):
    """Reports what the log tells as an error with its exception, wherever it was handled."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.client = sentry_sdk.Client(
            dsn=settings.SENTRY_DSN,
            release=settings.CODE_VERSION,
            environment=settings.MODE,
            # A client that patches nothing and watches nothing; it only sends what it is given.
            default_integrations=False,
            auto_enabling_integrations=False,
            auto_session_tracking=False,
            send_client_reports=False,
            send_default_pii=False,
            max_request_body_size="never",
            include_local_variables=False,
            include_source_context=False,
            max_breadcrumbs=0,
            server_name="",
            shutdown_timeout=QUIET_SECONDS,
            before_send=scrubbed,
        )

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is None or record.name == TOLD_TWICE:
            return
        event, hint = event_from_exception(error, client_options=self.client.options)
        owner = current_owner()
        states = [state for part in chain_of(error) if (state := getattr(part, "sqlstate", None))]
        event |= {
            "level": "error",
            "logger": record.name,
            "tags": {
                "incident": getattr(record, "incident", ""),
                "request": request_id(),
                "sqlstate": states[0] if states else "",
            },
            "user": {"id": pseudonym(owner)} if owner else {},
        }
        self.client.capture_event(event, hint)

    def close(self) -> None:
        self.client.close(timeout=QUIET_SECONDS)
        super().close()
