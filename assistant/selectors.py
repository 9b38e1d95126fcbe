"""Reading: the conversations of a session and what was said in them."""

from datetime import datetime, timedelta
from itertools import groupby

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from assistant.models import Conversation, Message, Turn
from sessions_app.models import AnalysisSession, User

MOST_LISTED = 100


def all_conversations_of(user: User) -> QuerySet[Conversation]:
    """To be looked up by id; archived ones too."""
    return Conversation.objects.filter(owner_id=user.pk)


def conversations_of(session: AnalysisSession, search: str = "") -> QuerySet[Conversation]:
    """Those that are not archived; pinned first, then the newest. A search looks into titles and messages."""
    found = Conversation.objects.filter(
        owner_id=session.owner_id, session_id=session.pk, archived_at__isnull=True
    )
    words = search.replace("\x00", "").strip()
    if words:
        said = Message.objects.filter(owner_id=session.owner_id, text__icontains=words)
        found = found.filter(Q(title__icontains=words) | Q(pk__in=said.values("conversation_id")))
    return found.order_by("-pinned", "-updated_at", "pk")


def newest_conversation(session: AnalysisSession) -> Conversation | None:
    return conversations_of(session).order_by("-updated_at").first()


def turns_of(conversation: Conversation) -> QuerySet[Turn]:
    """In order, each with its messages: two queries."""
    said = Message.objects.filter(owner_id=conversation.owner_id).order_by("-role")
    turns = Turn.objects.filter(owner_id=conversation.owner_id, conversation_id=conversation.pk)
    return turns.order_by("number").prefetch_related(Prefetch("messages", queryset=said))


def all_turns_of(user: User) -> QuerySet[Turn]:
    """To be looked up by id."""
    said = Message.objects.filter(owner_id=user.pk).order_by("-role")
    return Turn.objects.filter(owner_id=user.pk).prefetch_related(Prefetch("messages", queryset=said))


def said_before(turn: Turn, most: int) -> list[tuple[str, str]]:
    """The last finished questions of the same conversation with what was answered, the oldest first."""
    earlier = Turn.objects.filter(
        owner_id=turn.owner_id,
        conversation_id=turn.conversation_id,
        number__lt=turn.number,
        status=Turn.Status.DONE,
    )
    pairs = []
    for one in earlier.order_by("-number").prefetch_related("messages")[:most]:
        said = {message.role: message.text for message in one.messages.all()}
        pairs.append((said.get(Message.Role.USER, ""), said.get(Message.Role.ASSISTANT, "")))
    return [pair for pair in reversed(pairs) if all(pair)]


def by_day(conversations: QuerySet[Conversation], now: datetime | None = None) -> list[tuple[str, list]]:
    """The newest hundred under today, yesterday, the last 7 days, and older; pinned ones stand first."""
    today = timezone.localtime(now).date()

    def day(conversation: Conversation) -> str:
        if conversation.pinned:
            return "Pinned"
        age = today - timezone.localtime(conversation.updated_at).date()
        if age <= timedelta(0):
            return "Today"
        return "Yesterday" if age.days == 1 else "Last 7 days" if age.days <= 7 else "Older"

    return [(title, list(group)) for title, group in groupby(conversations[:MOST_LISTED], day)]
