"""Words that may be stored only encrypted, and are only good where they were sealed for.

The key follows from SECRET_KEY, which no database, no backup and no Valkey holds. Purpose, owner and row are part of what is
authenticated: sealed words that are copied to another place, by whatever mistake, do not open there.
"""

from __future__ import annotations

import base64
import json
import os
import uuid
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

NONCE_BYTES = 12


class NotSealedHere(Exception):
    """The text is damaged, was sealed for another place, or with a key that is gone."""


def seal(content: dict[str, Any], *, purpose: str, owner_id: uuid.UUID, row_id: uuid.UUID) -> str:
    nonce = os.urandom(NONCE_BYTES)
    cipher = AESGCM(_key(settings.SECRET_KEY, purpose))
    sealed = cipher.encrypt(nonce, json.dumps(content).encode(), _place(owner_id, row_id))
    return base64.b64encode(nonce + sealed).decode()


def unseal(text: str, *, purpose: str, owner_id: uuid.UUID, row_id: uuid.UUID) -> dict[str, Any]:
    """Raises `NotSealedHere`. Keys that were rotated away still open, as long as they are named."""
    try:
        content = base64.b64decode(text, validate=True)
    except ValueError:
        raise NotSealedHere from None
    nonce, sealed = content[:NONCE_BYTES], content[NONCE_BYTES:]
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            opened = AESGCM(_key(secret, purpose)).decrypt(nonce, sealed, _place(owner_id, row_id))
        except (InvalidTag, ValueError):
            continue
        found: dict[str, Any] = json.loads(opened)
        return found
    raise NotSealedHere


def _key(secret: str, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=purpose.encode()).derive(secret.encode())


def _place(owner_id: uuid.UUID, row_id: uuid.UUID) -> bytes:
    return f"{owner_id}|{row_id}".encode()
