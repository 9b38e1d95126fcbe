"""Conversations about a session's work, and what was said in them."""

from assistant.models.calls import ModelCall
from assistant.models.conversations import Conversation, Message, Turn

__all__ = ["Conversation", "Message", "ModelCall", "Turn"]
