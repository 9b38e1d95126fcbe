"""Logins as they may be stored: encrypted, and only good in the row that they were sealed for.

The key follows from SECRET_KEY, which no database and no backup holds. Owner and row are part of what is authenticated: a
sealed login that is copied into another row, by whatever mistake, does not open there.
"""

import base64
import binascii
import json
import os
import uuid
from dataclasses import asdict

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from analysis.dhis2.login import Login

NONCE_BYTES = 12


class NotSealedHere(Exception):
    """The text is damaged, was sealed for another row, or with a key that is gone."""


def seal(login: Login, *, owner_id: uuid.UUID, row_id: uuid.UUID) -> str:
    nonce = os.urandom(NONCE_BYTES)
    content = json.dumps(asdict(login)).encode()
    sealed = AESGCM(_key(settings.SECRET_KEY)).encrypt(nonce, content, _place(owner_id, row_id))
    return base64.b64encode(nonce + sealed).decode()


def unseal(text: str, *, owner_id: uuid.UUID, row_id: uuid.UUID) -> Login:
    """Raises `NotSealedHere`. Keys that were rotated away still open, as long as they are named."""
    try:
        content = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise NotSealedHere from None
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            opened = AESGCM(_key(secret)).decrypt(
                content[:NONCE_BYTES], content[NONCE_BYTES:], _place(owner_id, row_id)
            )
        except (InvalidTag, ValueError):
            continue
        return Login(**json.loads(opened))
    raise NotSealedHere


def _key(secret: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"login to a DHIS2").derive(secret.encode())


def _place(owner_id: uuid.UUID, row_id: uuid.UUID) -> bytes:
    return f"{owner_id}|{row_id}".encode()
