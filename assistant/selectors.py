"""Reading: the conversations of a session and what was said in them."""

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Left
from django.utils import timezone
from django.utils.translation import gettext as _

from assistant.models import Conversation, Message, Turn
from sessions_app.models import AnalysisResult, AnalysisSession, Event, StoredFile, User
from sessions_app.session_frame import run_of

PREVIEW_CHARACTERS = 80
MOST_SEARCH_WORDS = 8


def all_conversations_of(user: User) -> QuerySet[Conversation]:
    """To be looked up by id; archived ones too."""
    return Conversation.objects.filter(owner_id=user.pk)


def conversations_of(session: AnalysisSession, search: str = "") -> QuerySet[Conversation]:
    """Those that are not archived; pinned first, then the newest. A search looks into titles and messages."""
    kept = Conversation.objects.filter(
        owner_id=session.owner_id, session_id=session.pk, archived_at__isnull=True
    )
    return _found(kept, session.owner_id, search).order_by("-pinned", "-updated_at", "pk")


def history_of(
    user: User, session: AnalysisSession | None = None, *, search: str = "", archived: bool = False
) -> QuerySet[Conversation]:
    """The conversations of all sessions or of one, each with its session and how its last question began."""
    kept = Conversation.objects.filter(owner_id=user.pk, archived_at__isnull=not archived)
    if session is not None:
        kept = kept.filter(session_id=session.pk)
    asked = Message.objects.filter(
        owner_id=user.pk, conversation_id=OuterRef("pk"), role=Message.Role.USER
    ).order_by("-created_at")
    found = _found(kept, user.pk, search).select_related("session")
    found = found.annotate(last_question=Left(Subquery(asked.values("text")[:1]), PREVIEW_CHARACTERS))
    return found.order_by("-pinned", "-updated_at", "pk")


def _found(kept: QuerySet[Conversation], owner_id: uuid.UUID, search: str) -> QuerySet[Conversation]:
    """Those whose title or messages hold every word of the search; one sub-query over the owner's rows for each."""
    for word in search.replace("\x00", "").split()[:MOST_SEARCH_WORDS]:
        said = Message.objects.filter(owner_id=owner_id, text__icontains=word)
        kept = kept.filter(Q(title__icontains=word) | Q(pk__in=said.values("conversation_id")))
    return kept


def was_own(user: User, conversation_id: uuid.UUID) -> bool:
    """Whether the user once began a conversation with this id; if it is not found any more, they deleted it."""
    begun = Event.objects.filter(owner_id=user.pk, verb="conversation.started", object_id=conversation_id)
    return begun.exists()


def newest_conversation(session: AnalysisSession) -> Conversation | None:
    return conversations_of(session).order_by("-updated_at").first()


def turns_of(conversation: Conversation) -> QuerySet[Turn]:
    """In order, each with its messages and verdict: three queries."""
    said = Message.objects.filter(owner_id=conversation.owner_id).order_by("-role")
    turns = Turn.objects.filter(owner_id=conversation.owner_id, conversation_id=conversation.pk)
    return turns.order_by("number").prefetch_related(Prefetch("messages", queryset=said), "feedback")


def all_turns_of(user: User) -> QuerySet[Turn]:
    """To be looked up by id."""
    said = Message.objects.filter(owner_id=user.pk).order_by("-role")
    turns = Turn.objects.filter(owner_id=user.pk)
    return turns.prefetch_related(Prefetch("messages", queryset=said), "feedback")


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


def by_day(
    conversations: Iterable[Conversation], now: datetime | None = None
) -> list[tuple[str, list[Conversation]]]:
    """Under today, yesterday, the last 7 days, and older; pinned ones stand first."""
    today = timezone.localtime(now).date()

    def day(conversation: Conversation) -> str:
        if conversation.pinned:
            return _("Pinned")
        age = (today - timezone.localtime(conversation.updated_at).date()).days
        if age <= 0:
            return _("Today")
        return _("Yesterday") if age == 1 else _("Last 7 days") if age <= 7 else _("Older")

    return [(title, list(group)) for title, group in groupby(conversations, day)]


def started_results(owner_id: uuid.UUID, wanted: Collection[str]) -> dict[str, dict[str, Any]]:
    """How far these computations are, and the files of the finished ones that are made of files; two queries."""
    results = AnalysisResult.objects.filter(owner_id=owner_id, pk__in=wanted).defer("summary", "input_hashes")
    found = {str(result.pk): {"result": result, "run": run_of(result), "files": []} for result in results}
    reports = [pk for pk, one in found.items() if one["result"].kind == "report" and one["result"].is_final]
    files = (
        StoredFile.objects.filter(owner_id=owner_id, result_id__in=reports).defer("report") if reports else ()
    )
    for file in sorted(files, key=lambda file: file.name):
        found[str(file.result_id)]["files"].append(file)
    return found
