"""What is said to a provider and believed of its answers: discovery, the exchange of a code, the check of an id token.

The libraries are loaded here when somebody first signs in this way, so that nobody else waits for them. Call nothing of
this inside a transaction: it waits for another machine.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.urls import reverse

from sessions_app.accounts.oidc.flow import Flow
from sessions_app.isolation.cache import public_cache_key

SCOPE = "openid email profile"
# No "none", and nothing that a shared secret signs: the keys are the provider's public ones.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
SKEW_SECONDS = 60
KEPT_SECONDS = 60 * 60
ASKED_AGAIN_SECONDS = 60
MOST_BYTES = 512 * 1024
SALT = "chatmrpt.oidc"


class ProviderAway(Exception):
    """The provider doesn't answer, or not with what it should."""


class NotBelieved(Exception):
    """What came back proves nothing. The reason is for the log; it holds no value of anybody's."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a provider vouches for, with an address that it has verified."""

    issuer: str
    subject: str
    email: str
    name: str


@dataclass(frozen=True, slots=True)
class Provider:
    name: str
    label: str
    issuer: str
    client_id: str
    client_secret: str

    @property
    def redirect_uri(self) -> str:
        """One address for each provider, from the settings: never from what a request says about its host."""
        return settings.PUBLIC_URL.rstrip("/") + reverse("oidc_callback", args=[self.name])


def providers() -> list[Provider]:
    return [Provider(name, **described) for name, described in settings.OIDC_PROVIDERS.items()]


def provider_named(name: str) -> Provider | None:
    return next((provider for provider in providers() if provider.name == name), None)


def label_of(issuer: str) -> str:
    """A provider as people know it; one that is no longer configured by its host."""
    known = {provider.issuer: provider.label for provider in providers()}
    return known.get(issuer) or urlsplit(issuer).hostname or issuer


def ask(provider: Provider) -> None:
    """Ask it now for its description; raises :class:`ProviderAway` if none comes that can be used."""
    _described(provider, anew=True)


def authorization_address(provider: Provider, flow: Flow) -> str:
    """Where the browser goes to be asked by the provider."""
    endpoint = _described(provider)["authorization_endpoint"]
    with _client(provider) as client:
        address, _ = client.create_authorization_url(
            endpoint, state=flow.state, nonce=flow.nonce, code_verifier=flow.verifier
        )
    return address


def identify(provider: Provider, flow: Flow, *, code: str, issuer: str | None) -> Identity:
    """Exchange the code and check the id token; raises :class:`NotBelieved` or :class:`ProviderAway`."""
    described = _described(provider)
    promised = described.get("authorization_response_iss_parameter_supported") is True
    if (issuer is None and promised) or issuer not in (None, provider.issuer):
        raise NotBelieved("the answer comes from another provider")
    answer = _exchanged(provider, described, flow, code)
    token, access_token = answer.get("id_token"), answer.get("access_token")
    if not isinstance(token, str):
        raise NotBelieved("no id token")
    return _identity(_claims(provider, flow, token, access_token))


def _identity(claims: dict[str, Any]) -> Identity:
    email, name = claims.get("email"), claims.get("name")
    # The word "true" is not enough: a provider that means it says so in JSON.
    if claims.get("email_verified") is not True or not isinstance(email, str) or "@" not in email:
        raise NotBelieved("no verified address")
    if len(email) > 254 or not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255:
        raise NotBelieved("address or subject can't be used")
    shown = name[:80] if isinstance(name, str) else ""
    return Identity(claims["iss"], claims["sub"], email.strip().lower(), shown)


def _claims(provider: Provider, flow: Flow, token: str, access_token: object) -> dict[str, Any]:
    """Signature, issuer, audience, times, nonce, and the access token that it goes with."""
    from authlib.oidc.core import CodeIDToken
    from joserfc.errors import JoseError

    try:
        decoded = _decoded(provider, token)
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            options={
                "iss": {"essential": True, "value": provider.issuer},
                "aud": {"essential": True, "value": provider.client_id},
            },
            params={"nonce": flow.nonce, "client_id": provider.client_id, "access_token": access_token},
        )
        claims.validate(now=int(time.time()), leeway=SKEW_SECONDS)
    except (JoseError, ValueError, TypeError) as error:
        raise NotBelieved(type(error).__name__) from None
    return dict(claims)


def _decoded(provider: Provider, token: str) -> Any:
    from joserfc import jwt
    from joserfc.errors import BadSignatureError, InvalidKeyIdError
    from joserfc.jwk import KeySet

    def decoded(keys: dict[str, Any]) -> Any:
        return jwt.decode(token, KeySet.import_key_set(keys), algorithms=list(ALGORITHMS))

    try:
        return decoded(_keys(provider))
    except (BadSignatureError, InvalidKeyIdError):
        # A key that is new to us: ask once, and not more often than once a minute.
        again = public_cache_key("oidc", "asked-again", provider.issuer)
        if not cache.add(again, 1, timeout=ASKED_AGAIN_SECONDS):
            raise
        return decoded(_keys(provider, anew=True))


