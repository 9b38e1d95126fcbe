"""Writing: each action is one transaction and leaves one event, which holds no word of what was said."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from assistant.models import Conversation, Message, Turn
from sessions_app.events import record
from sessions_app.models import AnalysisSession, User
from sessions_app.problems import Problem

TITLE_LENGTH = 60
NEW_TITLE = "New conversation"


@transaction.atomic
def start_conversation(*, by: User, session: AnalysisSession) -> Conversation:
    held = Conversation.objects.filter(owner_id=by.pk, session_id=session.pk).count()
    if held >= settings.CHAT["max_conversations_per_session"]:
        raise Problem("too_many_conversations", where="session")
    conversation = Conversation.objects.create(owner_id=by.pk, session=session, title=NEW_TITLE)
    record(owner_id=by.pk, verb="conversation.started", of=conversation, session_id=session.pk)
    return conversation


@transaction.atomic
def change_conversation(
    *,
    by: User,
    conversation: Conversation,
    title: str | None = None,
    pinned: bool | None = None,
    archived: bool | None = None,
) -> Conversation:
    conversation = Conversation.objects.select_for_update().get(pk=conversation.pk)
    if title is not None:
        conversation.title = title.strip()[:120] or conversation.title
    if pinned is not None:
        conversation.pinned = pinned
    if archived is not None:
        conversation.archived_at = timezone.now() if archived else None
    # Saved by name, so that the time of the last turn keeps its place in the history.
    conversation.save(update_fields=["title", "pinned", "archived_at"])
    record(owner_id=by.pk, verb="conversation.changed", of=conversation, session_id=conversation.session_id)
    return conversation


@transaction.atomic
def delete_conversation(*, by: User, conversation: Conversation) -> None:
    """Delete a conversation with its turns and messages; the database cascades."""
    session_id = conversation.session_id
    record(owner_id=by.pk, verb="conversation.deleted", of=conversation, session_id=session_id)
    Conversation.objects.filter(pk=conversation.pk).delete()


@transaction.atomic
def begin_turn(*, by: User, conversation: Conversation, text: str) -> Turn:
    """Store what the user said and take the next number; two tabs at once get two numbers."""
    conversation = Conversation.objects.select_for_update().get(pk=conversation.pk)
    if conversation.archived_at:
        raise Problem("conversation_archived", where=str(conversation.pk))
    if conversation.turn_count >= settings.CHAT["max_turns_per_conversation"]:
        raise Problem("conversation_full", where=str(conversation.pk))
    conversation.turn_count += 1
    if conversation.turn_count == 1 and conversation.title == NEW_TITLE:
        conversation.title = text[:TITLE_LENGTH]
    conversation.save(update_fields=["turn_count", "title", "updated_at"])
    turn = Turn.objects.create(owner_id=by.pk, conversation=conversation, number=conversation.turn_count)
    Message.objects.create(
        owner_id=by.pk, conversation=conversation, turn=turn, role=Message.Role.USER, text=text
    )
    record(
        owner_id=by.pk,
        verb="turn.started",
        of=turn,
        session_id=conversation.session_id,
        characters=len(text),
    )
    return turn


@transaction.atomic
def finish_turn(
    *, by: User, turn: Turn, text: str, pending: dict[str, Any], focus: dict[str, Any], **answer: Any
) -> Turn:
    """Store the answer with what the next turn needs to know: the question left open and what was spoken of."""
    for name, value in answer.items():
        setattr(turn, name, value)
    turn.status = Turn.Status.FAILED if turn.error else Turn.Status.DONE
    turn.finished_at = timezone.now()
    turn.save(update_fields=[*answer, "status", "finished_at"])
    conversation = Conversation.objects.select_for_update().get(pk=turn.conversation_id)
    conversation.pending, conversation.focus = pending, focus
    conversation.save(update_fields=["pending", "focus", "updated_at"])
    Message.objects.create(
        owner_id=by.pk, conversation=conversation, turn=turn, role=Message.Role.ASSISTANT, text=text
    )
    record(
        owner_id=by.pk,
        verb="turn.failed" if turn.error else "turn.finished",
        of=turn,
        session_id=conversation.session_id,
        route=turn.route,
        intent=turn.intent,
        tools=[result["tool"] for result in turn.results],
        milliseconds=round((turn.finished_at - turn.created_at).total_seconds() * 1000),
    )
    return turn
