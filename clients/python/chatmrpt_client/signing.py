"""How requests say who asks: a personal access token, or a sign-in whose tokens are renewed by themselves."""

from __future__ import annotations

import base64
import binascii
import json
import threading
import time
from collections.abc import Callable
from typing import Protocol

from chatmrpt_client.rows import PairRow

EARLY_SECONDS = 30.0


class Signing(Protocol):
    """Gives the value of the header ``Authorization``."""

    def header(self) -> str:
        """Return the value to send now."""

    def renewed(self, refused: str) -> bool:
        """Whether the header is another one than the refused, so that asking again makes sense."""


class PersonalToken:
    """A token made on the account's tokens page. It can't be renewed."""

    def __init__(self, token: str) -> None:
        self._token = token

    def header(self) -> str:
        """Return the value to send."""
        return f"Token {self._token}"

    def renewed(self, refused: str) -> bool:
        """Return False: a refused token stays refused."""
        return False

    def __repr__(self) -> str:
        return "PersonalToken(…)"


class SignIn:
    """A pair of tokens. The access token lives 15 minutes and is replaced a little before; each refresh token works once.

    Used by several threads, it refreshes once for all of them: a refresh token that is used twice ends the sign-in.
    """

    def __init__(self, pair: PairRow, refresh: Callable[[str], PairRow]) -> None:
        self._pair, self._refresh = pair, refresh
        self._lock = threading.Lock()

    @property
    def refresh_token(self) -> str:
        """The token that ends the sign-in when it is revoked."""
        return self._pair.refresh

    def header(self) -> str:
        """Return the value to send, with a fresh token if the old one is about to end."""
        with self._lock:
            if _ends_at(self._pair.access) - time.time() < EARLY_SECONDS:
                self._pair = self._refresh(self._pair.refresh)
            return f"Bearer {self._pair.access}"

    def renewed(self, refused: str) -> bool:
        """Replace a refused token, unless another thread already has."""
        with self._lock:
            if refused == f"Bearer {self._pair.access}":
                self._pair = self._refresh(self._pair.refresh)
            return True

    def __repr__(self) -> str:
        return "SignIn(…)"


def _ends_at(token: str) -> float:
    """When a token ends, by its own words; unreadable ones count as lasting, and the server judges."""
    part = token.split(".")[1] if token.count(".") == 2 else ""
    try:
        told = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        return float(told["exp"])
    except (ValueError, KeyError, TypeError, binascii.Error):
        return float("inf")
