"""Writing: each action is one transaction and leaves one event, which holds no word of what was said.

Rows are locked in one order, so that no two actions wait for each other: the user, the conversation, the turn. Each is
locked without its key (`no_key`): rows that refer to it, such as a message or an event, are stored meanwhile.
"""

import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from assistant.context import build_context, next_chips
from assistant.models import Conversation, Message, Turn
from assistant.plurals import ours
from assistant.streams.log import TurnLog
from sessions_app.events import line, record
from sessions_app.models import AnalysisResult, AnalysisSession, Event, User
from sessions_app.problems import Problem
from sessions_app.versions import refuse_old

TITLE_LENGTH = 60
NEW_TITLE = "New conversation"
HOW = ("new", "retry", "edit")
# Tools whose answer is why something is as it is.
EXPLAINING = ("explain_ward", "explain_allocation")


@transaction.atomic
def start_conversation(*, by: User, session: AnalysisSession, key: str = "") -> Conversation:
    """Begin a conversation; with a key its id follows from the key, so that asked again it is the first one."""
    conversation_id = uuid.uuid5(session.pk, f"conversation {key}") if key else uuid.uuid4()
    if key:
        # One at a time, or two requests of one key could both be the first.
        AnalysisSession.objects.select_for_update().get(pk=session.pk)
        if earlier := Conversation.objects.filter(pk=conversation_id).first():
            return earlier
    held = Conversation.objects.filter(owner_id=by.pk, session_id=session.pk).count()
    if held >= settings.CHAT["max_conversations_per_session"]:
        raise Problem("too_many_conversations", where="session")
    conversation = Conversation.objects.create(
        id=conversation_id, owner_id=by.pk, session=session, title=NEW_TITLE
    )
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
    seen: int | None = None,
) -> Conversation:
    """Rename, pin or archive; raises `ChangedMeanwhile` when another version was `seen`."""
    conversation = _locked(conversation.pk)
    refuse_old(conversation, seen, _state(conversation))
    if title is not None:
        conversation.title = title.strip()[:120] or conversation.title
    if pinned is not None:
        conversation.pinned = pinned
    if archived is not None:
        conversation.archived_at = timezone.now() if archived else None
    # Saved by name, so that the time of the last turn keeps its place in the history.
    conversation.version += 1
    conversation.save(update_fields=["title", "pinned", "archived_at", "version"])
    asked = {"title": title, "pinned": pinned, "archived": archived}
    record(
        owner_id=by.pk,
        verb="conversation.changed",
        of=conversation,
        session_id=conversation.session_id,
        changed=[name for name, value in asked.items() if value is not None],
    )
    return conversation


def _state(conversation: Conversation) -> str:
    pinned = gettext_noop("pinned") if conversation.pinned else gettext_noop("not pinned")
    archived = gettext_noop("archived") if conversation.archived_at else gettext_noop("not archived")
    return f"It is now called “{conversation.title}”, {ours(pinned)}, {ours(archived)}."


def _locked(conversation_id: uuid.UUID) -> Conversation:
    """The row with its session, held until the transaction ends; a problem when another tab has deleted it since it was found."""
    row = _locked_if_there(conversation_id)
    if row is None:
        raise Problem("conversation_deleted", where=str(conversation_id))
    return row


def _locked_if_there(conversation_id: uuid.UUID | None) -> Conversation | None:
    rows = Conversation.objects.select_for_update(of=("self",), no_key=True).select_related("session")
    return rows.filter(pk=conversation_id).first()


@transaction.atomic
def delete_conversation(*, by: User, conversation: Conversation) -> None:
    """Delete a conversation with its turns and messages; the database cascades."""
    session_id = conversation.session_id
    record(owner_id=by.pk, verb="conversation.deleted", of=conversation, session_id=session_id)
    Conversation.objects.filter(pk=conversation.pk).delete()


@transaction.atomic
def note_transcript(*, conversation: Conversation, form: str) -> None:
    record(
        owner_id=conversation.owner_id,
        verb="conversation.exported",
        of=conversation,
        session_id=conversation.session_id,
        form=form,
    )


class SaidBefore(Exception):
    """The same was sent before: `turn` is what came of it."""

    def __init__(self, turn: Turn) -> None:
        super().__init__()
        self.turn = turn


def _refuse_other_words(turn: Turn, text: str) -> None:
    """A key stands for one question; of a turn whose words are gone nobody can tell."""
    asked = Message.objects.filter(turn_id=turn.pk, role=Message.Role.USER).first()
    if asked is not None and asked.text != text:
        raise Problem("idempotency_key_reused", where="Idempotency-Key")


