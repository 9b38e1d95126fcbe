"""What workers do for conversations: answer a turn with a language model, and find turns that nobody is at work on."""

import logging
import uuid
from datetime import datetime, timedelta

import kombu.exceptions
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from assistant import actions, retention, sharing
from assistant.language import ledger
from assistant.models import Turn
from sessions_app.isolation.scope import required_owner, scope
from sessions_app.isolation.tasks import ScopedTask
from sessions_app.problems import Problem

MOST_AT_ONCE = 200

logger = logging.getLogger(__name__)


@shared_task(base=ScopedTask, name="assistant.answer_turn")
def answer_turn(turn_id: str) -> None:
    # Loaded here: the clients of the protocols weigh as much as the rest, and only these workers need them.
    from assistant import model_turns

    turn = model_turns.claim(uuid.UUID(turn_id))
    if turn is not None:
        model_turns.answer_claimed(required_owner(), turn)


def publish(owner_id: uuid.UUID, turn_id: uuid.UUID) -> None:
    """Hand a committed turn to the workers; when the broker is away, `requeue_turns` finds it again."""
    try:
        with scope(owner_id):
            answer_turn.publish(turn_id)
    except kombu.exceptions.OperationalError:
        logger.warning("turn %s waits: the broker does not answer", turn_id)


@shared_task(name="assistant.requeue_turns")
def requeue_turns() -> int:
    """Publish again what a killed worker or a broker lost; give up what nobody could answer in time."""
    # First, so that what the dead had set aside is free for whoever takes up their work.
    ledger.enter_lost()
    now, limits = timezone.now(), settings.LANGUAGE_LIMITS
    left = Turn.objects.using("system").filter(status=Turn.Status.RUNNING, route="model", lease_until__lt=now)
    oldest = now - timedelta(seconds=limits["patience_seconds"] + limits["answer_seconds"])
    found = list(
        left.order_by("lease_until").values_list("owner_id", "pk", "attempt", "created_at")[:MOST_AT_ONCE]
    )
    for owner_id, turn_id, attempt, created_at in found:
        if attempt >= limits["max_attempts"] or created_at < oldest:
            with scope(owner_id):
                actions.give_up_turn(turn_id=turn_id, problem=Problem("model_away"))
        else:
            publish(owner_id, turn_id)
    return len(found) + _end_cut_turns(now)


def _end_cut_turns(now: datetime) -> int:
    """End the turns by rules whose web process was killed: none of these takes longer than a request."""
    cut = Turn.objects.using("system").filter(
        status=Turn.Status.RUNNING, created_at__lt=now - timedelta(seconds=settings.CHAT["cut_after_seconds"])
    )
    found = list(cut.exclude(route="model").values_list("owner_id", "pk")[:MOST_AT_ONCE])
    for owner_id, turn_id in found:
        with scope(owner_id):
            actions.give_up_turn(turn_id=turn_id, problem=Problem("turn_cut"))
    return len(found)


@shared_task(name="assistant.remove_old_words", ignore_result=True)
def remove_old_words() -> None:
    """What is kept for a while only: words of old turns, copies behind links that have ended."""
    retention.remove_old_words(most=MOST_AT_ONCE)
    sharing.empty_ended(most=MOST_AT_ONCE)