def _exchanged(provider: Provider, described: dict[str, Any], flow: Flow, code: str) -> dict[str, Any]:
    import httpx2
    from authlib.integrations.base_client import OAuthError

    how = described.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    with _client(provider, post="client_secret_basic" not in how) as client:
        try:
            answer = client.fetch_token(
                described["token_endpoint"],
                code=code,
                code_verifier=flow.verifier,
                redirect_uri=provider.redirect_uri,
            )
        except OAuthError as error:
            raise NotBelieved(f"the code was refused: {type(error).__name__}") from None
        except (httpx2.HTTPError, ValueError) as error:
            raise ProviderAway(type(error).__name__) from None
    return dict(answer)


def _client(provider: Provider, *, post: bool = False) -> Any:
    import httpx2
    from authlib.integrations.httpx_client import OAuth2Client

    class BoundedClient(OAuth2Client):
        """Takes a token only from an answer that comes to an end."""

        def post(self, url: str, **asked: Any) -> httpx2.Response:
            until = _until()
            with self.stream("POST", url, **asked) as answer:
                body = _whole(answer, until)
            # What was unpacked is not unpacked again: the answer's own headers stay behind.
            return httpx2.Response(answer.status_code, content=body, request=answer.request)

    how = "client_secret_post" if post else "client_secret_basic"
    return BoundedClient(
        client_id=provider.client_id,
        client_secret=provider.client_secret or None,
        token_endpoint_auth_method=how if provider.client_secret else "none",
        redirect_uri=provider.redirect_uri,
        scope=SCOPE,
        code_challenge_method="S256",
        timeout=settings.OIDC_SECONDS,
        follow_redirects=False,
        trust_env=False,
    )


def _described(provider: Provider, *, anew: bool = False) -> dict[str, Any]:
    """The provider's own description, from where OpenID Connect Discovery says."""
    address = f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration"
    described = _kept(provider, "description", address, anew=anew)
    if described.get("issuer") != provider.issuer:
        raise ProviderAway("it describes another issuer")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        address = described.get(name)
        scheme = urlsplit(address).scheme if isinstance(address, str) else ""
        if scheme != "https" and scheme != urlsplit(provider.issuer).scheme:
            raise ProviderAway(f"its {name} can't be used")
    return described


def _keys(provider: Provider, *, anew: bool = False) -> dict[str, Any]:
    return _kept(provider, "keys", _described(provider)["jwks_uri"], anew=anew)


def _kept(provider: Provider, what: str, address: str, *, anew: bool = False) -> dict[str, Any]:
    """Asked for once an hour. Signed, because whoever can write into the cache must not sign people in."""
    key = public_cache_key("oidc", what, provider.issuer)
    signed = None if anew else cache.get(key)
    if signed:
        try:
            return signing.loads(signed, salt=f"{SALT}.{what}.{provider.issuer}", max_age=KEPT_SECONDS)
        except signing.BadSignature:
            pass  # somebody else's writing, or an older key of ours: asked for again
    found = _fetched(address)
    cache.set(key, signing.dumps(found, salt=f"{SALT}.{what}.{provider.issuer}"), timeout=KEPT_SECONDS)
    return found


def _fetched(address: str) -> dict[str, Any]:
    """A small JSON object. Nobody is followed elsewhere, and nobody is waited for long."""
    import json

    import httpx2

    options = {"timeout": settings.OIDC_SECONDS, "follow_redirects": False, "trust_env": False}
    until = _until()
    try:
        with httpx2.Client(**options) as client, client.stream("GET", address) as answer:
            if answer.status_code != 200:
                raise ProviderAway(f"status {answer.status_code}")
            found = json.loads(_whole(answer, until))
    except (httpx2.HTTPError, ValueError) as error:
        raise ProviderAway(type(error).__name__) from None
    if not isinstance(found, dict):
        raise ProviderAway("its answer is no object")
    return found


def _until() -> float:
    """When the last byte of an answer must be here that is asked for now. Between two bytes OIDC_SECONDS may pass."""
    return time.monotonic() + 2 * settings.OIDC_SECONDS


def _whole(answer: Any, until: float) -> bytes:
    """The unpacked body, if it comes to an end: neither longer than MOST_BYTES nor later than `until`."""
    body = b""
    for chunk in answer.iter_bytes():
        body += chunk
        if len(body) > MOST_BYTES or time.monotonic() > until:
            raise ProviderAway("it doesn't come to an end")
    return body
