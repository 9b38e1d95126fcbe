"""An OpenID provider on loopback whose protocol others wrote: Authlib's server side, under Flask.

The one beside it, `openid_provider`, can be made to err in every way, but it was written by those who wrote what it
tests: a misreading of the standard would be in both.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import AuthorizationCodeMixin, OpenIDCode, UserInfo
from flask import Flask, jsonify, request
from joserfc.jwk import KeySet, RSAKey
from werkzeug.serving import WSGIRequestHandler, make_server

CLIENT, SECRET = "chatmrpt-library", "another secret between client and provider"


@dataclass(frozen=True)
class Registered(ClientMixin):
    redirect_uri: str

    def get_client_id(self) -> str:
        return CLIENT

    def get_default_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_allowed_scope(self, scope: str) -> str:
        return " ".join(one for one in scope.split() if one in ("openid", "email", "profile"))

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self.redirect_uri

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass(frozen=True)
class Code(AuthorizationCodeMixin):
    asked: dict[str, str]
    at: int

    def get_redirect_uri(self) -> str:
        return self.asked["redirect_uri"]

    def get_scope(self) -> str:
        return self.asked["scope"]

    def get_nonce(self) -> str:
        return self.asked["nonce"]

    def get_auth_time(self) -> int:
        return self.at

    @property
    def code_challenge(self) -> str:
        return self.asked["code_challenge"]

    @property
    def code_challenge_method(self) -> str:
        return self.asked["code_challenge_method"]


class LibraryProvider:
    """Who signs in there is `person`; it agrees at once."""

    def __init__(self, redirect_uri: str) -> None:
        self.person: dict[str, Any] = {}
        self.codes: dict[str, Code] = {}
        key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"})
        key.ensure_kid()
        app = Flask("provider")
        self._server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Silent)
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        server = AuthorizationServer(
            app, query_client={CLIENT: Registered(redirect_uri)}.get, save_token=lambda *_: None
        )
        server.register_grant(
            grant_of(self), [CodeChallenge(required=True), tokens_of(self, key)(require_nonce=True)]
        )

        @app.get("/.well-known/openid-configuration")
        def description() -> Any:
            return jsonify(
                issuer=self.issuer,
                authorization_endpoint=f"{self.issuer}/authorize",
                token_endpoint=f"{self.issuer}/token",
                jwks_uri=f"{self.issuer}/keys",
                token_endpoint_auth_methods_supported=["client_secret_basic"],
            )

        @app.get("/keys")
        def keys() -> Any:
            return jsonify(KeySet([key]).as_dict(private=False))

        @app.get("/authorize")
        def authorize() -> Any:
            grant = server.get_consent_grant(end_user=self.person)
            return server.create_authorization_response(request, grant_user=self.person, grant=grant)

        @app.post("/token")
        def token() -> Any:
            return server.create_token_response()

    @property
    def settings(self) -> dict[str, str]:
        return {"issuer": self.issuer, "client_id": CLIENT, "client_secret": SECRET, "label": "Library"}

    def serve(self) -> None:
        self._server.serve_forever(0.05)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Silent(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        pass


def grant_of(provider: LibraryProvider) -> type[AuthorizationCodeGrant]:
    class Grant(AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic"]

        def save_authorization_code(self, code: str, request: Any) -> None:
            provider.codes[code] = Code(dict(request.payload.data), int(time.time()))

        def query_authorization_code(self, code: str, client: Registered) -> Code | None:
            return provider.codes.get(code)

        def delete_authorization_code(self, authorization_code: Code) -> None:
            provider.codes = {
                name: one for name, one in provider.codes.items() if one is not authorization_code
            }

        def authenticate_user(self, authorization_code: Code) -> dict[str, Any]:
            return provider.person

    return Grant


def tokens_of(provider: LibraryProvider, key: RSAKey) -> type[OpenIDCode]:
    class Tokens(OpenIDCode):
        def exists_nonce(self, nonce: str, request: Any) -> bool:
            return any(code.get_nonce() == nonce for code in provider.codes.values())

        def resolve_client_private_key(self, client: Registered) -> RSAKey:
            return key

        def get_client_claims(self, client: Registered) -> dict[str, Any]:
            return {"iss": provider.issuer}

        def generate_user_info(self, user: dict[str, Any], scope: str) -> UserInfo:
            return UserInfo(**user)

    return Tokens


@contextmanager
def library_provider(redirect_uri: str) -> Iterator[LibraryProvider]:
    provider = LibraryProvider(redirect_uri)
    threading.Thread(target=provider.serve, daemon=True).start()
    try:
        yield provider
    finally:
        provider.close()
