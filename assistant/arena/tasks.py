"""What workers do for comparisons: let one model answer, find answers that nobody is at work on, and rank the models."""

import logging
import uuid
from collections.abc import Iterable
from datetime import timedelta

import kombu.exceptions
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from assistant.arena import actions
from assistant.models import Entry
from sessions_app.isolation.scope import required_owner, scope
from sessions_app.isolation.tasks import ScopedTask

MOST_AT_ONCE = 200

logger = logging.getLogger(__name__)


@shared_task(base=ScopedTask, name="assistant.answer_entry")
def answer_entry(entry_id: str) -> None:
    # Loaded here: only the workers that wait for models need the clients of the protocols.
    from assistant.arena import answering

    entry = answering.claim(uuid.UUID(entry_id))
    if entry is not None:
        answering.answer_claimed(required_owner(), entry)


def publish_all(owner_id: uuid.UUID, entries: Iterable[uuid.UUID]) -> None:
    """Hand committed entries to the workers; when the broker is away, `requeue_entries` finds them again."""
    for entry_id in entries:
        try:
            with scope(owner_id):
                answer_entry.publish(entry_id)
        except kombu.exceptions.OperationalError:
            logger.warning("entry %s waits: the broker does not answer", entry_id)


@shared_task(name="assistant.requeue_entries")
def requeue_entries() -> int:
    """Publish again what a killed worker or a broker lost; give up what nobody could answer in time."""
    now, limits = timezone.now(), settings.LANGUAGE_LIMITS
    left = Entry.objects.using("system").filter(status=Entry.Status.RUNNING, lease_until__lt=now)
    oldest = now - timedelta(seconds=limits["patience_seconds"] + limits["answer_seconds"])
    found = list(left.order_by("lease_until")[:MOST_AT_ONCE])
    for entry in found:
        if entry.attempt >= limits["max_attempts"] or entry.asked_at < oldest:
            _give_up(entry)
        else:
            publish_all(entry.owner_id, [entry.pk])
    return len(found)


def _give_up(entry: Entry) -> None:
    with scope(entry.owner_id):
        try:
            actions.finish_entry(entry=entry, status=Entry.Status.FAILED, error_code="model_away")
        except actions.EntryOver:
            logger.info("entry %s was answered meanwhile", entry.pk)


@shared_task(name="assistant.rank_models")
def rank_models() -> int:
    # Loaded here: the web processes publish tasks and calculate nothing.
    from assistant.arena import ranking

    return ranking.rank_models()
