"""Commands about the conversation itself: where all of them stand, how to share this one, how to take it away."""

from typing import Any

from django.urls import reverse

from assistant.models import Conversation
from assistant.transcripts import FORMATS

WORDS = {
    "history": "All conversations stand on their own page: search, rename, pin, archive or delete them there.",
    "share": "A link shows a copy of this conversation to people without an account, until it ends or you revoke it.",
    "transcript": "This conversation, to keep or to hand on:",
}
NAMES = {"txt": "Text", "md": "Markdown", "html": "HTML", "json": "JSON"}


def talk_links(intent: str, conversation: Conversation) -> list[dict[str, Any]]:
    """Where the page is, or the files are; nothing is shared or deleted by words alone."""
    place = [conversation.session_id, conversation.pk]
    if intent == "history":
        return [_link("Open the list", reverse("conversation_history"))]
    if intent == "share":
        return [_link("Share it", reverse("conversation_share", args=place))]
    taken = reverse("conversation_transcript", args=place)
    return [_link(NAMES[form], f"{taken}?as={form}") for form in FORMATS]


def _link(title: str, url: str) -> dict[str, Any]:
    return {"kind": "page", "title": title, "url": url}
