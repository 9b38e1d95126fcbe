"""Logins as they may be stored: encrypted, and only good in the row that they were sealed for."""

import uuid
from dataclasses import asdict

from analysis.dhis2.login import Login
from sessions_app import sealing
from sessions_app.sealing import NotSealedHere

__all__ = ["NotSealedHere", "seal", "unseal"]

PURPOSE = "login to a DHIS2"


def seal(login: Login, *, owner_id: uuid.UUID, row_id: uuid.UUID) -> str:
    return sealing.seal(asdict(login), purpose=PURPOSE, owner_id=owner_id, row_id=row_id)


def unseal(text: str, *, owner_id: uuid.UUID, row_id: uuid.UUID) -> Login:
    """Raises `NotSealedHere`. Keys that were rotated away still open, as long as they are named."""
    return Login(**sealing.unseal(text, purpose=PURPOSE, owner_id=owner_id, row_id=row_id))
