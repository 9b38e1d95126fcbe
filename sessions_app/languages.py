"""Which language a page is in: the account's, else that of a cookie, else what the browser asks for, else English.

Programs are answered in English unless their Accept-Language says otherwise: neither cookie nor account changes what
an API says. Numbers of the API and of files never depend on a language.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

Handler = Callable[[HttpRequest], HttpResponse]
COOKIE_SECONDS = 365 * 24 * 60 * 60
CODES = tuple(code for code, _ in settings.LANGUAGES)


def is_program(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def asked_for(request: HttpRequest) -> str:
    """The language before it is known who asks."""
    if not is_program(request):
        return translation.get_language_from_request(request)
    for code, _ in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        if code.partition("-")[0] in CODES:
            return code.partition("-")[0]
    return settings.LANGUAGE_CODE


def language_middleware(get_response: Handler) -> Handler:
    """Answer in the language that the request asks for, and say in the headers which one it became."""

    def respond(request: HttpRequest) -> HttpResponse:
        with translation.override(asked_for(request)):
            response = get_response(request)
            response.headers.setdefault(
                "Content-Language", translation.get_language() or settings.LANGUAGE_CODE
            )
        patch_vary_headers(
            response, ("Accept-Language",) if is_program(request) else ("Accept-Language", "Cookie")
        )
        return response

    return respond


def account_language_middleware(get_response: Handler) -> Handler:
    """Once it is known who asks, the language of the account stands above those of cookie and browser."""

    def respond(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and request.user.language and not is_program(request):
            # `language_middleware` restores what was there before.
            translation.activate(request.user.language)
        return get_response(request)

    return respond


def keep_language(response: HttpResponse, language: str) -> HttpResponse:
    """Let the browser remember the language, for pages before the sign-in."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=COOKIE_SECONDS,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
    return response
