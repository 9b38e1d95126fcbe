"""How long words are kept: after CHAT_WORDS_DAYS what was said in a turn goes, and that there was a turn stays.

What goes: both messages, the tables and slots of the answer, the reason of a verdict, and a title that repeats the
first question; of a comparison of models the question, what the models were told, their answers and the reasons of
votes. What stays: number, times, route, intent, verdict, choice, and the ledger of events, which never held a word.
"""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format

from assistant.actions import TITLE_LENGTH
from assistant.models import Battle, Conversation, Entry, Feedback, Message, SharedLink, Turn, Vote
from sessions_app.events import record
from sessions_app.isolation.scope import scope


def remove_old_words(*, most: int) -> int:
    """Each conversation in its owner's scope; the maintenance role only finds them. Gives back how many."""
    days = settings.CHAT["words_days"]
    if not days:
        return 0
    before = timezone.now() - timedelta(days=days)
    old = Turn.objects.using("system").filter(created_at__lt=before, words_removed_at__isnull=True)
    old = old.exclude(status=Turn.Status.RUNNING)
    found = set(old.order_by("created_at").values_list("owner_id", "conversation_id")[:most])
    for owner_id, conversation_id in found:
        with scope(owner_id, kind="task"):
            _remove(owner_id, conversation_id, before)
    return len(found) + _remove_of_battles(before, most)


def _remove_of_battles(before: datetime, most: int) -> int:
    """What the web role may not change is emptied by the maintenance role, the rest in the owner's scope."""
    old = Battle.objects.using("system").filter(created_at__lt=before).exclude(question="")
    found = list(old.order_by("created_at").values_list("owner_id", "pk")[:most])
    for owner_id, battle_id in found:
        with scope(owner_id, kind="task"), transaction.atomic():
            Entry.objects.filter(battle_id=battle_id).update(text="")
        votes = Vote.objects.using("system").filter(owner_id=owner_id, round__battle_id=battle_id)
        votes.exclude(reason="").update(reason="")
        # Last, so that a battle that was left in the middle is found again.
        Battle.objects.using("system").filter(owner_id=owner_id, pk=battle_id).update(question="", facts=[])
    return len(found)


@transaction.atomic
def _remove(owner_id: uuid.UUID, conversation_id: uuid.UUID, before: datetime) -> None:
    conversation = Conversation.objects.select_for_update(no_key=True).filter(pk=conversation_id).first()
    if conversation is None:  # deleted since it was found
        return
    old = Turn.objects.filter(
        owner_id=owner_id,
        conversation_id=conversation_id,
        created_at__lt=before,
        words_removed_at__isnull=True,
    ).exclude(status=Turn.Status.RUNNING)
    ids = list(old.values_list("pk", flat=True))
    _forget_title(conversation, ids)
    Message.objects.filter(owner_id=owner_id, turn_id__in=ids).delete()
    Feedback.objects.filter(owner_id=owner_id, turn_id__in=ids).exclude(reason="").update(reason="")
    Turn.objects.filter(pk__in=ids).update(
        words_removed_at=timezone.now(), slots={}, results=[], artefacts=[], next_actions=[], error={}
    )
    if not Turn.objects.filter(conversation_id=conversation_id, words_removed_at__isnull=True).exists():
        # Nothing of it is left to go on from.
        Conversation.objects.filter(pk=conversation_id).update(pending={}, focus={})
    record(
        owner_id=owner_id,
        verb="conversation.words_removed",
        of=conversation,
        session_id=conversation.session_id,
        turns=len(ids),
    )


def _forget_title(conversation: Conversation, turn_ids: list[uuid.UUID]) -> None:
    """A title that was taken from the first question is its words; one that somebody gave stays."""
    first = Message.objects.filter(turn_id__in=turn_ids, turn__number=1, role=Message.Role.USER).first()
    if first is not None and first.text[:TITLE_LENGTH] == conversation.title:
        day = date_format(timezone.localtime(conversation.created_at), "j N Y")
        title = f"Conversation of {day}"
        Conversation.objects.filter(pk=conversation.pk).update(title=title)
        SharedLink.objects.filter(conversation_id=conversation.pk).update(title=title)