@transaction.atomic
def begin_turn(*, by: User, conversation: Conversation, text: str, how: str = "", key: str = "") -> Turn:
    """Store what the user said and take the next number; two tabs at once get two numbers.

    `how` says whether it was said for the first time, asked again or edited; only the events know it. With a key the turn's
    id follows from the key: sent again after a broken link it raises `SaidBefore` with the first turn.
    """
    conversation = _locked(conversation.pk)
    turn_id = uuid.uuid5(conversation.pk, key) if key else uuid.uuid4()
    if key and (earlier := Turn.objects.filter(pk=turn_id).first()):
        _refuse_other_words(earlier, text)
        raise SaidBefore(earlier)
    if conversation.archived_at:
        raise Problem("conversation_archived", where=str(conversation.pk))
    if conversation.turn_count >= settings.CHAT["max_turns_per_conversation"]:
        raise Problem("conversation_full", where=str(conversation.pk))
    conversation.turn_count += 1
    if conversation.turn_count == 1 and conversation.title == NEW_TITLE:
        conversation.title = text[:TITLE_LENGTH]
    conversation.save(update_fields=["turn_count", "title", "updated_at"])
    turn = Turn.objects.create(
        id=turn_id, owner_id=by.pk, conversation=conversation, number=conversation.turn_count
    )
    turn.fresh_words = {Message.Role.USER: text}
    Message.objects.create(
        owner_id=by.pk, conversation=conversation, turn=turn, role=Message.Role.USER, text=text
    )
    record(
        owner_id=by.pk,
        verb="turn.started",
        of=turn,
        session_id=conversation.session_id,
        characters=len(text),
        how=how if how in HOW else "new",
    )
    return turn


class TurnOver(Exception):
    """The turn was stopped, has ended or is another worker's."""


@transaction.atomic
def finish_turn(
    *,
    by: User,
    turn: Turn,
    text: str,
    pending: dict[str, Any] | None,
    focus: dict[str, Any] | None,
    calls: Sequence[dict[str, Any]] = (),
    **answer: Any,
) -> Turn:
    """Store the answer with what the next turn needs to know: the question left open and what was spoken of.

    With None these stay as they are: other turns may have gone on meanwhile. `calls` says which tools were called.
    Raises `TurnOver` when the turn has ended meanwhile, and a problem when its conversation was deleted.
    """
    answer |= {
        "status": Turn.Status.FAILED if answer.get("error") else Turn.Status.DONE,
        "finished_at": timezone.now(),
    }
    for name, value in answer.items():
        setattr(turn, name, value)
    conversation = turn.conversation
    note = partial(line, owner_id=by.pk, of=turn, session_id=conversation.session_id)
    lines: list[Event] = []
    kept: dict[str, Any] = {}
    if pending is not None and focus is not None:
        # The question that this turn has read, whatever another tab has made of it since.
        lines += _of_dialogue(note, turn, conversation.pending, pending)
        kept = {"pending": pending, "focus": focus}
    # Before the turn, as whoever deletes a conversation takes them in this order.
    if not Conversation.objects.filter(pk=conversation.pk).update(updated_at=turn.finished_at, **kept):
        raise Problem("conversation_deleted", where=str(conversation.pk))
    if not _running(turn).update(**answer):
        raise TurnOver
    Message.objects.create(
        owner_id=by.pk, conversation=conversation, turn=turn, role=Message.Role.ASSISTANT, text=text
    )
    if turn.fresh_words is not None:
        turn.fresh_words[Message.Role.ASSISTANT] = text
    milliseconds = round((turn.finished_at - turn.created_at).total_seconds() * 1000)
    lines.append(
        note(
            verb="turn.failed" if turn.error else "turn.finished",
            route=turn.route,
            intent=turn.intent,
            tools=[result["tool"] for result in turn.results],
            milliseconds=milliseconds,
        )
    )
    Event.objects.bulk_create([*lines, *_of_calls(note, turn, calls)])
    return turn


def _running(turn: Turn) -> QuerySet[Turn]:
    """The turn's row, if it has not ended and no other worker has taken it up."""
    return Turn.objects.filter(pk=turn.pk, status=Turn.Status.RUNNING, attempt=turn.attempt)


def fail_turn(*, by: User, turn: Turn, told: dict[str, Any]) -> Turn:
    """End a turn that met a fault; what it had found is dropped, the open question stays as it is."""
    text = f"{told['detail']} {told['fix']}"
    with transaction.atomic():
        chips = _chips_now(turn.conversation.session)
    nothing: dict[str, Any] = {"slots": {}, "results": [], "artefacts": [], "next_actions": chips}
    return finish_turn(by=by, turn=turn, text=text, pending=None, focus=None, error=told, **nothing)


def _of_calls(note: Callable[..., Event], turn: Turn, calls: Sequence[dict[str, Any]]) -> Iterator[Event]:
    """What the answer was made of, and whether there was one."""
    for call in calls:
        facts = {"tool": call["tool"], "milliseconds": call["milliseconds"]}
        if call["code"]:
            yield note(verb="tool.failed", **facts, code=call["code"])
        else:
            yield note(verb="tool.called", **facts)
        if call["tool"] in EXPLAINING:
            yield note(verb="explain.requested", tool=call["tool"])
    if turn.intent == "cant" or (turn.route == "model" and (turn.error or turn.slots.get("withheld"))):
        yield note(verb="question.unanswered", route=turn.route)


