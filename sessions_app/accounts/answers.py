"""Answers that account pages share: too many tries, counting away, where to go next, forget this browser."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

from sessions_app.accounts.asked_mails import MailUnavailable
from sessions_app.accounts.throttles import CountingUnavailable, TooManyTries
from sessions_app.throttles import please_wait

View = Callable[..., HttpResponse]


def answers_limits(view: View) -> View:
    """A page that says "wait" (429) or "not now" (503) when the view was refused by a throttle."""

    @wraps(view)
    def answered(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except TooManyTries as refusal:
            response = please_wait(request, refusal.retry_after)
        except (CountingUnavailable, MailUnavailable):
            response = render(request, "accounts/not_now.html", status=503)
            response["Retry-After"] = "30"
        return response

    return answered


def next_address(request: HttpRequest, default: str) -> str:
    """The page asked for by `next`, if it is one of ours, else `default`."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if ours else resolve_url(default)


def forget_browser(response: HttpResponse) -> HttpResponse:
    """Ask the browser to drop what it holds of us: the next person at this computer starts clean."""
    response["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response
