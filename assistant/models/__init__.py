"""Conversations about a session's work, what was said in them, and comparisons of language models."""

from assistant.models.battles import Battle, Entry, Round, Standing, Vote
from assistant.models.calls import ModelCall, ModelReservation
from assistant.models.conversations import Conversation, Message, Turn
from assistant.models.feedback import Feedback
from assistant.models.sharing import SharedLink

__all__ = [
    "Battle",
    "Conversation",
    "Entry",
    "Feedback",
    "Message",
    "ModelCall",
    "ModelReservation",
    "Round",
    "SharedLink",
    "Standing",
    "Turn",
    "Vote",
]
