"""Every refusal and fault of the API leaves as application/problem+json."""

from collections.abc import Mapping
from typing import Any

import redis.exceptions
from botocore.exceptions import BotoCoreError
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, UnreadablePostError
from django_redis.exceptions import ConnectionInterrupted
from kombu.exceptions import OperationalError as BrokerAway
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from sessions_app.problems import CATALOGUE, Explained, Problem, fault
from sessions_app.stored_words import translated

MEDIA_TYPE = "application/problem+json"

# A dependency that is away for a moment, for pages and programs alike.
AWAY = (
    OperationalError,
    InterfaceError,
    ConnectionInterrupted,
    redis.exceptions.ConnectionError,
    redis.exceptions.TimeoutError,
    BotoCoreError,
    BrokerAway,
)

# The frame's exceptions, most particular first.
CODES: tuple[tuple[type[Exception], str], ...] = (
    (exceptions.ValidationError, "invalid_request"),
    (exceptions.ParseError, "malformed_body"),
    (exceptions.NotAuthenticated, "signed_out"),
    (exceptions.AuthenticationFailed, "signed_out"),
    (exceptions.PermissionDenied, "forbidden"),
    (PermissionDenied, "forbidden"),
    (exceptions.NotFound, "not_found"),
    (Http404, "not_found"),
    (exceptions.MethodNotAllowed, "method_not_allowed"),
    (exceptions.NotAcceptable, "not_acceptable"),
    (exceptions.UnsupportedMediaType, "unsupported_media_type"),
    (exceptions.Throttled, "too_many_requests"),
    (UnreadablePostError, "upload_cut_off"),
    (RequestDataTooBig, "file_too_large"),
    (SuspiciousOperation, "malformed_body"),
)


def handler(error: Exception, context: Mapping[str, Any]) -> Response:
    set_rollback()
    body, status = _body(error, context)
    # Refusals are English where they arise; a program that asks for another language gets it here.
    body |= {name: translated(body[name]) for name in ("title", "detail", "fix") if body.get(name)}
    return Response(
        {"type": "about:blank", "status": status} | body,
        status=status,
        headers=_headers(error),
        content_type=MEDIA_TYPE,
    )


def _body(error: Exception, context: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    if isinstance(error, Explained):
        body = error.problem()
        return body, getattr(error, "status", 422)
    code = next((code for kind, code in CODES if isinstance(error, kind)), None)
    if isinstance(error, AWAY):
        code = "service_away"
        fault(error, doing=_doing(context))
    if code is None:
        return fault(error, doing=_doing(context)), 500
    body = Problem(code, _detail(error, code)).problem()
    if isinstance(error, exceptions.ValidationError):
        body |= {"errors": error.detail, "where": ", ".join(map(str, error.detail)) if _named(error) else ""}
    return body, CATALOGUE[code].status


def _detail(error: Exception, code: str) -> str:
    if isinstance(error, exceptions.ValidationError):
        return _first(error.detail)
    if isinstance(error, exceptions.APIException) and code not in {"not_found", "too_many_requests"}:
        return str(error.detail)
    return ""


def _first(detail: Any, where: str = "") -> str:
    """The first message in what a serializer says, with the path to it."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            if inner:
                return _first(inner, f"{where}.{name}" if where else str(name))
    if isinstance(detail, (list, tuple)):
        for place, inner in enumerate(detail):
            if inner:
                return _first(inner, where if isinstance(inner, str) else f"{where}[{place}]")
    return f"{where}: {detail}" if where else str(detail)


def _named(error: exceptions.ValidationError) -> bool:
    return isinstance(error.detail, Mapping)


def _headers(error: Exception) -> dict[str, str]:
    headers = {}
    if scheme := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = scheme
    if (wait := getattr(error, "wait", None)) is not None:
        headers["Retry-After"] = str(max(1, round(wait)))
    elif isinstance(error, AWAY) or getattr(error, "status", None) == 503:
        headers["Retry-After"] = "10"
    return headers


def _doing(context: Mapping[str, Any]) -> str:
    view = context.get("view")
    return f"answering {type(view).__name__}" if view else "answering"