def _of_dialogue(
    note: Callable[..., Event], turn: Turn, open_before: dict[str, Any], pending: dict[str, Any]
) -> Iterator[Event]:
    """A question of ours that was opened, answered or left."""
    if open_before and turn.route == "pending":
        yield note(verb="dialogue.answered", intent=open_before.get("intent", ""))
    elif open_before and pending.get("intent") != open_before.get("intent"):
        yield note(verb="dialogue.abandoned", intent=open_before.get("intent", ""))
    if pending and pending != open_before:
        options = len(pending.get("choices", ()))
        yield note(verb="dialogue.asked", intent=pending.get("intent", ""), options=options)


@transaction.atomic
def note_explanation(*, by: User, result: AnalysisResult, figure: str, where: str) -> None:
    """Leave the event that somebody asked for an explanation; `where` is page, api or chat."""
    record(
        owner_id=by.pk, verb="explain.requested", of=result, session_id=result.session_id,
        kind=result.kind, figure=figure, where=where,
    )  # fmt: skip


@transaction.atomic
def note_tried_explanation(*, by: User, session: AnalysisSession, table: str) -> None:
    """Leave the event that somebody asked for an explanation of a plan that is not stored."""
    record(
        owner_id=by.pk, verb="explain.requested", of=session, session_id=session.pk,
        kind="itn_plan", figure=table, where="preview",
    )  # fmt: skip


def _chips_now(session: AnalysisSession) -> list[dict[str, Any]]:
    return next_chips(session, build_context(session))


@transaction.atomic
def hand_over_turn(*, by: User, turn: Turn, model: str) -> Turn:
    """Leave a turn to a language model. The caller publishes it; a lost one is found by its lease."""
    # One at a time per user, or two tabs could both be the last that is let in.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    waiting = Turn.objects.filter(owner_id=by.pk, status=Turn.Status.RUNNING, route="model")
    # Handed over once more after a connection broke, a turn doesn't stand in its own way.
    if waiting.exclude(pk=turn.pk).count() >= settings.LANGUAGE_LIMITS["turns_at_once"]:
        raise Problem("too_many_turns")
    turn.route, turn.intent, turn.model = "model", "ask_model", model
    turn.lease_until = timezone.now() + timedelta(seconds=settings.LANGUAGE_LIMITS["lease_seconds"])
    held = {"route": turn.route, "intent": turn.intent, "model": model, "lease_until": turn.lease_until}
    if not _running(turn).update(**held):
        raise TurnOver
    # From here on a log without a line is one that has ended and expired.
    transaction.on_commit(partial(TurnLog(turn.owner_id, turn.pk).tell, "turn.queued"))
    return turn


@transaction.atomic
def finish_model_turn(*, by: User, turn: Turn, text: str, **answer: Any) -> Turn:
    """Store what came of it if the turn is still this worker's; raises `TurnOver` otherwise."""
    try:
        return finish_turn(by=by, turn=turn, text=text, pending=None, focus=None, **answer)
    except Problem as gone:
        raise TurnOver from gone


@transaction.atomic
def stop_turn(*, by: User, turn: Turn, text: str = gettext_noop("Stopped.")) -> Turn:
    """End a running turn of a language model; the worker that answers it drops the model within a second."""
    conversation = _locked(turn.conversation_id)
    turn = Turn.objects.select_for_update(no_key=True).get(pk=turn.pk)
    if turn.status != Turn.Status.RUNNING or turn.route != "model":
        raise Problem("turn_over", where=str(turn.pk))
    turn.status, turn.finished_at = Turn.Status.CANCELLED, timezone.now()
    turn.next_actions = _chips_now(conversation.session)
    turn.save(update_fields=["status", "finished_at", "next_actions"])
    Message.objects.create(
        owner_id=turn.owner_id, conversation=conversation, turn=turn, role=Message.Role.ASSISTANT, text=text
    )
    record(owner_id=by.pk, verb="turn.cancelled", of=turn, session_id=conversation.session_id)
    transaction.on_commit(partial(TurnLog(turn.owner_id, turn.pk).tell, "turn.cancelled"))
    return turn


@transaction.atomic
def give_up_turn(*, turn_id: uuid.UUID, problem: Problem) -> None:
    """End a turn that no worker could answer, or whose web process was killed. Runs in its owner's scope."""
    of_turn = Turn.objects.filter(pk=turn_id, status=Turn.Status.RUNNING)
    conversation = _locked_if_there(of_turn.values_list("conversation_id", flat=True).first())
    turn = of_turn.select_for_update(of=("self",), no_key=True).select_related("owner").first()
    if conversation is None or turn is None:  # ended or deleted meanwhile
        return
    turn.conversation = conversation
    text, chips = f"{problem.detail} {problem.fix}", _chips_now(conversation.session)
    finish_turn(
        by=turn.owner, turn=turn, text=text, pending=None, focus=None, error=problem.problem(), next_actions=chips
    )  # fmt: skip
    transaction.on_commit(partial(TurnLog(turn.owner_id, turn.pk).tell, "turn.failed", code=problem.code))
