"""One walk to a provider and back. What has to come back unchanged waits in a cookie of this browser alone.

The cookie is signed, closed to scripts, sent to the pages of this walk only, and dropped at the end. Nothing of it is
stored here but, for ten minutes, the hash of a state that was used.
"""

from __future__ import annotations

import hmac
import json
import secrets
from dataclasses import asdict, dataclass
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from sessions_app.isolation.cache import public_cache_key

COOKIE = "provider_walk"
SECONDS = 10 * 60
SIGN_IN, LINK = "sign-in", "link"


@dataclass(frozen=True, slots=True)
class Flow:
    """`user` is who wants to link, and nobody for a sign-in; `following` is an address of ours."""

    provider: str
    purpose: str
    state: str
    nonce: str
    verifier: str
    following: str = ""
    user: str = ""


def new_flow(provider: str, purpose: str, *, following: str = "", user_id: UUID | None = None) -> Flow:
    state, nonce, verifier = (secrets.token_urlsafe(48) for _ in range(3))
    return Flow(provider, purpose, state, nonce, verifier, following, str(user_id or ""))


def keep(response: HttpResponse, flow: Flow) -> HttpResponse:
    response.set_signed_cookie(
        COOKIE,
        json.dumps(asdict(flow)),
        salt=COOKIE,
        max_age=SECONDS,
        path=_path(),
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
    return response


def drop(response: HttpResponse) -> HttpResponse:
    response.delete_cookie(COOKIE, path=_path(), samesite="Lax")
    return response


def come_back(request: HttpRequest, provider: str) -> Flow | None:
    """The walk that this request ends: begun in this browser, to this provider, not long ago, and not ended before."""
    text = request.get_signed_cookie(COOKIE, "", salt=COOKIE, max_age=SECONDS)
    if not text:
        return None
    flow = Flow(**json.loads(text))
    state = request.GET.get("state", "")
    if flow.provider != provider or not hmac.compare_digest(flow.state.encode(), state.encode()):
        return None
    # Counted where all processes see it; a second answer with the same state is somebody else's.
    return flow if cache.add(public_cache_key("oidc", "used", flow.state), 1, timeout=SECONDS) else None


def _path() -> str:
    return reverse("oidc_callback", args=["p"]).rsplit("/", 3)[0] + "/"
