"""Tickets for event streams: one user, one turn, five minutes. The web side writes them after it has found the turn
among the user's own; the stream side only checks the signature and knows no user.
"""

import uuid

from django.core import signing

SALT = "assistant.streams"
SECONDS = 300


class WrongTicket(Exception):
    """Not ours, too old, or for another turn."""


def ticket_for(owner_id: uuid.UUID, turn_id: uuid.UUID) -> str:
    return signing.dumps([str(owner_id), str(turn_id)], salt=SALT)


def owner_in(ticket: str, turn_id: uuid.UUID) -> uuid.UUID:
    """Whose turn this is; raises `WrongTicket` unless the ticket was written for exactly this one."""
    try:
        owner, turn = signing.loads(ticket, salt=SALT, max_age=SECONDS)
        if uuid.UUID(turn) != turn_id:
            raise WrongTicket
        return uuid.UUID(owner)
    except (signing.BadSignature, ValueError, TypeError, AttributeError):
        raise WrongTicket from None
