"""Conversations about a session's work, what was said in them, and comparisons of language models."""

from assistant.models.battles import Battle, Entry, Round, Standing, Vote
from assistant.models.calls import ModelCall
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
    "Round",
    "SharedLink",
    "Standing",
    "Turn",
    "Vote",
]
