"""Where a browser finds the events of a running turn."""

from django.conf import settings

from assistant.models import Turn
from assistant.streams.tickets import ticket_for


def events_address(turn: Turn) -> str:
    """The address with a fresh ticket; empty for a turn that no language model is at work on."""
    if turn.status != Turn.Status.RUNNING or turn.route != "model":
        return ""
    return f"{settings.STREAM_URL}/stream/{turn.pk}/?ticket={ticket_for(turn.owner_id, turn.pk)}"
