"""What workers do: run one result, and find those whose worker has gone silent."""

import logging
import uuid
from datetime import datetime, timedelta

import kombu.exceptions
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from sessions_app import jobs, resumable
from sessions_app.broker import DEFAULT_QUEUE, queue_length
from sessions_app.isolation.scope import required_owner, scope
from sessions_app.isolation.tasks import ScopedTask
from sessions_app.models import AnalysisResult

MOST_AT_ONCE = 500
LONG_LINE = 20
Status = AnalysisResult.Status

logger = logging.getLogger(__name__)


@shared_task(base=ScopedTask, name="sessions_app.run_result")
def run_result(result_id: str) -> None:
    """Compute one result, unless another worker has it or it is over."""
    owner_id = required_owner()
    result = jobs.claim(owner_id, uuid.UUID(result_id))
    if result is None:
        return
    try:
        jobs.run_claimed(result)
    except jobs.TRANSIENT as error:
        logger.warning(
            "result %s, attempt %s: %s; trying again", result.pk, result.attempt, type(error).__name__
        )
        if jobs.release(owner_id, result):
            publish(owner_id, result.pk, countdown=5 * result.attempt)


def publish(owner_id: uuid.UUID, result_id: uuid.UUID, countdown: float | None = None) -> None:
    """Hand a committed result to the workers.

    The row is what counts: when the broker is away, `requeue_expired` finds it again.
    """
    try:
        with scope(owner_id):
            run_result.publish(result_id, countdown=countdown)
    except kombu.exceptions.OperationalError:
        logger.warning("result %s waits: the broker does not answer", result_id)


def patience_end() -> datetime:
    """Until when a queued result is left alone."""
    return timezone.now() + timedelta(seconds=settings.RESULTS["patience_seconds"])


@shared_task(name="sessions_app.requeue_expired")
def requeue_expired() -> int:
    """Publish again what no worker is at work on: a killed worker's results, and those that a broker lost."""
    every = AnalysisResult.objects.using("system")
    expired = every.filter(status__in=(Status.QUEUED, Status.RUNNING), lease_until__lt=timezone.now())
    found = list(expired.order_by("lease_until").values_list("owner_id", "pk", "status")[:MOST_AT_ONCE])
    if not found:
        return 0  # as nearly always: neither counted nor asked of the broker
    line_holds = _has_messages_for(every.filter(status=Status.QUEUED).count())
    # All are left alone for a while now, or each beat would publish them once more.
    every.filter(pk__in=[pk for _, pk, _ in found], status=Status.QUEUED).update(lease_until=patience_end())
    published = 0
    for owner_id, result_id, status in found:
        silent = status == Status.RUNNING and jobs.requeue_silent(owner_id, result_id, patience_end())
        if silent or (status == Status.QUEUED and not line_holds):
            publish(owner_id, result_id)
            published += 1
    return published


def _has_messages_for(waiting: int) -> bool:
    """Whether a long line waits for its turn and nothing of it is lost, because the queue is about as long.

    Each message that is published again costs a worker its time. A few are in the workers' hands already, and others
    than results are in the queue, too, so it needs to hold nine of ten only; what was lost of a long line is published
    when it has become short.
    """
    if waiting <= LONG_LINE:
        return False
    try:
        return queue_length(DEFAULT_QUEUE) >= 0.9 * waiting
    except kombu.exceptions.OperationalError:
        return False


@shared_task(name="sessions_app.remove_expired_uploads")
def remove_expired_uploads() -> int:
    """Remove what was begun and not finished in time, with its parts."""
    return resumable.remove_expired(most=MOST_AT_ONCE)
