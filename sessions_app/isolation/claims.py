"""The signed claim that tells the database who is asking.

A claim is ``user|scope|expiry|kid|mac``: the user's UUID, the kind of scope, the expiry in seconds since 1970, the
name of the signing key and, in hex, the HMAC-SHA256 of everything before the last bar. The database verifies it in
``app.current_user_id()`` against keys that the web role can't read, so that SQL injected into a request can't become
somebody else.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

LIFETIME_SECONDS = 30
FURTHEST_EXPIRY_SECONDS = 90
SHORTEST_KEY_BYTES = 32
BLOCK_BYTES = 64

KEY_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")
KIND = re.compile(r"[a-z]{1,16}")


def signing_keys() -> dict[str, bytes]:
    """``settings.CLAIM_KEYS``, checked. The first key signs; every key verifies."""
    keys = {
        name: key.encode() if isinstance(key, str) else bytes(key)
        for name, key in settings.CLAIM_KEYS.items()
    }
    if not keys:
        raise ImproperlyConfigured("CLAIM_KEYS is empty: no claim can be signed.")
    for name, key in keys.items():
        if not KEY_NAME.fullmatch(name):
            raise ImproperlyConfigured("CLAIM_KEYS: a key's name has 1 to 32 letters, digits, '-' or '_'.")
        if len(key) < SHORTEST_KEY_BYTES:
            raise ImproperlyConfigured(
                f"CLAIM_KEYS: the key {name} is shorter than {SHORTEST_KEY_BYTES} bytes."
            )
    return keys


def sign(user_id: UUID, kind: str = "web", *, now: float | None = None, key_name: str | None = None) -> str:
    """A claim for ``user_id`` that expires :data:`LIFETIME_SECONDS` from ``now``, signed with the first key or the named one."""
    if not KIND.fullmatch(kind):
        raise ValueError(f"{kind!r} is not a kind of scope")
    keys = signing_keys()
    name = key_name or next(iter(keys))
    key = keys[name]
    expiry = int((time.time() if now is None else now) + LIFETIME_SECONDS)
    body = f"{user_id}|{kind}|{expiry}|{name}"
    mac = hmac.new(key, body.encode(), hashlib.sha256).hexdigest()
    return f"{body}|{mac}"


def padded(key: bytes) -> tuple[bytes, bytes]:
    """The key as HMAC uses it: xor-ed with the inner and the outer pad (RFC 2104).

    Stored in this form, the database needs two plain ``sha256`` calls per claim and no loop over bytes.
    """
    block = hashlib.sha256(key).digest() if len(key) > BLOCK_BYTES else key
    block = block.ljust(BLOCK_BYTES, b"\0")
    return bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)
