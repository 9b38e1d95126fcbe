"""An OpenID provider on loopback, after OpenID Connect Core, Discovery, RFC 6749, RFC 7636 and RFC 9207.

It signs real RS256 tokens, gives out each code once, and refuses a code without the verifier that belongs to it. What a
broken or hostile provider would do is switched on by `fault`.
"""

import base64
import gzip
import hashlib
import json
import secrets
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jws, jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

CLIENT = "chatmrpt-tests"
SECRET = "a secret between client and provider"


class OpenIdProvider:
    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
        self.person = {
            "sub": "subject-1",
            "email": "person@example.org",
            "email_verified": True,
            "name": "Person",
        }
        self.redirect_uris: set[str] = set()
        self.codes: dict[str, dict[str, str]] = {}
        self.fault = ""
        self.slow_seconds = 3.0
        self.asked: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "OpenIdProvider":
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def settings(self) -> dict[str, str]:
        return {"issuer": self.issuer, "client_id": CLIENT, "client_secret": SECRET, "label": "Local"}

    def description(self) -> dict[str, object]:
        return {
            "issuer": "https://somebody-else.example" if self.fault == "describes another" else self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "authorization_response_iss_parameter_supported": True,
        }

    def keys(self) -> dict[str, object]:
        return KeySet([self.key]).as_dict(private=False)

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser is sent back to; the person agrees at once."""
        assert asked["client_id"] == CLIENT
        assert asked["redirect_uri"] in self.redirect_uris, asked["redirect_uri"]
        assert asked["response_type"] == "code"
        assert "openid" in asked["scope"].split()
        answer = {"state": asked["state"], "iss": self.issuer}
        if asked.get("code_challenge_method") != "S256" or len(asked.get("code_challenge", "")) != 43:
            return f"{asked['redirect_uri']}?{urlencode(answer | {'error': 'invalid_request'})}"
        code = secrets.token_urlsafe(24)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode(answer | {'code': code})}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, object]]:
        expected = base64.b64encode(f"{CLIENT}:{SECRET.replace(' ', '+')}".encode()).decode()
        plain = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if authorization.removeprefix("Basic ") not in (expected, plain):
            return 401, {"error": "invalid_client"}
        asked = self.codes.pop(form.get("code", ""), None)
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).decode().rstrip("=")
        if asked is None or form.get("redirect_uri") != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        if challenge != asked["code_challenge"]:
            return 400, {"error": "invalid_grant", "error_description": "the verifier is wrong"}
        access = secrets.token_urlsafe(24)
        answer = {"access_token": access, "token_type": "Bearer", "expires_in": 300}
        return 200, answer | {"id_token": self._id_token(asked["nonce"], access)}

    def _id_token(self, nonce: str, access_token: str) -> str:
        now, fault = int(time.time()), self.fault
        half = hashlib.sha256(access_token.encode()).digest()[:16]
        claims = self.person | {
            "iss": "http://127.0.0.1:9" if fault == "wrong issuer" else self.issuer,
            "aud": "another-client" if fault == "wrong audience" else CLIENT,
            "iat": now - (7_200 if fault == "expired" else 0),
            "exp": now + (-3_600 if fault == "expired" else 300),
            "nonce": "another nonce" if fault == "wrong nonce" else nonce,
            "at_hash": base64.urlsafe_b64encode(half).decode().rstrip("="),
        }
        if fault == "no nonce":
            del claims["nonce"]
        if fault == "several audiences":
            claims["aud"] = [CLIENT, "another-client"]
        if fault == "another access token":
            claims["at_hash"] = "AAAAAAAAAAAAAAAAAAAAAA"
        if fault == "unsigned":
            return unsigned(claims)
        if fault == "secret as key":
            key = OctKey.import_key(SECRET)
            return jws.serialize_compact({"alg": "HS256"}, json.dumps(claims), key, algorithms=["HS256"])
        key = RSAKey.generate_key(2048, {"kid": "first"}) if fault == "other key" else self.key
        return jwt.encode({"alg": "RS256", "kid": key.kid or ""}, claims, key)


def unsigned(claims: dict[str, object]) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none'})}.{part(claims)}."


def _handler(provider: OpenIdProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path)
            provider.asked.append(path.path)
            if path.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", provider.authorize(dict(parse_qsl(path.query))))
                self.end_headers()
            elif path.path == "/.well-known/openid-configuration":
                self._say(*self._faulty(200, provider.description()))
            elif path.path == "/keys":
                self._say(200, provider.keys())
            else:
                self._say(404, {})

        def do_POST(self) -> None:
            provider.asked.append(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            if provider.fault == "token 500":
                self._say(500, {"error": "server_error"})
            elif provider.fault == "token is no JSON":
                self._say(200, "<p>busy</p>")
            else:
                if provider.fault == "slow token":
                    time.sleep(provider.slow_seconds)
                status, answer = provider.token(form, self.headers.get("Authorization", ""))
                if provider.fault == "token far too long":
                    answer |= {"more": "x" * 2_000_000}
                if provider.fault == "token packed far too long":
                    self._say_packed(json.dumps(answer | {"more": "x" * 2_000_000}))
                elif provider.fault == "token byte by byte":
                    self._say_slowly(json.dumps(answer))
                else:
                    self._say(status, answer)

        def _faulty(self, status: int, content: object) -> tuple[int, object]:
            if provider.fault == "slow":
                time.sleep(provider.slow_seconds)
            if provider.fault == "no JSON":
                return 200, "busy"
            if provider.fault == "far too long":
                return 200, {"issuer": "x" * 2_000_000}
            return (500, {}) if provider.fault == "500" else (status, content)

        def _say(self, status: int, content: object) -> None:
            body = content.encode() if isinstance(content, str) else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the client has gone

        def _say_packed(self, text: str) -> None:
            self.send_response(200)
            self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            self.wfile.write(gzip.compress(text.encode()))

        def _say_slowly(self, text: str) -> None:
            """The right answer after four seconds of blanks, each of which comes in time."""
            self.send_response(200)
            self.end_headers()
            try:
                for _ in range(20):
                    self.wfile.write(b" ")
                    time.sleep(0.2)
                self.wfile.write(text.encode())
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the client has gone

        def log_message(self, *_: object) -> None:
            return

    return Handler


@contextmanager
def provider_for(*redirect_uris: str):
    with OpenIdProvider() as provider:
        provider.redirect_uris.update(redirect_uris)
        yield provider
