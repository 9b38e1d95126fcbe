"""Personal access tokens: what they look like. Only the SHA-256 of one is stored; 256 random bits need no salt."""

from __future__ import annotations

import secrets

PREFIX_LENGTH = 8
MOST_PER_USER = 20


def new_token() -> tuple[str, str]:
    """A prefix that may be shown for ever and the whole token that is shown once."""
    prefix = secrets.token_hex(PREFIX_LENGTH // 2)
    return prefix, f"{prefix}.{secrets.token_urlsafe(32)}"
